import { join } from 'node:path';
import { sha1OfFile, writeRandom } from '../../support/ui-files.ts';
import { openTransfer, uploadFiles } from '../../support/ui-page.ts';
import { partOf, partRow, showPartTable, slowParts } from '../../support/ui-parts.ts';
import { expect, test } from './fixture.ts';

const twentyFourParts = 24 * 2 ** 20;

test('each part says how it stands while parts fail and recover', async ({ page, folder, opened: { box } }) => {
  const file = writeRandom(join(folder, 'disk.img'), twentyFourParts);
  const seen = new Map<number, number>();
  box.intercept(
    slowParts(1_000_000, (request) => {
      const part = partOf(request);
      if (part === undefined) return undefined;
      const time = (seen.get(part) ?? 0) + 1;
      seen.set(part, time);
      if (part === 2 && time <= 2) return { answer: { status: 500 } };
      if (part === 4 && time === 1) return { answer: { status: 429, headers: { 'retry-after': '1' } } };
      return undefined;
    }),
  );
  await uploadFiles(page, file);
  await openTransfer(page, 'disk.img');
  await showPartTable(page);
  await expect(partRow(page, 2)).toContainText('Failed, to be tried again');
  await expect(partRow(page, 0)).toContainText(/Sending|Sent/);
  await expect(partRow(page, 23)).toContainText('Pending');

  await expect(partRow(page, 2)).toContainText('Sent', { timeout: 30_000 });
  await expect(partRow(page, 2).getByRole('cell').nth(4)).toHaveText('3');
  await expect(partRow(page, 4)).toContainText('Sent', { timeout: 30_000 });
  box.intercept(undefined);
  await expect(page.getByText(/On Box since .*, compared and equal/)).toBeVisible({ timeout: 30_000 });
  expect(await sha1OfFile(join(box.root, 'disk.img'))).toBe(await sha1OfFile(file));
});

test('one part is tried again at once when a person asks for it', async ({ page, folder, opened: { box } }) => {
  const file = writeRandom(join(folder, 'disk.img'), twentyFourParts);
  let isBroken = true;
  let tries = 0;
  box.intercept(
    slowParts(200_000, (request) => {
      if (partOf(request) !== 3) return undefined;
      tries += 1;
      return isBroken ? { answer: { status: 500 } } : {};
    }),
  );
  await uploadFiles(page, file);
  await openTransfer(page, 'disk.img');
  await showPartTable(page);
  const retry = page.getByRole('button', { name: 'Retry part 3' });
  // By the third time the pause between two tries is seconds long.
  await expect.poll(() => tries, { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
  await expect(partRow(page, 3)).toContainText('Failed, to be tried again');
  await expect(retry).toBeVisible();
  isBroken = false;
  const before = tries;
  await retry.click();
  await expect.poll(() => tries, { timeout: 1500, intervals: [50] }).toBe(before + 1);
  await expect(partRow(page, 3)).toContainText('Sent');
  await expect(page.getByText('1 part is tried again.')).toBeVisible();
});
