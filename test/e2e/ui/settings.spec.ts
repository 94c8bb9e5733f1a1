import { join } from 'node:path';
import { writeRandom } from '../../support/ui-files.ts';
import { goTo, rowOf, uploadFiles } from '../../support/ui-page.ts';
import { expect, test } from './fixture.ts';

test('a bandwidth limit set here holds running uploads back within a second, and its end lets them go', async ({
  page,
  folder,
  opened: { box },
}) => {
  await goTo(page, 'Settings');
  const limit = page.getByRole('textbox', { name: 'Bandwidth limit' });
  await limit.fill('fast');
  await limit.press('Enter');
  await expect(page.getByText(/Write a rate such as 5 MB\/s/)).toBeVisible();
  await limit.fill('2 MB/s');
  await limit.press('Enter');
  await expect(page.getByText(/Write a rate such as/)).toBeHidden();
  await expect(limit).toHaveValue('2.0 MB/s');

  await goTo(page, 'Transfers');
  await uploadFiles(page, writeRandom(join(folder, 'tape.tar'), 40 * 2 ** 20));
  const row = rowOf(page, 'tape.tar');
  await expect(row).toHaveAccessibleName(/Sending: [1-9]/, { timeout: 30_000 });
  const before = box.asked.filter((route) => route === 'upload-part').length;
  await page.waitForTimeout(4000);
  const parts = box.asked.filter((route) => route === 'upload-part').length - before;
  // 8 MB in 4 s are some 7.6 parts of 1 MiB; what was begun before or is not over counts as one each.
  expect(parts).toBeGreaterThanOrEqual(5);
  expect(parts).toBeLessThanOrEqual(11);

  await goTo(page, 'Settings');
  await page.getByRole('textbox', { name: 'Bandwidth limit' }).fill('');
  await page.getByRole('textbox', { name: 'Bandwidth limit' }).press('Enter');
  await goTo(page, 'Transfers');
  await expect(row).toHaveAccessibleName(/compared and equal/, { timeout: 8000 });
});

test('a week is painted, holds uploads back in its paused hours, and is kept with the other settings', async ({
  page,
  folder,
  opened: { host },
}) => {
  await goTo(page, 'Settings');
  await page.getByLabel('Parts in parallel').selectOption('2');
  for (const [name, typed] of [
    ['Uploads a minute', '120'],
    ['Calls a minute', '600'],
    ['Settle time', '1m'],
  ] as const) {
    const field = page.getByRole('textbox', { name });
    await field.fill(typed);
    await field.press('Enter');
  }
  await page.getByRole('textbox', { name: 'Proxy' }).fill('a proxy');
  await page.getByRole('textbox', { name: 'Proxy' }).press('Enter');
  await expect(page.getByText(/Write an address that begins with http/)).toBeVisible();
  await page.getByRole('textbox', { name: 'Proxy' }).fill('');
  await page.getByRole('switch', { name: 'Use a weekly schedule' }).click();
  const grid = page.getByRole('grid', { name: 'Weekly schedule' });
  await page.getByRole('radio', { name: /Paused/ }).check();
  const cells = grid.getByRole('gridcell');
  await cells.first().dragTo(cells.last());
  await expect(grid.getByRole('gridcell', { name: /: Paused$/ })).toHaveCount(168);
  await expect(page.getByText(/^Everything is paused/)).toBeVisible();

  await goTo(page, 'Transfers');
  await uploadFiles(page, writeRandom(join(folder, 'held.txt'), 1000));
  await expect(page.getByText('1 file is taken up and appears here once uploads are no longer paused.')).toBeVisible();
  await page.goto(`${host.origin}/#/settings`);
  await page.reload();
  await expect(grid.getByRole('gridcell', { name: /: Paused$/ })).toHaveCount(168);
  await expect(page.getByLabel('Parts in parallel')).toHaveValue('2');
  await expect(page.getByRole('textbox', { name: 'Uploads a minute' })).toHaveValue('120');
  await expect(page.getByRole('textbox', { name: 'Calls a minute' })).toHaveValue('600');
  await expect(page.getByRole('textbox', { name: 'Settle time' })).toHaveValue(/^1 min|^60 s/);

  // By keyboard: one cell at a time; then without a week at all.
  await cells.first().focus();
  await page.keyboard.press('1');
  await expect(grid.getByRole('gridcell', { name: /: As usual$/ })).toHaveCount(1);
  await page.getByRole('switch', { name: 'Use a weekly schedule' }).click();
  await expect(grid).toBeHidden();
  await goTo(page, 'Transfers');
  await expect(rowOf(page, 'held.txt')).toHaveAccessibleName(/compared and equal/);

  await goTo(page, 'Settings');
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  await expect(page.getByText(/: in order$/).first()).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save diagnostics' }).click();
  expect((await download).suggestedFilename()).toMatch(/boxcar/);
  await expect(page.getByText(host.home)).toBeVisible();
  await expect(page.getByText(/^Boxcar \d+\.\d+\.\d+, under the MIT licence/)).toBeVisible();
});

test('appearance and language are chosen here and kept', async ({ page, opened: { host } }) => {
  await goTo(page, 'Settings');
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await ground();
  await page
    .getByRole('combobox', { name: 'Appearance' })
    .or(page.getByRole('radio', { name: 'Dark' }))
    .first()
    .click();
  const select = page.getByRole('combobox', { name: 'Appearance' });
  if (await select.isVisible()) await select.selectOption({ label: 'Dark' });
  await expect.poll(ground).not.toBe(light);
  await page.getByRole('combobox', { name: 'Language' }).selectOption({ label: 'Deutsch' });
  await expect(page.getByRole('heading', { name: 'Einstellungen', level: 1 })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await page.goto(host.origin);
  await expect(page.getByRole('link', { name: 'Ordner', exact: true })).toBeVisible();
  await expect.poll(ground).not.toBe(light);
});
