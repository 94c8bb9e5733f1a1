import { appendFileSync, mkdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { content, holdAt, mebibyte, sha1Of, writeOld, type TestBox } from '../../support/engine-fixture.ts';
import { boxTree, localTree, openPairEngine, pairScene, type PairScene } from '../../support/pair-fixture.ts';
import { outcomesOf, resync } from '../../support/pair-steps.ts';

const big = content(22 * mebibyte);
const bigger = content(24 * mebibyte);

/** Does something while a request of the route waits, has it found and decided about, and lets the request go on. */
async function during({ box, engine }: PairScene, route: string, nth: number, act: () => void): Promise<void> {
  const hold = holdAt(route, nth);
  box.intercept = hold.intercept;
  await engine.commands.rescan({ pairId: null });
  await hold.reached;
  act();
  const scans = () => engine.events.filter(({ type }) => type === 'scanned').length;
  const before = scans();
  await engine.commands.rescan({ pairId: null });
  await until(() => scans() > before);
  const [pair] = engine.ledger.pairs.list();
  await until(() => engine.ledger.pairFiles.countGone(pair!.id) === 0);
  hold.release();
  await until(async () => (await engine.commands.pairs({}))[0]!.state === 'synced');
}

/** Asks again and again; the test's own time limit ends it. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const puts = (box: TestBox) => [...box.partPuts().values()];

test('a folder renamed while a large file in it goes up: no part is sent twice, and it ends at its new place', async () => {
  const one = await pairScene({ 'sub/small.txt': 'small', 'x.txt': 'x' });
  const { box, folder } = one;
  writeOld(join(folder, 'sub/big.bin'), big);
  await during(one, 'upload-part', 8, () => renameSync(join(folder, 'sub'), join(folder, 'other')));
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(puts(box)).toHaveLength(22);
  expect(Math.max(...puts(box))).toBe(1);
  expect(box.count('upload-file')).toBe(0);
  expect(await box.versions('Pair/other/big.bin')).toHaveLength(1);
});

test('a large file renamed while it goes up for the first time', async () => {
  const one = await pairScene({ 'x.txt': 'x' });
  const { box, folder } = one;
  writeOld(join(folder, 'big.bin'), big);
  await during(one, 'upload-part', 8, () => renameSync(join(folder, 'big.bin'), join(folder, 'renamed.bin')));
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(puts(box)).toHaveLength(22);
  expect(Math.max(...puts(box))).toBe(1);
});

test('a large file moved into a new folder while it goes up', async () => {
  const one = await pairScene({ 'x.txt': 'x' });
  const { box, folder } = one;
  writeOld(join(folder, 'big.bin'), big);
  await during(one, 'upload-part', 8, () => {
    mkdirSync(join(folder, 'new/deep'), { recursive: true });
    renameSync(join(folder, 'big.bin'), join(folder, 'new/deep/renamed.bin'));
  });
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(puts(box)).toHaveLength(22);
});

test('a large file renamed while a version of it goes up', async () => {
  const one = await pairScene({ 'big.bin': big, 'x.txt': 'x' });
  const { box, folder } = one;
  writeOld(join(folder, 'big.bin'), bigger);
  await during(one, 'upload-part', 8, () => renameSync(join(folder, 'big.bin'), join(folder, 'renamed.bin')));
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(puts(box)).toHaveLength(24);
  expect(await box.versions('Pair/renamed.bin')).toEqual([sha1Of(bigger), sha1Of(big)]);
});

test('a small file renamed while it goes up, for the first time and as a version', async () => {
  const one = await pairScene({ 'old.txt': 'first', 'x.txt': 'x' });
  const { box, folder } = one;
  writeOld(join(folder, 'new.txt'), 'new');
  await during(one, 'upload-file', 1, () => renameSync(join(folder, 'new.txt'), join(folder, 'renamed.txt')));
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(box.count('upload-file')).toBe(1);
  writeOld(join(folder, 'old.txt'), 'second, longer');
  await during(one, 'upload-version', 1, () => renameSync(join(folder, 'old.txt'), join(folder, 'older.txt')));
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(await box.versions('Pair/older.txt')).toHaveLength(2);
  expect(box.count('upload-file')).toBe(1);
});

test('a file deleted while it goes up leaves nothing on Box but what had arrived, and no session', async () => {
  const one = await pairScene({ 'x.txt': 'x' });
  const { box, folder, engine } = one;
  writeOld(join(folder, 'big.bin'), big);
  await during(one, 'upload-part', 8, () => rmSync(join(folder, 'big.bin')));
  await resync(engine);
  expect(await boxTree(box)).toEqual(localTree(folder));
  await until(() => box.count('abort-session') === 1);
});

test('a file that is gone when it is tried again is gone, and has not failed', async () => {
  const { box, engine, folder, pairId } = await pairScene({ 'x.txt': 'x' });
  writeOld(join(folder, 'new.txt'), 'all of it');
  const hold = holdAt('upload-file');
  box.intercept = async (request) => {
    if (request.route !== 'upload-file') return undefined;
    await hold.intercept(request);
    return localTree(folder).has('new.txt') ? undefined : { answer: { status: 500 } };
  };
  await engine.commands.rescan({ pairId });
  await hold.reached;
  rmSync(join(folder, 'new.txt'));
  await engine.commands.rescan({ pairId });
  await until(() => engine.ledger.pairFiles.countGone(pairId) === 1);
  hold.release();
  await until(async () => (await engine.commands.pairs({}))[0]!.state === 'synced');
  expect((await engine.commands.pairs({}))[0]!.counts).toMatchObject({ files: 1, synced: 1, failed: 0 });
  expect(outcomesOf(engine, 'new.txt')).toEqual([]);
  expect(engine.ledger.transfers.countLive(pairId)).toEqual(new Map());
});

test('a large file that is renamed and then written while it goes up ends as the newest state under the newest name', async () => {
  const one = await pairScene({ 'x.txt': 'x' });
  const { box, folder } = one;
  writeOld(join(folder, 'big.bin'), big);
  await during(one, 'upload-part', 8, () => {
    renameSync(join(folder, 'big.bin'), join(folder, 'renamed.bin'));
    appendFileSync(join(folder, 'renamed.bin'), 'more');
    utimesSync(join(folder, 'renamed.bin'), 1_700_000_000, 1_700_000_000);
  });
  expect(await boxTree(box)).toEqual(localTree(folder));
});

test('a file that moved while it went up follows on Box once passing trouble of Box is over', async () => {
  const one = await pairScene({ 'x.txt': 'x' }, {}, { timings: { callRetries: { attempts: 1 } } });
  const { box, engine, folder, pairId } = one;
  writeOld(join(folder, 'old.txt'), 'content');
  const hold = holdAt('upload-file', 1);
  let refused = 0;
  box.intercept = (request) => {
    if (request.route !== 'update-file') return hold.intercept(request);
    refused += 1;
    return { answer: { status: 503 } };
  };
  await engine.commands.rescan({ pairId: null });
  await hold.reached;
  renameSync(join(folder, 'old.txt'), join(folder, 'renamed.txt'));
  const scans = () => engine.events.filter(({ type }) => type === 'scanned').length;
  const before = scans();
  await engine.commands.rescan({ pairId: null });
  await until(() => scans() > before);
  await until(() => engine.ledger.pairFiles.countGone(pairId) === 0);
  hold.release();
  await until(() => refused > 0);
  await until(async () => (await engine.commands.pair({ pairId })).state === 'blocked');
  box.intercept = undefined;
  await engine.commands.rescan({ pairId });
  await until(async () => (await engine.commands.pair({ pairId })).state === 'synced');
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(box.count('upload-file')).toBe(1);
});

test('a folder renamed while the large file in it waits for the next start goes on where it was', async () => {
  const { box, engine, folder, home } = await pairScene({ 'sub/small.txt': 'small', 'x.txt': 'x' });
  writeOld(join(folder, 'sub/big.bin'), big);
  const hold = holdAt('upload-part', 8);
  box.intercept = hold.intercept;
  await engine.commands.rescan({ pairId: null });
  await hold.reached;
  await engine.close();
  hold.release();
  box.intercept = undefined;
  const before = box.count('upload-part');
  renameSync(join(folder, 'sub'), join(folder, 'other'));
  const second = await openPairEngine(box, { watch: false, home });
  const synced = second.synced();
  await second.commands.startPairs({});
  await synced;
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(box.count('create-session')).toBe(1);
  expect(box.count('upload-part') - before).toBeLessThan(22);
});
