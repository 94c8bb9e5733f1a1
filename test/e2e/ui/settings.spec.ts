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
