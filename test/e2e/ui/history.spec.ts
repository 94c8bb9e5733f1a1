import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { sha1OfFile, writeRandom } from '../../support/ui-files.ts';
import { goTo, rowOf, uploadFiles } from '../../support/ui-page.ts';
import { expect, test } from './fixture.ts';

async function exported(page: Page, as: string): Promise<string> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: as }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^boxcar-receipts-\d{4}-\d\d-\d\d\.(csv|json)$/);
  return readFile(await file.path(), 'utf8');
}

test('receipts are found by words and exported with their proof', async ({ page, folder, opened: { box } }) => {
  const files = ['Müller, report.txt', 'plan.txt', 'photo.jpg'].map((name) => writeRandom(join(folder, name), 5000));
  await uploadFiles(page, files);
  await expect(page.getByRole('rowgroup', { name: 'Done, 3' })).toBeVisible();
  await goTo(page, 'History');
  const rows = page.getByRole('list', { name: 'History' }).getByRole('listitem');
  await expect(rows).toHaveCount(3);
  await expect(page.getByText('3 receipts')).toBeVisible();

  // As it stands, and in a spelling that looks the same.
  const search = page.getByRole('searchbox', { name: 'Search in paths' });
  await search.fill('MÜLLER'.normalize('NFD'));
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('Müller, report.txt');
  const csv = await exported(page, 'As CSV');
  const lines = csv.trim().split('\r\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^at,path,sizeBytes,sha1,boxSha1,fileId/);
  const sha1 = await sha1OfFile(files[0]!);
  expect(lines[1]).toContain(`,"Müller, report.txt",5000,${sha1},${sha1},${await box.idOf('Müller, report.txt')}`);

  await search.fill('no such thing');
  await expect(page.getByText('No receipt has “no such thing” in its path.')).toBeVisible();
  await search.fill('');
  await expect(rows).toHaveCount(3);
  const all = JSON.parse(await exported(page, 'As JSON')) as { path: string; sha1: string }[];
  expect(all.map(({ path }) => path).sort()).toEqual(['Müller, report.txt', 'photo.jpg', 'plan.txt']);
  await expect(page.getByText('3 receipts exported.')).toBeVisible();

  // What arrives meanwhile stands there at once.
  await goTo(page, 'Transfers');
  await uploadFiles(page, writeRandom(join(folder, 'later.txt'), 10));
  await expect(rowOf(page, 'later.txt')).toHaveAccessibleName(/compared and equal/);
  await goTo(page, 'History');
  await expect(rows.first()).toContainText('later.txt');
});
