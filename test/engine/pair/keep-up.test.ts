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
