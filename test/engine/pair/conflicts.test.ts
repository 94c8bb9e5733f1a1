import { appendFileSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PairOptions } from '../../../shared/pair-model.ts';
import { sha1Of, TestBox, writeTree } from '../../support/engine-fixture.ts';
import {
  boxTree,
  localTree,
  openPairEngine,
  pairFolder,
  startPair,
  type PairEngine,
} from '../../support/pair-fixture.ts';
import { answerIt, onlyQuestion, outcomesOf, resync, settled, uploads } from '../../support/pair-steps.ts';

/** `a.txt` is ours and synced, somebody has put a version of their own over it, and then it changes here. */
async function changedOnBothSides(
  options: Partial<PairOptions> = {},
  theirs = 'theirs',
  ours = 'ours, longer',
): Promise<{ box: TestBox; engine: PairEngine; folder: string }> {
  const box = await TestBox.start();
  const engine = await openPairEngine(box, { watch: false });
  const folder = pairFolder();
  writeTree(folder, { 'a.txt': 'first' });
  await startPair(engine, folder, '/Pair', options);
  await box.putVersion(await box.idOf('Pair/a.txt'), theirs);
  writeFileSync(join(folder, 'a.txt'), ours);
  await resync(engine);
  return { box, engine, folder };
}

const copyIn = (tree: Map<string, string | null>) => [...tree.keys()].filter((name) => name !== 'a.txt');

test('what was changed on both sides becomes a copy beside it; later saves are versions of the copy', async () => {
  const { box, engine, folder } = await changedOnBothSides();
  const [copy, ...more] = copyIn(await boxTree(box));
  expect(more).toEqual([]);
  expect(copy).toMatch(/^a \(.*\)\.txt$/);
  expect((await boxTree(box)).get('a.txt')).toBe(sha1Of(Buffer.from('theirs')));
  expect((await boxTree(box)).get(copy!)).toBe(sha1Of(Buffer.from('ours, longer')));
  await onlyQuestion(engine, 'conflict');
  appendFileSync(join(folder, 'a.txt'), ' and more');
  await resync(engine);
  writeFileSync(join(folder, 'a.txt'), 'ours, longeR and more');
  await resync(engine);
  expect(copyIn(await boxTree(box))).toEqual([copy]);
  expect(await box.versions(`Pair/${copy}`)).toEqual(
    ['ours, longeR and more', 'ours, longer and more', 'ours, longer'].map((text) => sha1Of(Buffer.from(text))),
  );
  await onlyQuestion(engine, 'conflict');
});

test('content of one size on both sides is a conflict too', async () => {
  const { box, engine } = await changedOnBothSides({}, 'other', 'mines');
  const [copy] = copyIn(await boxTree(box));
  expect((await boxTree(box)).get(copy!)).toBe(sha1Of(Buffer.from('mines')));
  expect((await boxTree(box)).get('a.txt')).toBe(sha1Of(Buffer.from('other')));
  await onlyQuestion(engine, 'conflict');
});

test('replace: ours becomes a version of theirs, and the copy goes to the trash', async () => {
  const { box, engine, folder } = await changedOnBothSides();
  await answerIt(engine, await onlyQuestion(engine, 'conflict'), 'replace');
  expect([...(await boxTree(box)).keys()]).toEqual(['a.txt']);
  expect(await box.versions('Pair/a.txt')).toEqual(
    ['ours, longer', 'theirs', 'first'].map((text) => sha1Of(Buffer.from(text))),
  );
  appendFileSync(join(folder, 'a.txt'), '!');
  await resync(engine);
  expect([...(await boxTree(box)).keys()]).toEqual(['a.txt']);
  expect(await box.versions('Pair/a.txt')).toHaveLength(4);
});

test('keep-copy: both stay, and the file here goes on as the copy', async () => {
  const { box, engine, folder } = await changedOnBothSides();
  await answerIt(engine, await onlyQuestion(engine, 'conflict'), 'keep-copy');
  appendFileSync(join(folder, 'a.txt'), '!');
  await resync(engine);
  const [copy, ...more] = copyIn(await boxTree(box));
  expect(more).toEqual([]);
  expect(await box.versions(`Pair/${copy}`)).toHaveLength(2);
  expect(await box.versions('Pair/a.txt')).toHaveLength(2);
  expect(await engine.commands.questions({ after: 0, limit: 10 })).toEqual([]);
});

test('take-box: theirs stays as it is, the copy goes, nothing is downloaded, and the next change here is its next version', async () => {
  const { box, engine, folder } = await changedOnBothSides();
  await answerIt(engine, await onlyQuestion(engine, 'conflict'), 'take-box');
  await resync(engine);
  expect([...(await boxTree(box)).keys()]).toEqual(['a.txt']);
  expect(await box.versions('Pair/a.txt')).toHaveLength(2);
  expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toBe('ours, longer');
  appendFileSync(join(folder, 'a.txt'), '!');
  await resync(engine);
  expect([...(await boxTree(box)).keys()]).toEqual(['a.txt']);
  expect(await box.versions('Pair/a.txt')).toHaveLength(3);
});

test('by rule a version is made anyway, or what stands on Box is left alone', async () => {
  const version = await changedOnBothSides({ conflicts: 'version' });
  expect([...(await boxTree(version.box)).keys()]).toEqual(['a.txt']);
  expect(await version.box.versions('Pair/a.txt')).toHaveLength(3);
  const skip = await changedOnBothSides({ conflicts: 'skip' });
  expect([...(await boxTree(skip.box)).entries()]).toEqual([['a.txt', sha1Of(Buffer.from('theirs'))]]);
  expect(outcomesOf(skip.engine, 'a.txt')).toEqual(['sent', 'kept']);
  const [pair] = await skip.engine.commands.pairs({});
  expect(pair!.counts).toMatchObject({ kept: 1, synced: 0, failed: 0 });
});

test('what Box holds at the first sync: other content is a conflict, equal content is adopted without a byte', async () => {
  const box = await TestBox.start();
  const target = await box.makeFolder('0', 'Pair');
  await box.put(target, 'other.txt', 'theirs');
  await box.put(target, 'equal.txt', 'the same');
  await box.put(await box.makeFolder(target, 'sub'), 'deep.txt', 'deep');
  const engine = await openPairEngine(box, { watch: false });
  const folder = pairFolder();
  writeTree(folder, { 'other.txt': 'ours', 'equal.txt': 'the same', 'sub/deep.txt': 'deep', 'empty.txt': '' });
  await startPair(engine, folder);
  expect(outcomesOf(engine, 'equal.txt')).toEqual(['adopted']);
  expect(outcomesOf(engine, 'deep.txt')).toEqual(['adopted']);
  // The conflict's copy and the empty file.
  expect(uploads(box)).toBe(2);
  expect((await onlyQuestion(engine, 'conflict')).path).toBe(join(folder, 'other.txt'));
  expect((await boxTree(box)).get('other.txt')).toBe(sha1Of(Buffer.from('theirs')));
});

test('what appears on Box after its listing: equal content is adopted, other content is a conflict', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box, { watch: false });
  const folder = pairFolder();
  writeTree(folder, { 'first.txt': 'first' });
  await startPair(engine, folder);
  const target = await box.idOf('Pair');
  await box.put(target, 'late.txt', 'theirs');
  await box.put(target, 'same.txt', 'same');
  writeTree(folder, { 'late.txt': 'ours', 'same.txt': 'same' });
  await resync(engine);
  expect((await onlyQuestion(engine, 'conflict')).path).toBe(join(folder, 'late.txt'));
  expect((await boxTree(box)).get('late.txt')).toBe(sha1Of(Buffer.from('theirs')));
  expect(outcomesOf(engine, 'same.txt')).toEqual(['adopted']);
  expect(await box.versions('Pair/same.txt')).toHaveLength(1);
  expect((await boxTree(box)).size).toBe(4);
});

test('a touched file sends nothing; where only the etag changed on Box the version goes through, under the name there', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box, { watch: false });
  const folder = pairFolder();
  writeTree(folder, { 'touched.txt': 'as it was', 'renamed.txt': 'content' });
  await startPair(engine, folder);
  box.requests = [];
  utimesSync(join(folder, 'touched.txt'), 1_700_000_000, 1_700_000_000);
  await resync(engine);
  expect(uploads(box)).toBe(0);
  expect(await box.versions('Pair/touched.txt')).toHaveLength(1);
  const id = await box.idOf('Pair/renamed.txt');
  await box.raw('PUT', `/files/${id}`, { name: 'other name.txt' });
  appendFileSync(join(folder, 'renamed.txt'), ' and more');
  await resync(engine);
  appendFileSync(join(folder, 'renamed.txt'), ', again');
  await resync(engine);
  expect([...(await boxTree(box)).keys()].sort()).toEqual(['other name.txt', 'touched.txt']);
  expect(await box.versions('Pair/other name.txt')).toHaveLength(3);
  expect(await engine.commands.questions({ after: 0, limit: 10 })).toEqual([]);
});

test('a folder that was left on Box and comes back is compared anew: a version of somebody else is not replaced', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box, { watch: false });
  const folder = pairFolder();
  writeTree(folder, { 'kept.txt': 'kept', 'sub/a.txt': 'first', 'sub/b.txt': 'second' });
  await startPair(engine, folder);
  rmSync(join(folder, 'sub'), { recursive: true });
  await resync(engine);
  await box.putVersion(await box.idOf('Pair/sub/a.txt'), 'theirs');
  writeTree(folder, { 'sub/a.txt': 'ours, longer', 'sub/b.txt': 'second, longer' });
  await resync(engine);
  const tree = await boxTree(box);
  expect(tree.get('sub/a.txt')).toBe(sha1Of(Buffer.from('theirs')));
  expect(await box.versions('Pair/sub/b.txt')).toHaveLength(2);
  expect((await onlyQuestion(engine, 'conflict')).path).toBe(join(folder, 'sub/a.txt'));
  expect(tree.size).toBe(5);
});

test('a file that somebody changed on Box and that is renamed here is renamed there, and their version is still not ours to replace or to trash', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box, { watch: false });
  const folder = pairFolder();
  writeTree(folder, { 'a.txt': 'first', 'gone.txt': 'second', 'case.txt': 'third', 'x.txt': 'x', 'y.txt': 'y' });
  await startPair(engine, folder, '/Pair', { deletions: 'trash' });
  for (const name of ['a.txt', 'gone.txt', 'case.txt']) await box.putVersion(await box.idOf(`Pair/${name}`), `theirs of ${name}`); // prettier-ignore
  renameSync(join(folder, 'a.txt'), join(folder, 'b.txt'));
  renameSync(join(folder, 'gone.txt'), join(folder, 'going.txt'));
  rmSync(join(folder, 'case.txt'));
  writeFileSync(join(folder, 'CASE.txt'), 'another file, and to Box the next version of that');
  await resync(engine);
  expect([...(await boxTree(box)).keys()]).toEqual(expect.arrayContaining(['b.txt', 'going.txt', 'CASE.txt']));
  writeFileSync(join(folder, 'b.txt'), 'ours, changed after it was renamed');
  rmSync(join(folder, 'going.txt'));
  await resync(engine);
  const onBox = await boxTree(box);
  expect(onBox.get('b.txt')).toBe(sha1Of(Buffer.from('theirs of a.txt')));
  expect(onBox.get('going.txt')).toBe(sha1Of(Buffer.from('theirs of gone.txt')));
  expect(onBox.get('CASE.txt')).toBe(sha1Of(Buffer.from('theirs of case.txt')));
  const asked = await engine.commands.questions({ after: 0, limit: 100 });
  expect(asked.map(({ kind, path }) => `${kind} ${path.slice(folder.length)}`).sort()).toEqual([
    'conflict /CASE.txt',
    'conflict /b.txt',
  ]);
});

/** `a.txt` is synced, somebody has given it the name `b.txt` on Box, and then another `b.txt` comes here. */
async function renamedOnBox(options: Partial<PairOptions>, text: string) {
  const box = await TestBox.start();
  const engine = await openPairEngine(box, { watch: false });
  const folder = pairFolder();
  writeTree(folder, { 'a.txt': 'a', 'x.txt': 'x', 'y.txt': 'y', 'z.txt': 'z' });
  await startPair(engine, folder, '/Pair', options);
  const fileId = await box.idOf('Pair/a.txt');
  await box.raw('PUT', `/files/${fileId}`, { name: 'b.txt' });
  writeTree(folder, { 'b.txt': text });
  await resync(engine);
  return { box, engine, folder, fileId };
}

test.each([
  ['by rule', 'version'],
  ['by an answer', 'keep-both'],
] as const)('a file whose item on Box became that of another one, %s, goes up anew', async (_how, conflicts) => {
  const { box, engine, folder, fileId } = await renamedOnBox({ conflicts }, 'other content');
  if (conflicts === 'keep-both') await answerIt(engine, await onlyQuestion(engine, 'conflict'), 'replace');
  await resync(engine);
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(await box.idOf('Pair/b.txt')).toBe(fileId);
  expect(await box.versions('Pair/b.txt')).toEqual(['other content', 'a'].map((text) => sha1Of(Buffer.from(text))));
});

test('a file that is gone here does not take along what another one has adopted on Box', async () => {
  const { box, engine, folder } = await renamedOnBox({ deletions: 'trash' }, 'a');
  rmSync(join(folder, 'a.txt'));
  await resync(engine);
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(await engine.commands.questions({ after: 0, limit: 100 })).toEqual([]);
});

test('what waited for a name that something else has on Box goes up as soon as that is renamed, moved or removed there', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box, { watch: false });
  const folder = pairFolder();
  writeTree(folder, { 'a.txt': 'a' });
  const pairId = await startPair(engine, folder);
  const target = await box.idOf('Pair');
  const folders = await Promise.all(
    ['Renamed', 'Moved', 'Removed', 'Unheard'].map((name) => box.makeFolder(target, name)),
  );
  const file = await box.put(target, 'Folder', 'a file in its way');
  writeTree(folder, { renamed: '1', moved: '2', removed: '3', unheard: '4', 'folder/in it.txt': '5' });
  await resync(engine);
  const codes = async () => {
    const failures = await engine.commands.failures({ ownerId: pairId, after: 0, limit: 10 });
    return failures.map(({ problem }) => problem.code).sort();
  };
  // Of the folder it is told for the file in it too.
  const [byFile, byFolder] = ['name.taken-by-file', 'name.taken-by-folder'];
  expect(await codes()).toEqual([byFile, byFile, byFolder, byFolder, byFolder, byFolder]);
  const elsewhere = await box.makeFolder('0', 'Elsewhere');
  await settled(engine, () => box.raw('PUT', `/folders/${folders[0]}`, { name: 'Renamed before' }));
  await settled(engine, () => box.raw('PUT', `/folders/${folders[1]}`, { parent: { id: elsewhere } }));
  await settled(engine, () => box.raw('DELETE', `/folders/${folders[2]}`));
  await settled(engine, () => box.raw('PUT', `/files/${file}`, { name: 'File' }));
  expect(await codes()).toEqual([byFolder]);
  // Where events are missed a listing tells.
  box.intercept = ({ route }) => (route?.includes('event') ? { drop: true } : undefined);
  await box.raw('PUT', `/folders/${folders[3]}`, { name: 'Unheard before' });
  await engine.ledger.write(() => engine.ledger.pairs.setAllUncompared());
  await settled(engine, () => engine.commands.rescan({ pairId: null }));
  await expect.poll(codes).toEqual([]);
  const tree = await boxTree(box);
  for (const name of ['Renamed before', 'Unheard before', 'File']) expect(tree.delete(name)).toBe(true);
  expect(tree).toEqual(localTree(folder));
});
