import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeRandom } from '../../support/ui-files.ts';
import { dropOnWindow, goTo, openBoxcar, rowOf, sendPending } from '../../support/ui-page.ts';
import { expect, test } from './fixture.ts';

function ifGone<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code !== 'ENOENT') throw error;
    return value;
  };
}

function writeTrip(folder: string): string {
  const trip = join(folder, 'Reise');
  mkdirSync(join(trip, 'Tag 1/Müh'), { recursive: true });
  writeFileSync(join(trip, 'Plan.txt'), 'plan');
  writeFileSync(join(trip, 'Tag 1/Zürich.txt'), 'see');
  writeFileSync(join(trip, 'Tag 1/Müh/leer.txt'), '');
  return trip;
}

/** Bytes of what was dropped that have arrived at a host, which makes and removes what is counted meanwhile. */
async function spoolBytes(home: string): Promise<number> {
  const entries = await readdir(join(home, 'spool'), { recursive: true, withFileTypes: true }).catch(ifGone([]));
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) =>
        stat(join(parentPath, name))
          .then(({ size }) => size)
          .catch(ifGone(0)),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

test('a dropped folder goes up with all that is in it, and leaves nothing behind', async ({
  page,
  folder,
  opened: { box, host },
}) => {
  await dropOnWindow(page, [writeTrip(folder)]);
  await expect(page.getByRole('dialog', { name: 'Upload Reise to Box' })).toBeVisible();
  await sendPending(page);
  for (const name of ['Plan.txt', 'Zürich.txt', 'leer.txt']) {
    await expect(rowOf(page, name)).toHaveAccessibleName(/compared and equal/);
  }
  expect(await readFile(join(box.root, 'Reise/Tag 1/Zürich.txt'), 'utf8')).toBe('see');
  expect(await readFile(join(box.root, 'Reise/Tag 1/Müh/leer.txt'), 'utf8')).toBe('');
  // What was copied to the host is gone once it is on Box.
  await expect
    .poll(async () =>
      (await readdir(join(host.home, 'spool')).catch(() => [])).filter((name) => name.startsWith('drop-')),
    )
    .toEqual([]);
  await goTo(page, 'History');
  await page.getByText('Zürich.txt', { exact: true }).click();
  await expect(page.getByText('Reise/Tag 1/Zürich.txt', { exact: true })).toBeVisible();
});

test('a picked folder goes into the folder on Box that was chosen and made for it', async ({
  page,
  folder,
  opened: { box },
}) => {
  await page.getByTestId('pick-folder').setInputFiles(writeTrip(folder));
  const dialog = page.getByRole('dialog', { name: 'Upload Reise to Box' });
  await dialog.getByRole('button', { name: /New folder/ }).click();
  await dialog.getByRole('textbox').fill('Archive');
  await dialog.getByRole('textbox').press('Enter');
  await expect(dialog.getByText('Archive', { exact: true })).toBeVisible();
  await sendPending(page);
  await expect(rowOf(page, 'leer.txt')).toHaveAccessibleName(/compared and equal/);
  expect(await readFile(join(box.root, 'Archive/Reise/Plan.txt'), 'utf8')).toBe('plan');
});

test('after a kill of the host a half-arrived file is named as lost, and a whole one waits for its target', async ({
  page,
  folder,
  startBox,
  startHost,
  expectErrors,
}) => {
  expectErrors(/WebSocket|ERR_CONNECTION|ERR_EMPTY|Failed to load resource/);
  const box = await startBox();
  const first = await startHost({ box: box.ready });
  await openBoxcar(page, first.url);
  const protocol = await page.context().newCDPSession(page);
  await protocol.send('Network.enable');
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 4_000_000 };
  await protocol.send('Network.emulateNetworkConditions', slow);
  await dropOnWindow(page, [
    writeRandom(join(folder, 'first.bin'), 1000),
    writeRandom(join(folder, 'second.bin'), 60_000_000),
  ]);
  const dialog = page.getByRole('dialog', { name: /first\.bin and 1 more/ });
  await dialog.getByRole('button', { name: 'Upload', exact: true }).click();
  await expect(dialog.getByText(/Handing over to Boxcar/)).toBeVisible();
  // The first is here as a whole, the second has begun.
  await expect.poll(async () => spoolBytes(first.home), { timeout: 30_000 }).toBeGreaterThan(1_000_000);
  await first.kill();
  await expect(page.getByText(/The link to Boxcar is lost/)).toBeVisible();

  const second = await startHost({ box: box.ready });
  await openBoxcar(page, second.url);
  await expect(page.getByText(/1 dropped file was only half here when Boxcar ended/)).toBeVisible();
  await expect(page.getByText(/second\.bin/)).toBeVisible();
  const kept = page.getByRole('region', { name: 'Dropped before' });
  await expect(kept).toContainText(/1 dropped file \(1\.0 kB\) arrived earlier and waits for a target/);
  await kept.getByRole('button', { name: 'Choose where to' }).click();
  await sendPending(page);
  await expect(rowOf(page, 'first.bin')).toHaveAccessibleName(/compared and equal/);
  await expect(kept).toBeHidden();
  await page.getByRole('region', { name: 'Lost half-way' }).getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.getByText(/second\.bin/)).toBeHidden();
  // What is on Box needs no copy any more.
  await expect.poll(() => spoolBytes(second.home)).toBe(0);
});

test('a file that the host neither takes nor answers for is given up with a reason', async ({
  page,
  folder,
  startBox,
  startHost,
}) => {
  const box = await startBox();
  const host = await startHost({ box: box.ready });
  await page.clock.install();
  await openBoxcar(page, host.url);
  // Never answered: as a host that hangs.
  await page.route('**/drop/**', () => undefined);
  await dropOnWindow(page, [writeRandom(join(folder, 'stuck.bin'), 1000)]);
  const dialog = page.getByRole('dialog', { name: /stuck\.bin/ });
  const sent = page.waitForRequest('**/drop/**');
  await dialog.getByRole('button', { name: 'Upload', exact: true }).click();
  await sent;
  await page.clock.fastForward(5 * 60_000);
  await expect(dialog.getByText(/stuck\.bin could not be handed over: .* nothing for 5 minutes/)).toBeVisible();
  await expect.poll(async () => readdir(join(host.home, 'spool'))).toEqual([]);
});
