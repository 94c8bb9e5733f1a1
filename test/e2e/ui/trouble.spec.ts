import { join } from 'node:path';
import { sha1OfFile, writeRandom } from '../../support/ui-files.ts';
import { openBoxcar, openTransfer, rowOf, uploadFiles } from '../../support/ui-page.ts';
import { slowParts } from '../../support/ui-parts.ts';
import { expect, test } from './fixture.ts';

const sizeBytes = 24 * 2 ** 20;

test('the engine is killed in front of the user: it is said, it goes on, nothing is lost', async ({
  page,
  folder,
  opened: { box, host },
}) => {
  const file = writeRandom(join(folder, 'tape.tar'), sizeBytes);
  box.intercept(slowParts(500_000));
  await uploadFiles(page, file);
  const row = rowOf(page, 'tape.tar');
  await expect(row).toHaveAccessibleName(/Sending: [4-9] of 24 parts/, { timeout: 30_000 });
  process.kill(host.enginePid(), 'SIGKILL');
  await expect(page.getByText(/The engine ended and is started again/)).toBeVisible();
  await expect(page.getByText(/The engine ended and is started again/)).toBeHidden();
  await expect(page.getByText('1 upload continued from before')).toBeVisible();
  box.intercept(undefined);
  await expect(row).toHaveAccessibleName(/compared and equal/, { timeout: 30_000 });
  expect(await sha1OfFile(join(box.root, 'tape.tar'))).toBe(await sha1OfFile(file));
  expect(box.asked.filter((route) => route === 'create-session')).toHaveLength(1);
  // What was on Box is not sent again: only what was on the wire at the time, five parts at most.
  expect(box.sentAgain().length).toBeLessThanOrEqual(5);
  await openTransfer(page, 'tape.tar');
  await expect(page.getByText('Resumed', { exact: true }).first()).toBeVisible();
});

test('after a restart it says how many uploads go on, and they do without sending again what is there', async ({
  page,
  folder,
  startBox,
  startHost,
  expectErrors,
}) => {
  expectErrors(/WebSocket|ERR_CONNECTION/);
  const box = await startBox();
  const first = await startHost({ box: box.ready });
  await openBoxcar(page, first.url);
  box.intercept(slowParts(250_000));
  const names = ['a.iso', 'b.iso'];
  await uploadFiles(
    page,
    names.map((name) => writeRandom(join(folder, name), 21 * 2 ** 20)),
  );
  for (const name of names) {
    await expect(rowOf(page, name)).toHaveAccessibleName(/Sending: [2-9] of 21 parts/, { timeout: 30_000 });
  }
  await first.kill();
  const second = await startHost({ box: box.ready });
  await openBoxcar(page, second.url);
  await expect(page.getByText('2 uploads continued from before')).toBeVisible();
  box.intercept(undefined);
  await expect(page.getByRole('rowgroup', { name: 'Done, 2' })).toBeVisible({ timeout: 30_000 });
  expect(box.asked.filter((route) => route === 'create-session')).toHaveLength(2);
  expect(box.sentAgain().length).toBeLessThanOrEqual(10);
});

test('Box is away and comes back: the reason is said meanwhile, and it goes on by itself', async ({
  page,
  folder,
  opened: { box },
}) => {
  const file = writeRandom(join(folder, 'tape.tar'), sizeBytes);
  box.intercept(slowParts(500_000));
  await uploadFiles(page, file);
  const row = rowOf(page, 'tape.tar');
  await expect(row).toHaveAccessibleName(/Sending: [2-9] of 24 parts/, { timeout: 30_000 });
  await box.close();
  await expect(row).toHaveAccessibleName(/[Nn]etwork|cannot be reached|does not answer/, { timeout: 30_000 });
  box.intercept(undefined);
  await box.reopen();
  await expect(row).toHaveAccessibleName(/compared and equal/, { timeout: 60_000 });
  expect(await sha1OfFile(join(box.root, 'tape.tar'))).toBe(await sha1OfFile(file));
});

test('two tabs see the same, and what one does the other shows', async ({ page, context, folder, opened }) => {
  const { box, host } = opened;
  box.intercept(slowParts(300_000));
  const other = await context.newPage();
  // The second tab has no link of its own: the first has traded it for a session that both keep.
  await openBoxcar(other, host.origin);
  await uploadFiles(page, writeRandom(join(folder, 'a.iso'), sizeBytes));
  await expect(rowOf(other, 'a.iso')).toHaveAccessibleName(/Sending: [1-9]/, { timeout: 30_000 });
  await rowOf(other, 'a.iso').getByRole('button', { name: 'Pause: a.iso' }).click();
  await expect(rowOf(page, 'a.iso')).toHaveAccessibleName(/Paused at/);
  await page.reload();
  await expect(rowOf(page, 'a.iso')).toHaveAccessibleName(/Paused at/);
  await other.close();
  box.intercept(undefined);
  await rowOf(page, 'a.iso').getByRole('button', { name: 'Resume: a.iso' }).click();
  await expect(rowOf(page, 'a.iso')).toHaveAccessibleName(/compared and equal/, { timeout: 30_000 });
});

test('a tab whose Boxcar has ended says so, and that its link is old when another is there', async ({
  page,
  opened: { box, host },
  startHost,
  expectErrors,
}) => {
  expectErrors(/WebSocket|ERR_CONNECTION/);
  await host.stop();
  await expect(page.getByText(/The link to Boxcar is lost/)).toBeVisible();
  const next = await startHost({ box: box.ready, port: Number(new URL(host.origin).port) });
  await page.getByRole('button', { name: 'Try now' }).click();
  await expect(page.getByRole('heading', { name: 'This page belongs to an earlier start of Boxcar' })).toBeVisible();
  await openBoxcar(page, next.url);
});
