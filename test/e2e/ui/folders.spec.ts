import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBoxcar, rowOf, goTo } from '../../support/ui-page.ts';
import { toPreview } from '../../support/ui-pair.ts';
import { expect, test } from './fixture.ts';

test('a folder is added in three steps, kept up to date, paused, and its rules are seen before they count', async ({
  page,
  folder,
  startBox,
  startHost,
}) => {
  const user = join(folder, 'user');
  mkdirSync(join(user, 'Work/build'), { recursive: true });
  writeFileSync(join(user, 'Work/plan.txt'), 'plan');
  writeFileSync(join(user, 'Work/build/big.o'), 'object');
  const box = await startBox();
  const host = await startHost({ box: box.ready, userFolder: user });
  await openBoxcar(page, host.url);
  await toPreview(page, 'Work', 'Office');
  const preview = page.getByRole('region', { name: 'What a first sync would do' }).or(page.locator('.found'));
  await expect(preview.getByText(/2 files/).first()).toBeVisible();
  await page.getByText('What is left out', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Ignore rules' }).fill('build/');
  await expect(page.getByText('1 file or folder is left out')).toBeVisible();
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(preview.getByText(/1 file\b/).first()).toBeVisible();
  expect(box.asked).not.toContain('upload-file');
  await page.getByRole('button', { name: 'Start', exact: true }).click();

  const card = page.getByRole('article', { name: /Work/ });
  await expect(card.getByText('Up to date', { exact: true })).toBeVisible();
  expect(readFileSync(join(box.root, 'Office/plan.txt'), 'utf8')).toBe('plan');
  writeFileSync(join(user, 'Work/later.txt'), 'later');
  await expect.poll(() => box.idOf('Office/later.txt').catch(() => null)).not.toBeNull();
  await expect(box.idOf('Office/build')).rejects.toThrow('not on Box');

  await card.getByRole('button', { name: /^Pause / }).click();
  const forHowLong = page.getByRole('menuitem').last();
  if (await forHowLong.isVisible()) await forHowLong.click();
  await expect(card.getByText(/^Paused/).first()).toBeVisible();
  appendFileSync(join(user, 'Work/plan.txt'), ' and more');
  await card.getByRole('button', { name: /^Resume / }).click();
  await expect.poll(() => readFileSync(join(box.root, 'Office/plan.txt'), 'utf8')).toBe('plan and more');
  await goTo(page, 'Transfers');
  await expect(rowOf(page, 'later.txt')).toHaveAccessibleName(/compared and equal/);
});
