// A folder pair, added as a person adds it.
import { expect, type Page } from '@playwright/test';
import { goTo } from './ui-page.ts';

/** Chooses the folder here and a new one on Box, and comes to the preview. */
export async function toPreview(page: Page, folderHere: string, folderOnBox: string): Promise<void> {
  await goTo(page, 'Folders');
  await page.getByRole('button', { name: 'Add a folder' }).click();
  await expect(page.getByText('Step 1 of 3')).toBeVisible();
  await page.getByRole('group', { name: 'Folders of this computer' }).getByRole('button', { name: folderHere }).click();
  await expect(page.getByText(new RegExp(`/${folderHere}$`)).last()).toBeVisible();
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await expect(page.getByText('Step 2 of 3')).toBeVisible();
  await page.getByRole('button', { name: 'New folder' }).click();
  await page.getByRole('textbox', { name: 'Name of the new folder in All files' }).fill(folderOnBox);
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await expect(
    page
      .getByText(`Box: /${folderOnBox}`)
      .or(page.getByText(`Box: All files/${folderOnBox}`))
      .first(),
  ).toBeVisible();
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await expect(page.getByText('Step 3 of 3')).toBeVisible();
}

/** Adds the pair and waits until it is up to date. */
export async function addPair(page: Page, folderHere: string, folderOnBox: string): Promise<void> {
  await toPreview(page, folderHere, folderOnBox);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect(page.getByRole('article', { name: new RegExp(folderHere) })).toBeVisible();
}
