import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from '@playwright/test';
import { goTo, openTransfer, rowOf } from '../../support/ui-page.ts';
import { fillScreens, runningFile, writeUserFolder } from '../../support/ui-scene.ts';
import { showPartTable } from '../../support/ui-parts.ts';
import { expect, test } from './fixture.ts';

const pictures = fileURLToPath(new URL('../../../out/screenshots/', import.meta.url));
/** Those that the README shows; BOXCAR_PICTURES=1 draws them anew. */
const readmePictures = fileURLToPath(new URL('../../../build/pictures/', import.meta.url));
const inReadme = ['first-run', 'transfers', 'transfer', 'history'];

/** One picture of what is shown in each width and theme; nothing may reach beyond the window. */
async function picture(page: Page, name: string, before: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: width === 360 ? 760 : 800 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await before();
      await page.mouse.move(0, 0);
      await page.screenshot({ path: join(pictures, `${name}-${width}-${colorScheme}.png`), animations: 'disabled' });
      const overhang = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        const main = document.querySelector('main');
        return Math.max(scrollWidth - clientWidth, main ? main.scrollWidth - main.clientWidth : 0);
      });
      expect(overhang, `${name} at ${width} px is cut off or scrolls sideways`).toBeLessThanOrEqual(0);
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'light' });
  if (process.env['BOXCAR_PICTURES'] && inReadme.includes(name)) {
    copyFileSync(join(pictures, `${name}-1280-light.png`), join(readmePictures, `${name}.png`));
  }
}

test('a picture of each screen with data in it, in both widths and themes', async ({
  page,
  folder,
  startBox,
  startHost,
}) => {
  test.setTimeout(180_000);
  const first = await startHost({ home: join(folder, 'first-home') });
  await page.goto(first.url);
  await expect(page.getByRole('button', { name: 'Try the sandbox' })).toBeVisible();
  await picture(page, 'first-run');

  const user = join(folder, 'user');
  writeUserFolder(user);
  const box = await startBox();
  const host = await startHost({ box: box.ready, userFolder: user });
  await fillScreens(page, host.url, box, folder);
  await expect(rowOf(page, runningFile)).toHaveAccessibleName(/Sending: [6-9]|Sending: \d\d/, { timeout: 60_000 });
  await expect(page.getByText('The upload has begun.')).toBeHidden();
  await picture(page, 'transfers');

  await openTransfer(page, runningFile);
  const map = page.getByRole('slider', { name: 'Map of the parts' });
  await map.focus();
  for (let presses = 0; presses < 5; presses += 1) await page.keyboard.press('ArrowRight');
  await expect(map).toHaveAttribute('aria-valuetext', /^Part 5/);
  await picture(page, 'transfer');
  await showPartTable(page);
  await picture(page, 'transfer-table', () =>
    page.getByRole('region', { name: 'Parts as a table' }).scrollIntoViewIfNeeded(),
  );

  await goTo(page, 'Problems');
  await page.getByRole('region', { name: 'This account may not write there' }).getByText('Show files').click();
  await expect(page.getByText('Personnel file.pdf')).toBeVisible();
  await picture(page, 'problems');

  await goTo(page, 'Folders');
  await expect(page.getByRole('article')).toBeVisible();
  await picture(page, 'folders');
  await page
    .getByRole('article')
    .getByRole('link', { name: /Photographs/ })
    .first()
    .click();
  await expect(page.getByRole('textbox', { name: 'Ignore rules' })).toBeVisible();
  await expect(page.getByText('Looking at the folder…')).toBeHidden();
  await picture(page, 'folder');
  await goTo(page, 'Folders');
  await page.getByRole('button', { name: 'Add a folder' }).click();
  await expect(page.getByText('Step 1 of 3')).toBeVisible();
  await picture(page, 'folder-add');

  await goTo(page, 'History');
  await page.getByText('Budget.xlsx', { exact: true }).first().click();
  await picture(page, 'history');
  await goTo(page, 'Settings');
  await page.getByRole('switch', { name: 'Use a weekly schedule' }).click();
  await expect(page.getByRole('grid')).toBeVisible();
  await picture(page, 'settings');
  await goTo(page, 'Transfers');
  await page.getByTestId('pick-files').setInputFiles(join(folder, 'Budget.xlsx'));
  await expect(page.getByRole('dialog')).toBeVisible();
  await picture(page, 'target');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await picture(page, 'keys');
  await page.keyboard.press('Escape');

  // German has the long words.
  await goTo(page, 'Settings');
  await page.getByRole('combobox', { name: 'Language' }).selectOption({ label: 'Deutsch' });
  await page.getByRole('navigation').getByRole('link', { name: 'Übertragungen' }).click();
  await picture(page, 'transfers-de', async () => {
    await expect.poll(() => linesOf(page.getByRole('heading', { name: 'Übertragungen' }))).toBe(1);
    await expect.poll(() => linesOf(page.getByRole('navigation').getByText('Übertragungen'))).toBe(1);
  });
});

/** Over how many lines a text goes. */
function linesOf(text: Locator): Promise<number> {
  return text.evaluate((element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    return new Set([...range.getClientRects()].map(({ top }) => top)).size;
  });
}
