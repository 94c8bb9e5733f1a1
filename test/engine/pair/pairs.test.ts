import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { content, holdAt, mebibyte, once, TestBox, writeOld, writeTree } from '../../support/engine-fixture.ts';
import {
  boxTree,
  localTree,
  openPairEngine,
  pairFolder,
  pairScene,
  startPair,
  type PairEngine,
} from '../../support/pair-fixture.ts';
import { outcomesOf, resync, settled, uploads } from '../../support/pair-steps.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const full = {
  status: 403,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ type: 'error', status: 403, code: 'storage_limit_exceeded', message: 'full' }),
};

const scene = (files: Record<string, string | Uint8Array> = { 'a.txt': 'a', 'sub/b.txt': 'b' }) => pairScene(files);

const add = (engine: PairEngine, path: string, target: string) =>
  engine.commands.addPair({ path, target, options: { settleMs: 100 } });

/** Asks again and again; the test's own time limit ends it. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('why of a file is known by any way that leads to it, as its pair is added by any', async () => {
  const { engine, pairId, folder } = await scene();
  const link = join(temporaryFolder(), 'link');
  symlinkSync(folder, link);
  const path = join(folder, 'sub/b.txt');
  const known = await engine.commands.why({ path });
  expect(known).toMatchObject([{ pairId, path }]);
  expect(await engine.commands.why({ path: join(link, 'sub/b.txt') })).toEqual(known);
  expect(await engine.commands.why({ path: join(link, 'nothing') })).toEqual([]);
});

test('a pair that overlaps with another, here or on Box, is refused with the reason', async () => {
  const { box, engine, folder, home } = await scene();
  const elsewhere = pairFolder();
  mkdirSync(elsewhere, { recursive: true });
  const link = join(temporaryFolder(), 'link');
  symlinkSync(folder, link);
  await expect(add(engine, folder, '/Other')).rejects.toThrow(/ is the folder of p\d/);
  await expect(add(engine, link, '/Other')).rejects.toThrow(/ is the folder of p\d/);
  await expect(add(engine, join(folder, 'sub'), '/Other')).rejects.toThrow(/lies inside/);
  await expect(add(engine, join(folder, '..'), '/Other')).rejects.toThrow(/lies around/);
  await expect(add(engine, elsewhere, '/Pair')).rejects.toThrow(/ is the Box folder of p\d/);
  await expect(add(engine, elsewhere, '/Pair/sub')).rejects.toThrow(/lies inside/);
  await expect(add(engine, elsewhere, '0')).rejects.toThrow(/lies around/);
  await expect(add(engine, home, '/Other')).rejects.toThrow(/data folder/);
  await expect(add(engine, join(folder, 'a.txt'), '/Other')).rejects.toThrow(/no folder/);
  await expect(add(engine, join(folder, 'nothing'), '/Other')).rejects.toThrow();
  expect(await engine.commands.pairs({})).toHaveLength(1);
  expect([...(await box.tree()).keys()].filter((path) => path.startsWith('Other'))).toEqual([]);
});

test('a target that may not be written to is refused', async () => {
  const { box, engine } = await scene();
  const elsewhere = pairFolder();
  mkdirSync(elsewhere, { recursive: true });
  const id = await box.makeFolder('0', 'Theirs');
  box.intercept = ({ route, params }) =>
    route === 'get-folder' && params['folder_id'] === id
      ? {
          afterEffect: (answer) => {
            const folder = JSON.parse(answer.body ?? '{}') as object;
            return { ...answer, headers: {}, body: JSON.stringify({ ...folder, permissions: { can_upload: false } }) };
          },
        }
      : undefined;
  await expect(add(engine, elsewhere, id)).rejects.toThrow(`${id} on Box: `);
  expect(await engine.commands.pairs({})).toHaveLength(1);
});

test('paused nothing goes up, and it goes on when it is told to, or when the pause ends by itself', async () => {
  const { box, engine, folder, pairId } = await scene();
  await engine.commands.pause({ target: { kind: 'pair', id: pairId }, durationMs: null });
  expect(await engine.commands.pair({ pairId })).toMatchObject({ state: 'paused', pausedUntil: null });
  writeOld(join(folder, 'new.txt'), 'new');
  await engine.commands.rescan({ pairId: null });
  expect(uploads(box)).toBe(0);
  await settled(engine, () => engine.commands.resume({ target: { kind: 'pair', id: pairId } }));
  expect(await boxTree(box)).toEqual(localTree(folder));
  writeOld(join(folder, 'later.txt'), 'later');
  const synced = engine.synced();
  await engine.commands.pause({ target: { kind: 'pair', id: pairId }, durationMs: 300 });
  expect((await engine.commands.pair({ pairId })).pausedUntil).toBeGreaterThan(0);
  await synced;
  await until(async () => (await engine.commands.pair({ pairId })).state === 'synced');
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(await engine.commands.pair({ pairId })).toMatchObject({ state: 'synced', pausedUntil: null });
});

test('removed, its sessions are aborted and Box and the receipts stay; added again, all is adopted without a byte', async () => {
  const { box, engine, folder, pairId } = await scene();
  writeOld(join(folder, 'big.bin'), content(21 * mebibyte));
  const hold = holdAt('upload-part', 6);
  box.intercept = hold.intercept;
  await engine.commands.rescan({ pairId });
  await hold.reached;
  const before = await boxTree(box);
  await engine.commands.removePair({ pairId });
  hold.release();
  box.intercept = undefined;
  expect(await engine.commands.pairs({})).toEqual([]);
  expect(box.count('abort-session')).toBe(1);
  expect(await boxTree(box)).toEqual(before);
  box.requests = [];
  engine.events.length = 0;
  const again = await startPair(engine, folder);
  expect(again).not.toBe(pairId);
  expect(outcomesOf(engine, 'a.txt')).toEqual(['adopted']);
  expect(outcomesOf(engine, 'b.txt')).toEqual(['adopted']);
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(box.count('upload-file')).toBe(0);
});

test('what is committing when its pair is removed gets its outcome first', async () => {
  const { box, engine, folder, pairId } = await scene();
  writeOld(join(folder, 'big.bin'), content(21 * mebibyte));
  const hold = holdAt('commit-session');
  box.intercept = hold.intercept;
  await engine.commands.rescan({ pairId });
  await hold.reached;
  const removed = engine.commands.removePair({ pairId });
  await new Promise((resolve) => setTimeout(resolve, 200));
  hold.release();
  await removed;
  expect(await engine.commands.pairs({})).toEqual([]);
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(box.count('abort-session')).toBe(0);
});

test('a restart sends nothing, lists nothing and hashes nothing', async () => {
  const { box, engine, home, folder } = await scene();
  await engine.close();
  const second = await openPairEngine(box, { watch: false, home });
  await settled(second, () => second.commands.startPairs({}));
  await resync(second);
  const asked = box.requests.filter(({ route }) => !route?.includes('event') && !route?.includes('poll'));
  expect(asked.map(({ route }) => route)).toEqual(['current-user']);
  expect(second.events.filter(({ type }) => type === 'file')).toEqual([]);
  appendFileSync(join(folder, 'a.txt'), ' and more');
  await resync(second);
  expect(await box.versions('Pair/a.txt')).toHaveLength(2);
});

test('without a network for a while it goes on by itself', async () => {
  const { box, engine, folder } = await scene();
  let dropped = 0;
  box.intercept = () => ((dropped += 1), { drop: true });
  writeTree(folder, { 'new.txt': 'new', 'fresh/deep/c.txt': 'c' });
  appendFileSync(join(folder, 'a.txt'), ' and more');
  const synced = engine.synced();
  await engine.commands.rescan({ pairId: null });
  await until(() => dropped > 10);
  box.intercept = undefined;
  await synced;
  await until(async () => (await engine.commands.pairs({}))[0]!.state === 'synced');
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect((await engine.commands.pairs({}))[0]!.problem).toBeNull();
});

test('asked to slow down for long, at a folder, it says so and goes on by itself', async () => {
  const box = await TestBox.start();
  const timings = { callRetries: { backoffBaseMs: 1, withinMs: 500 } };
  const engine = await openPairEngine(box, { watch: false, timings });
  const folder = pairFolder();
  const pairId = await startPair(engine, folder);
  box.intercept = once('create-folder', { answer: { status: 429, headers: { 'retry-after': '1' } } }, 2);
  writeTree(folder, { 'fresh/deep/c.txt': 'c' });
  await engine.commands.rescan({ pairId: null });
  await engine.told((event) => event.type === 'problem' && event.problem.code === 'box.rate-limit');
  await until(async () => (await engine.commands.pair({ pairId })).state === 'synced');
  expect(await boxTree(box)).toEqual(localTree(folder));
});

test('started while Box answers with trouble of its own, it begins all the same', async () => {
  const { box, engine, folder, home } = await scene();
  await engine.close();
  writeOld(join(folder, 'new.txt'), 'new');
  box.intercept = once('current-user', { answer: { status: 503 } }, 5);
  const second = await openPairEngine(box, { watch: false, home });
  const synced = second.synced();
  await second.commands.startPairs({});
  await synced;
  expect(await boxTree(box)).toEqual(localTree(folder));
});

test('started without a network, it begins once there is one', async () => {
  const { box, engine, folder, home } = await scene();
  await engine.close();
  writeOld(join(folder, 'new.txt'), 'new');
  let dropped = 0;
  box.intercept = () => ((dropped += 1), { drop: true });
  const second = await openPairEngine(box, { watch: false, home });
  const started = second.commands.startPairs({});
  await until(() => dropped > 3);
  box.intercept = undefined;
  await started;
  await until(async () => (await second.commands.pairs({}))[0]!.state === 'synced');
  expect(await boxTree(box)).toEqual(localTree(folder));
});

test('a full Box stops the pair with the reason, and it goes on when there is space', async () => {
  const { box, engine, folder, pairId } = await scene();
  box.intercept = ({ route }) => (route === 'upload-file' ? { answer: full } : undefined);
  writeFileSync(join(folder, 'new.txt'), 'new');
  await engine.commands.rescan({ pairId: null });
  await until(async () => (await engine.commands.pair({ pairId })).state === 'blocked');
  expect((await engine.commands.pair({ pairId })).problem).not.toBeNull();
  box.intercept = undefined;
  await engine.commands.rescan({ pairId });
  await until(async () => (await engine.commands.pair({ pairId })).state === 'synced');
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect((await engine.commands.pair({ pairId })).problem).toBeNull();
});

test('a full Box is told once, however often it is tried', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box, { watch: false });
  const folder = pairFolder();
  const pairId = await startPair(engine, folder);
  box.intercept = ({ route }) => (route === 'upload-file' ? { answer: full } : undefined);
  writeTree(folder, { 'a.txt': 'a' });
  await engine.commands.rescan({ pairId });
  await engine.told((event) => event.type === 'problem' && event.problem.code === 'account.quota');
  expect(await engine.commands.pair({ pairId })).toMatchObject({
    state: 'blocked',
    problem: { code: 'account.quota' },
  });
  // Asked to go on while it is still full: the same again is no news.
  await engine.commands.rescan({ pairId });
  await vi.waitUntil(() => box.count('upload-file') >= 2, { timeout: 20_000 });
  await vi.waitUntil(async () => (await engine.commands.pair({ pairId })).state === 'blocked', { timeout: 20_000 });
  box.intercept = undefined;
  const synced = engine.synced();
  await engine.commands.rescan({ pairId });
  await synced;
  expect(await boxTree(box)).toEqual(localTree(folder));
  const told = engine.events.filter((event) => event.type === 'problem' && event.problem.code === 'account.quota');
  expect(told).toHaveLength(1);
});

test('a pair is not in sync from the moment that a walk was asked for until it has ended', async () => {
  const { engine, pairId } = await scene();
  const before = (await engine.commands.pair({ pairId })).scannedAt;
  await engine.commands.rescan({ pairId });
  const states = new Set<string>();
  for (;;) {
    const { scannedAt, state } = await engine.commands.pair({ pairId });
    if (scannedAt !== before) break;
    states.add(state);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect([...states]).not.toContain('synced');
});
