// What a person does on the page, in few words.
import { expect, type Locator, type Page } from '@playwright/test';

/** Opens the link of a host and waits for its frame. */
export async function openBoxcar(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await expect(page.getByRole('navigation', { name: 'Screens' })).toBeVisible();
}

export type ScreenName = 'Transfers' | 'Folders' | 'Problems' | 'History' | 'Settings';

export async function goTo(page: Page, screen: ScreenName): Promise<void> {
  await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: screen }).click();
  await expect(page.getByRole('main', { name: screen })).toBeVisible();
}

/** A file in the list. */
export function rowOf(page: Page, name: string): Locator {
  return page.getByRole('row', { name: new RegExp(`^${name.replaceAll('.', '\\.')},`) });
}

/** Drops files and folders of the disk on the window, as the system does. */
export async function dropOnWindow(page: Page, paths: string[]): Promise<void> {
  const protocol = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  const at = { x: 300, y: 300, data };
  await protocol.send('Input.dispatchDragEvent', { type: 'dragEnter', ...at });
  await protocol.send('Input.dispatchDragEvent', { type: 'dragOver', ...at });
  await expect(page.getByText('Drop to upload to Box')).toBeVisible();
  await protocol.send('Input.dispatchDragEvent', { type: 'drop', ...at });
  await protocol.detach();
}

/** Says in the dialog that what waits goes to the top of Box, and waits until it is handed over. */
export async function sendPending(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: /^Upload .* to Box$/ });
  await expect(
    dialog.getByText('All files', { exact: true }).or(dialog.getByRole('list').first()).first(),
  ).toBeVisible();
  await dialog.getByRole('button', { name: 'Upload', exact: true }).click();
  await expect(dialog).toBeHidden({ timeout: 60_000 });
}

/** Picks files and uploads them to the top of Box. */
export async function uploadFiles(page: Page, paths: string | string[]): Promise<void> {
  await page.getByTestId('pick-files').first().setInputFiles(paths);
  await sendPending(page);
}

/** The number of the transfer that a row shows. */
export async function transferIdOf(row: Locator): Promise<number> {
  return Number((await row.getAttribute('id'))?.slice(1));
}

/** Opens the screen of a file in the list. */
export async function openTransfer(page: Page, name: string): Promise<void> {
  await rowOf(page, name).getByRole('link').click();
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
}
