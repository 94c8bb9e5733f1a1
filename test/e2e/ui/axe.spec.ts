import AxeBuilder from '@axe-core/playwright';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { goTo, openTransfer, rowOf } from '../../support/ui-page.ts';
import { fillScreens, runningFile, writeUserFolder } from '../../support/ui-scene.ts';
import { showPartTable } from '../../support/ui-parts.ts';
import { expect, test } from './fixture.ts';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds, as `theme place: rule: element`: all of its rules in light, and in dark those about colours again. */
async function audit(page: Page, place: string, found: string[], without: string[] = []): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const axe = new AxeBuilder({ page }).setLegacyMode();
    const rules = colorScheme === 'light' ? axe.withTags(tags).disableRules(without) : axe.withRules('color-contrast');
    for (const { id, nodes } of (await rules.analyze()).violations) {
      for (const { html, failureSummary = '' } of nodes.slice(0, 3)) {
        found.push(`${colorScheme} ${place}: ${id}: ${html.slice(0, 200)} (${failureSummary})`);
      }
    }
  }
}

test('axe finds nothing on any screen, in either theme, dialogs and menus included', async ({
  page,
  folder,
  startBox,
  startHost,
}) => {
  test.setTimeout(180_000);
  const found: string[] = [];
  const first = await startHost({ home: join(folder, 'first-home') });
  await page.goto(first.url);
  await expect(page.getByRole('button', { name: 'Try the sandbox' })).toBeVisible();
  await audit(page, 'first run', found);

  const user = join(folder, 'user');
  writeUserFolder(user);
  const box = await startBox();
  const host = await startHost({ box: box.ready, userFolder: user });
  await fillScreens(page, host.url, box, folder);
  await audit(page, 'transfers', found);
  await rowOf(page, runningFile)
    .getByRole('button', { name: /^More actions/ })
    .click();
  // A menu hangs beside the page, as bits-ui has it, and is in no landmark.
  await audit(page, 'menu of a row', found, ['region']);
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await audit(page, 'keys', found);
  await page.keyboard.press('Escape');
  await page.getByRole('checkbox', { name: 'Select Budget.xlsx' }).click();
  await audit(page, 'transfers, selected', found);
  await page.getByTestId('pick-files').setInputFiles(join(folder, 'Budget.xlsx'));
  await expect(page.getByRole('dialog')).toBeVisible();
  await audit(page, 'target', found);
  await page.keyboard.press('Escape');

  await openTransfer(page, runningFile);
  await expect(page.getByRole('slider', { name: 'Map of the parts' })).toBeVisible();
  await showPartTable(page);
  await page.getByRole('slider', { name: 'Map of the parts' }).focus();
  await audit(page, 'one transfer', found);

  await goTo(page, 'Folders');
  await expect(page.getByRole('article')).toBeVisible();
  await audit(page, 'folders', found);
  await page
    .getByRole('article')
    .getByRole('link', { name: /Photographs/ })
    .first()
    .click();
  await expect(page.getByRole('textbox', { name: 'Ignore rules' })).toBeVisible();
  await audit(page, 'one folder', found);
  await goTo(page, 'Folders');
  await page.getByRole('button', { name: 'Add a folder' }).click();
  await expect(page.getByText('Step 1 of 3')).toBeVisible();
  await audit(page, 'adding a folder', found);

  await goTo(page, 'Problems');
  await page.getByText('Show files').first().click();
  await audit(page, 'problems', found);
  await goTo(page, 'History');
  await page.getByText('Budget.xlsx', { exact: true }).first().click();
  await audit(page, 'history', found);
  await goTo(page, 'Settings');
  await page.getByRole('switch', { name: 'Use a weekly schedule' }).click();
  await expect(page.getByRole('grid')).toBeVisible();
  await audit(page, 'settings', found);
  expect(found).toEqual([]);
});
