import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { writeRandom } from '../../support/ui-files.ts';
import { rowOf } from '../../support/ui-page.ts';
import { expect, test } from './fixture.ts';

/** Tab, until it is there. */
async function tabTo(page: Page, wanted: Locator, key = 'Tab'): Promise<void> {
  await expect(wanted).toBeVisible();
  for (let presses = 0; presses < 60; presses += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`the keyboard does not reach ${String(wanted)}`);
}

test('everything goes without a mouse: sandbox, files, target, list, parts, abort, undo, search', async ({
  page,
  folder,
  startHost,
}) => {
  const host = await startHost();
  await page.goto(host.url);
  await tabTo(page, page.getByRole('button', { name: 'Try the sandbox' }));
  await page.keyboard.press('Enter');

  const choose = page.getByRole('button', { name: 'Choose files…' });
  await expect(choose).toBeVisible({ timeout: 30_000 });
  await tabTo(page, page.getByRole('link', { name: 'Settings' }));
  await page.keyboard.press('Enter');
  const limit = page.getByRole('textbox', { name: 'Bandwidth limit' });
  await tabTo(page, limit);
  await page.keyboard.type('1 MB/s');
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('link', { name: 'Transfers' }), 'Shift+Tab');
  await page.keyboard.press('Enter');

  await tabTo(page, choose);
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Enter');
  const names = ['first.iso', 'second.iso', 'third.iso'];
  await (await chooser).setFiles(names.map((name) => writeRandom(join(folder, name), 21 * 2 ** 20)));
  const dialog = page.getByRole('dialog', { name: /^Upload first\.iso and 2 more to Box$/ });
  await tabTo(page, dialog.getByRole('button', { name: 'Upload', exact: true }));
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden({ timeout: 30_000 });

  const list = page.getByRole('grid', { name: 'Transfers' });
  await tabTo(page, list);
  const active = () =>
    list.evaluate((grid) => {
      const id = grid.getAttribute('aria-activedescendant');
      return id ? (document.getElementById(id)?.getAttribute('aria-label') ?? '') : '';
    });
  const moveTo = async (name: string) => {
    await page.keyboard.press('Home');
    await expect.poll(active).not.toBe('');
    for (let presses = 0; presses < 6 && !(await active()).startsWith(name); presses += 1) {
      const before = await active();
      await page.keyboard.press('ArrowDown');
      await expect.poll(active).not.toBe(before);
    }
    expect(await active()).toContain(name);
  };
  await moveTo('first.iso');
  await page.keyboard.press(' ');
  await expect(rowOf(page, 'first.iso')).toHaveAccessibleName(/Paused/);
  await page.keyboard.press(' ');
  await expect(rowOf(page, 'first.iso')).not.toHaveAccessibleName(/Paused/);

  await moveTo('third.iso');
  await page.keyboard.press('Delete');
  await expect(rowOf(page, 'third.iso')).toHaveAccessibleName(/Aborting/);
  await page.keyboard.press('Control+z');
  await expect(rowOf(page, 'third.iso')).not.toHaveAccessibleName(/Abort/);
  await page.keyboard.press('Delete');
  await expect(rowOf(page, 'third.iso')).toHaveAccessibleName(/Aborted/, { timeout: 10_000 });
  await moveTo('third.iso');
  await page.keyboard.press('r');
  await expect(rowOf(page, 'third.iso')).not.toHaveAccessibleName(/Aborted/);
  await page.keyboard.press('n');
  await expect(page.getByText('It goes up next.')).toBeVisible();

  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.keyboard.type('second');
  await expect(rowOf(page, 'first.iso')).toBeHidden();
  await page.keyboard.press('ArrowDown');
  await expect(list).toBeFocused();
  await page.keyboard.press('Home');
  await expect.poll(active).toContain('second.iso');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'second.iso', level: 1 })).toBeVisible();
  const map = page.getByRole('slider', { name: 'Map of the parts' });
  if (await map.isVisible()) {
    await tabTo(page, map);
    await page.keyboard.press('End');
    await expect(map).toHaveAttribute('aria-valuetext', /^Part 2/);
  }
  await tabTo(page, page.getByRole('link', { name: 'All transfers' }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(list).toBeVisible();
});
