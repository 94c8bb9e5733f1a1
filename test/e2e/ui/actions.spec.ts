import { join } from 'node:path';
import { writeRandom } from '../../support/ui-files.ts';
import { rowOf, uploadFiles } from '../../support/ui-page.ts';
import { slowParts } from '../../support/ui-parts.ts';
import { expect, test } from './fixture.ts';

const sizeBytes = 24 * 2 ** 20;

test('pause stops the bytes, resume goes on with what is there', async ({ page, folder, opened: { box } }) => {
  box.intercept(slowParts(400_000));
  await uploadFiles(page, writeRandom(join(folder, 'a.iso'), sizeBytes));
  const row = rowOf(page, 'a.iso');
  await expect(row).toHaveAccessibleName(/Sending: [2-9] of 24 parts/, { timeout: 30_000 });
  await row.getByRole('button', { name: 'Pause: a.iso' }).click();
  await expect(row).toHaveAccessibleName(/Paused at \d+/);
  const sent = box.asked.filter((route) => route === 'upload-part').length;
  await page.waitForTimeout(1500);
  expect(box.asked.filter((route) => route === 'upload-part').length).toBe(sent);

  box.intercept(undefined);
  await row.getByRole('button', { name: 'Resume: a.iso' }).click();
  await expect(row).toHaveAccessibleName(/compared and equal/, { timeout: 30_000 });
  expect(box.asked.filter((route) => route === 'create-session')).toHaveLength(1);
});

test('an abort can be undone for five seconds, and only then is told to Box', async ({
  page,
  folder,
  opened: { box },
}) => {
  box.intercept(slowParts(300_000));
  await uploadFiles(page, writeRandom(join(folder, 'a.iso'), sizeBytes));
  const row = rowOf(page, 'a.iso');
  await expect(row).toHaveAccessibleName(/Sending: [1-9]/, { timeout: 30_000 });
  const abort = async () => {
    await row.getByRole('button', { name: 'More actions: a.iso' }).click();
    await page.getByRole('menuitem', { name: 'Abort' }).click();
  };
  await abort();
  const toast = page.getByText('The upload is aborted. What Box has of it is discarded; the local file stays.');
  await expect(toast).toBeVisible();
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(row).toHaveAccessibleName(/Sending/);
  expect(box.asked).not.toContain('abort-session');

  await abort();
  await expect(row).toHaveAccessibleName(/Aborting in a few seconds/);
  expect(box.asked).not.toContain('abort-session');
  await expect(row).toHaveAccessibleName(/Aborted .*; the local file stays/, { timeout: 10_000 });
  await expect.poll(() => box.asked).toContain('abort-session');
});

test('what is to go up next stands before all that wait; all can be paused and go on', async ({
  page,
  folder,
  opened: { box },
}) => {
  box.intercept(slowParts(100_000));
  const names = Array.from({ length: 8 }, (_, n) => `film ${n}.mov`);
  await uploadFiles(
    page,
    names.map((name) => writeRandom(join(folder, name), 21 * 2 ** 20)),
  );
  const waiting = page.getByRole('rowgroup', { name: /^Waiting/ }).getByRole('row', { name: /^film/ });
  await expect(page.getByRole('rowgroup', { name: /^Under way/ })).toBeVisible();
  await expect(waiting.last()).toHaveAccessibleName(/film 7\.mov/);
  await rowOf(page, 'film 7.mov').getByRole('button', { name: 'More actions: film 7.mov' }).click();
  await page.getByRole('menuitem', { name: 'Upload next' }).click();
  await expect(page.getByText('It goes up next.')).toBeVisible();
  await expect(waiting.first()).toHaveAccessibleName(/film 7\.mov/);

  await page.getByRole('button', { name: 'Pause all' }).click();
  await page.getByRole('menuitem', { name: '30 minutes' }).click();
  // With its date where the half hour ends tomorrow.
  await expect(page.getByText(/^Everything is paused until (\d+ \w+ \d{4}, )?\d\d:\d\d$/)).toBeVisible();
  await expect(page.getByRole('rowgroup', { name: /^Under way/ })).toBeHidden();
  await page.getByRole('button', { name: 'Resume all' }).click();
  await expect(page.getByRole('rowgroup', { name: /^Under way/ })).toBeVisible();

  // The selection: two are chosen, and aborted together.
  await page.getByRole('checkbox', { name: 'Select film 5.mov' }).click();
  await page.getByRole('checkbox', { name: 'Select film 6.mov' }).click();
  await expect(page.getByText('2 selected')).toBeVisible();
  await page.getByRole('group', { name: 'Actions for the selection' }).getByRole('button', { name: 'Abort' }).click();
  await expect(page.getByText(/^2 uploads are aborted/)).toBeVisible();
  await expect(rowOf(page, 'film 6.mov')).toHaveAccessibleName(/Aborted/, { timeout: 10_000 });
});

test('groups fold; all but one are chosen and aborted, and all that are left are retried', async ({
  page,
  folder,
  opened: { box },
}) => {
  box.intercept(slowParts(100_000));
  const names = Array.from({ length: 5 }, (_, n) => `film ${n}.mov`);
  await uploadFiles(
    page,
    names.map((name) => writeRandom(join(folder, name), 21 * 2 ** 20)),
  );
  await expect(rowOf(page, 'film 0.mov')).toHaveAccessibleName(/Sending/, { timeout: 30_000 });
  const header = page.getByRole('button', { name: /^Rows of Waiting/ });
  await header.click();
  await expect(header).toHaveAttribute('aria-expanded', 'false');
  await expect(rowOf(page, 'film 4.mov')).toBeHidden();
  await expect(rowOf(page, 'film 0.mov')).toBeVisible();
  await header.click();
  await expect(rowOf(page, 'film 4.mov')).toBeVisible();

  await page.getByRole('checkbox', { name: 'Select all' }).click();
  await page.getByRole('checkbox', { name: 'Select film 3.mov' }).click();
  await expect(page.getByText('4 selected')).toBeVisible();
  await page.getByRole('group', { name: 'Actions for the selection' }).getByRole('button', { name: 'Abort' }).click();
  await expect(page.getByText(/^4 uploads are aborted/)).toBeVisible();
  await expect(rowOf(page, 'film 0.mov')).toHaveAccessibleName(/Aborted/, { timeout: 10_000 });
  await expect(rowOf(page, 'film 3.mov')).toHaveAccessibleName(/Sending/, { timeout: 10_000 });

  box.intercept(undefined);
  await page.getByRole('checkbox', { name: 'Clear the selection' }).click();
  await page.getByRole('button', { name: /^Done \d/ }).click();
  await expect(rowOf(page, 'film 0.mov')).toBeVisible();
  await page.getByRole('button', { name: 'All of these…' }).click();
  await page.getByRole('menuitem', { name: 'Retry' }).click();
  await page.getByRole('button', { name: /^All \d/ }).click();
  await expect(page.getByRole('rowgroup', { name: 'Done, 5' })).toBeVisible({ timeout: 30_000 });
  for (const name of names) await expect(rowOf(page, name)).toHaveAccessibleName(/compared and equal/);
});
