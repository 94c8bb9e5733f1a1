import { join } from 'node:path';
import { sha1OfFile, writeRandom } from '../../support/ui-files.ts';
import { dropOnWindow, goTo, openTransfer, rowOf, sendPending } from '../../support/ui-page.ts';
import { expect, test } from './fixture.ts';

test('from the first start to the first receipt: the sandbox, a dropped file of 300 MB, its parts, the proof', async ({
  page,
  folder,
  startHost,
}) => {
  const file = writeRandom(join(folder, 'film.mov'), 300_000_000);
  const host = await startHost();
  await page.goto(host.url);
  await expect(page.getByRole('heading', { name: 'Folders to Box, part by part' })).toBeVisible();
  await page.getByRole('button', { name: 'Try the sandbox' }).click();
  await expect(page.getByRole('heading', { name: 'Drop files or folders here' })).toBeVisible();

  await dropOnWindow(page, [file]);
  await sendPending(page);
  const row = rowOf(page, 'film.mov');
  await expect(row).toHaveAccessibleName(/Sending: [1-9]\d* of 36 parts/);
  await openTransfer(page, 'film.mov');
  await expect(page.getByRole('slider', { name: 'Map of the parts' })).toBeVisible();
  await expect(page.getByText(/On Box since .*, compared and equal/)).toBeVisible({ timeout: 60_000 });

  const sha1 = await sha1OfFile(file);
  await goTo(page, 'History');
  await page.getByText('film.mov', { exact: true }).first().click();
  await expect(page.getByText(sha1)).toBeVisible();
  expect(await sha1OfFile(join(host.home, 'sandbox-box', 'film.mov'))).toBe(sha1);
});
