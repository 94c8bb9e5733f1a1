import { mkdirSync, renameSync, rmSync, writeFileSync, appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { FolderComparison } from '../../../main/engine/ledger/folder-comparison.ts';
import { TestBox, writeTree } from '../../support/engine-fixture.ts';
import { boxTree, localTree, openPairEngine, pairFolder, startPair } from '../../support/pair-fixture.ts';

const uploads = ['upload-file', 'upload-version', 'create-session', 'create-version-session'];

test('a folder goes up, with empty folders and files, and stands on Box as it is here', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box);
  const folder = pairFolder();
  writeTree(folder, { 'a.txt': 'a', 'sub/b.txt': 'b', 'sub/deep/c.txt': '' });
  mkdirSync(join(folder, 'empty'));
  await startPair(engine, folder);
  await expect.poll(() => boxTree(box)).toEqual(localTree(folder));
});

test('what changes, comes and is renamed is followed; a rename costs no byte', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box);
  const folder = pairFolder();
  writeTree(folder, { 'a.txt': 'a', 'b.txt': 'bb', 'sub/c.txt': 'ccc', 'sub/d.txt': 'dddd' });
  await startPair(engine, folder);
  box.requests = [];
  let synced = engine.synced();
  renameSync(join(folder, 'a.txt'), join(folder, 'sub/renamed.txt'));
  await synced;
  await expect.poll(() => boxTree(box)).toEqual(localTree(folder));
  synced = engine.synced();
  renameSync(join(folder, 'sub'), join(folder, 'moved'));
  await synced;
  await expect.poll(() => boxTree(box)).toEqual(localTree(folder));
  expect(box.count(...uploads)).toBe(0);
  synced = engine.synced();
  appendFileSync(join(folder, 'moved/c.txt'), 'more');
  writeFileSync(join(folder, 'new.txt'), 'new');
  await synced;
  await expect.poll(() => boxTree(box)).toEqual(localTree(folder));
});

test('files that change places stay files, without a byte', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box);
  const folder = pairFolder();
  writeTree(folder, { a: 'content of a', b: 'content of b!' });
  await startPair(engine, folder);
  box.requests = [];
  const synced = engine.synced();
  renameSync(join(folder, 'a'), join(folder, 't'));
  renameSync(join(folder, 'b'), join(folder, 'a'));
  renameSync(join(folder, 't'), join(folder, 'b'));
  await synced;
  await expect.poll(() => boxTree(box)).toEqual(localTree(folder));
  expect(box.count(...uploads)).toBe(0);
});

test('what is deleted stays on Box; with the rule it goes to the trash', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box);
  const folder = pairFolder();
  writeTree(folder, { 'a.txt': 'a', 'b.txt': 'bb', 'sub/c.txt': 'ccc' });
  const pairId = await startPair(engine, folder);
  let synced = engine.synced();
  rmSync(join(folder, 'a.txt'));
  await synced;
  expect((await boxTree(box)).has('a.txt')).toBe(true);
  await engine.commands.setPair({ pairId, options: { deletions: 'trash' } });
  synced = engine.synced();
  rmSync(join(folder, 'sub'), { recursive: true });
  await synced;
  const left = await boxTree(box);
  expect(left.has('sub/c.txt')).toBe(false);
  expect(left.has('sub')).toBe(false);
  // What was left before the rule stays.
  expect(left.has('a.txt')).toBe(true);
});

test('a walk reads the files of a folder again only where something is new', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box, { watch: false });
  const folder = pairFolder();
  writeTree(folder, { 'a.txt': 'a', 'sub/b.txt': 'b', 'sub/deep/c.txt': 'c' });
  const pairId = await startPair(engine, folder);
  const compare = vi.spyOn(FolderComparison.prototype, 'compare');
  onTestFinished(() => compare.mockRestore());
  const walk = async () => {
    compare.mockClear();
    const synced = engine.synced();
    await engine.commands.rescan({ pairId });
    await synced;
    return compare.mock.calls.map(([, entries]) => entries.map(({ name }) => name));
  };
  expect(await walk()).toEqual([]);
  appendFileSync(join(folder, 'sub/b.txt'), ' and more');
  expect(await walk()).toEqual([['b.txt']]);
  expect(await walk()).toEqual([]);
  rmSync(join(folder, 'sub/deep/c.txt'));
  expect(await walk()).toContainEqual([]);
  // What was decided about the missing file is another change of its row.
  await walk();
  expect(await walk()).toEqual([]);
});

test('a folder whose name nobody can watch is told as one that is not watched, and what changes in it is found', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box, { watchTimes: { rescanMs: 500 } });
  const folder = pairFolder();
  writeTree(folder, { 'a.txt': 'a', 'odd\ufffd/b.txt': 'b' });
  const raw = Buffer.concat([Buffer.from(`${folder}/raw`), Buffer.from([0xff])]);
  const inRaw = (name: string) => Buffer.concat([raw, Buffer.from(`/${name}`)]);
  mkdirSync(inRaw('sub'), { recursive: true });
  writeFileSync(inRaw('sub/c.txt'), 'c');
  const pairId = await startPair(engine, folder);
  const report = async () => (await engine.commands.pair({ pairId })).watch;
  await expect.poll(report).toMatchObject({
    mode: 'partly',
    fallbackCount: 3,
    fallbackFolders: [
      { path: join(folder, 'odd\ufffd'), remedy: expect.stringContaining('Rename') as string },
      { path: join(folder, 'raw‛FF'), remedy: expect.stringContaining('Rename') as string },
    ],
  });
  writeFileSync(join(folder, 'odd\ufffd/new.txt'), 'new');
  writeFileSync(inRaw('sub/c.txt'), 'changed');
  mkdirSync(inRaw('made'));
  writeFileSync(inRaw('made/d.txt'), 'd');
  const names = async () => [...(await boxTree(box)).keys()].sort();
  await expect
    .poll(names)
    .toEqual(
      [
        'a.txt',
        'odd\ufffd',
        'odd\ufffd/b.txt',
        'odd\ufffd/new.txt',
        'raw‛FF',
        'raw‛FF/made',
        'raw‛FF/made/d.txt',
      ].concat(['raw‛FF/sub', 'raw‛FF/sub/c.txt']),
    );
  await expect.poll(() => box.versions('Pair/raw‛FF/sub/c.txt')).toHaveLength(2);
  expect((await report())!.fallbackCount).toBe(4);
  renameSync(raw, join(folder, 'sound'));
  await expect.poll(report).toMatchObject({ fallbackCount: 1 });
  appendFileSync(join(folder, 'sound/made/d.txt'), ' and more');
  await expect.poll(() => box.versions('Pair/sound/made/d.txt')).toHaveLength(2);
});
