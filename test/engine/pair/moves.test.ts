import {
  appendFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha1Of, writeOld, writeTree } from '../../support/engine-fixture.ts';
import { boxTree, localTree, openPairEngine, pairFolder, pairScene, startPair } from '../../support/pair-fixture.ts';
import { onlyQuestion, resync, settled, uploads } from '../../support/pair-steps.ts';

test('delete-and-create with a reused inode, an equal size and an equal mtime sends the new bytes', async () => {
  const { box, engine, folder } = await pairScene({ 'old.txt': 'old content', 'x.txt': 'x' }, { deletions: 'trash' });
  const before = statSync(join(folder, 'old.txt'));
  unlinkSync(join(folder, 'old.txt'));
  // The freed inode goes to one of the next new files.
  const tries = Array.from({ length: 50 }, (_, n) => join(folder, `try ${n}`));
  const reused = tries.find((path) => {
    writeFileSync(path, 'new content');
    return statSync(path).ino === before.ino;
  });
  for (const path of tries) if (path !== reused) rmSync(path, { force: true });
  const path = join(folder, 'new.txt');
  if (reused) renameSync(reused, path);
  else writeFileSync(path, 'new content');
  utimesSync(path, before.mtime, before.mtime);
  await resync(engine);
  await resync(engine);
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect((await boxTree(box)).get('new.txt')).toBe(sha1Of(Buffer.from('new content')));
});

test('files and folders move to another pair without a byte, and keep their ids', async () => {
  const { box, engine, folder } = await pairScene({
    'a.txt': 'a',
    'sub/b.txt': 'b',
    'sub/deep/c.txt': 'c',
    'd.txt': 'd',
  });
  const other = pairFolder();
  writeTree(other, { 'z.txt': 'z' });
  await startPair(engine, other, '/Other');
  const ids = [await box.idOf('Pair/a.txt'), await box.idOf('Pair/sub'), await box.idOf('Pair/sub/deep/c.txt')];
  box.requests = [];
  renameSync(join(folder, 'a.txt'), join(other, 'moved.txt'));
  renameSync(join(folder, 'sub'), join(other, 'sub'));
  await resync(engine);
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(await boxTree(box, 'Other')).toEqual(localTree(other));
  expect(uploads(box)).toBe(0);
  expect([
    await box.idOf('Other/moved.txt'),
    await box.idOf('Other/sub'),
    await box.idOf('Other/sub/deep/c.txt'),
  ]).toEqual(ids);
  expect(box.count('update-folder')).toBe(1);
  // And are followed in the new pair.
  appendFileSync(join(other, 'sub/deep/c.txt'), ' and more');
  await resync(engine);
  expect(await box.versions('Other/sub/deep/c.txt')).toHaveLength(2);
});

test('a renamed folder is one call, however many files are in it; a change inside is one version', async () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`sub/${n % 4}/file ${n}.txt`, `content ${n}`]));
  const { box, engine, folder } = await pairScene(many);
  renameSync(join(folder, 'sub'), join(folder, 'other'));
  appendFileSync(join(folder, 'other/1/file 1.txt'), ' and more');
  renameSync(join(folder, 'other/2/file 2.txt'), join(folder, 'other/3/moved.txt'));
  await resync(engine);
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(box.count('update-folder')).toBe(1);
  expect(box.count('update-file')).toBe(1);
  expect(uploads(box)).toBe(1);
  expect(await box.versions('Pair/other/1/file 1.txt')).toHaveLength(2);
});

test('so is one whose files have been still for longer than the folder itself has been here', async () => {
  const { box, engine, folder, pairId } = await pairScene(
    { 'sub/one/deep/a.txt': 'a', 'sub/two/b.txt': 'b', 'sub/two/deep/c.txt': 'c' },
    { settleMs: 1500 },
  );
  const ids = async (name: string) => [await box.idOf(`Pair/${name}`), await box.idOf(`Pair/${name}/two/deep/c.txt`)];
  const before = await ids('sub');
  renameSync(join(folder, 'sub'), join(folder, 'other'));
  // As the watcher tells it: of what is below a new folder, only what has just changed has to wait.
  await settled(engine, () => engine.commands.hints({ pairId, folders: [folder], overflow: false }));
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(await ids('other')).toEqual(before);
  expect([box.count('update-folder'), box.count('create-folder'), uploads(box)]).toEqual([1, 0, 0]);
});

test('case-only renames of files and folders are one call each and no clash', async () => {
  const { box, engine, folder } = await pairScene({ 'name.txt': 'a', 'sub/b.txt': 'b' });
  renameSync(join(folder, 'name.txt'), join(folder, 'Name.TXT'));
  renameSync(join(folder, 'sub'), join(folder, 'Sub'));
  await resync(engine);
  expect([...(await boxTree(box)).keys()].sort()).toEqual(['Name.TXT', 'Sub', 'Sub/b.txt']);
  expect(uploads(box)).toBe(0);
  expect(await engine.commands.questions({ after: 0, limit: 10 })).toEqual([]);
});

test('what was renamed and moved while it was not running is followed without a byte', async () => {
  const { box, engine, folder, home } = await pairScene({
    'a.txt': 'a',
    'sub/b.txt': 'bb',
    'sub/c.txt': 'ccc',
    'd.txt': 'd4',
  });
  await engine.close();
  renameSync(join(folder, 'a.txt'), join(folder, 'renamed.txt'));
  renameSync(join(folder, 'sub'), join(folder, 'other'));
  mkdirSync(join(folder, 'new/deep'), { recursive: true });
  renameSync(join(folder, 'd.txt'), join(folder, 'new/deep/d.txt'));
  const second = await openPairEngine(box, { watch: false, home });
  const synced = second.synced();
  await second.commands.startPairs({});
  await synced;
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(uploads(box)).toBe(0);
});

test('a folder moves into a new folder, with new files beside it', async () => {
  const { box, engine, folder } = await pairScene({ 'sub/a.txt': 'a', 'sub/b.txt': 'b', 'c.txt': 'c' });
  mkdirSync(join(folder, 'new/deep'), { recursive: true });
  renameSync(join(folder, 'sub'), join(folder, 'new/deep/sub'));
  writeOld(join(folder, 'new/fresh.txt'), 'fresh');
  renameSync(join(folder, 'c.txt'), join(folder, 'new/c.txt'));
  await resync(engine);
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(uploads(box)).toBe(1);
});

test('where the name is taken on Box at the place that a file moves to, it is a conflict there, and nothing of theirs is lost', async () => {
  const { box, engine, folder } = await pairScene({ 'a.txt': 'ours', 'sub/b.txt': 'b' });
  await box.put(await box.idOf('Pair/sub'), 'a.txt', 'theirs');
  renameSync(join(folder, 'a.txt'), join(folder, 'sub/a.txt'));
  await resync(engine);
  await resync(engine);
  const tree = await boxTree(box);
  expect(tree.get('sub/a.txt')).toBe(sha1Of(Buffer.from('theirs')));
  expect([...tree.values()].filter((sha1) => sha1 === sha1Of(Buffer.from('ours'))).length).toBeGreaterThanOrEqual(1);
  await onlyQuestion(engine, 'conflict');
});

test('where a folder moves to a name that is taken on Box by a folder, its files end there', async () => {
  const { box, engine, folder } = await pairScene({ 'one/a.txt': 'a', 'x.txt': 'x' });
  await box.put(await box.makeFolder(await box.idOf('Pair'), 'two'), 'theirs.txt', 'theirs');
  renameSync(join(folder, 'one'), join(folder, 'two'));
  await resync(engine);
  await resync(engine);
  const tree = await boxTree(box);
  expect(tree.get('two/a.txt')).toBe(sha1Of(Buffer.from('a')));
  expect(tree.get('two/theirs.txt')).toBe(sha1Of(Buffer.from('theirs')));
});

test('a save by rename is one new version: with a backup, and by a temporary file', async () => {
  const { box, engine, folder } = await pairScene({ 'backup.txt': 'first', 'temporary.txt': 'first!' });
  renameSync(join(folder, 'backup.txt'), join(folder, 'backup.txt~'));
  writeOld(join(folder, 'backup.txt'), 'second, longer');
  writeOld(join(folder, '.temporary.txt.123'), 'second and longer');
  renameSync(join(folder, '.temporary.txt.123'), join(folder, 'temporary.txt'));
  await resync(engine);
  expect(await box.versions('Pair/backup.txt')).toEqual(
    ['second, longer', 'first'].map((text) => sha1Of(Buffer.from(text))),
  );
  expect(await box.versions('Pair/temporary.txt')).toHaveLength(2);
});

test('a move whose answer was lost, and one that Box made before the engine died, are not made twice', async () => {
  const { box, engine, folder, home } = await pairScene({ 'a.txt': 'a', 'b.txt': 'bb', 'sub/c.txt': 'c' });
  const id = await box.idOf('Pair/a.txt');
  let dropped = 0;
  const cut = Promise.withResolvers<void>();
  box.intercept = ({ route }) => {
    if (route !== 'update-file' && route !== 'update-folder') return undefined;
    return { afterEffect: () => ((dropped += 1), cut.resolve(), 'drop') };
  };
  renameSync(join(folder, 'a.txt'), join(folder, 'sub/moved.txt'));
  await engine.commands.rescan({ pairId: null });
  await cut.promise;
  await engine.close();
  box.intercept = undefined;
  expect(await box.idOf('Pair/sub/moved.txt')).toBe(id);
  const second = await openPairEngine(box, { watch: false, home });
  const synced = second.synced();
  await second.commands.startPairs({});
  await synced;
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(await box.idOf('Pair/sub/moved.txt')).toBe(id);
  expect(uploads(box)).toBe(0);
  expect(dropped).toBeGreaterThan(0);
});
