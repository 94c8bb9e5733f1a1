import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PairOptions } from '../../../shared/pair-model.ts';
import { writeTree, type TestBox } from '../../support/engine-fixture.ts';
import { boxTree, localTree, pairScene, type PairEngine } from '../../support/pair-fixture.ts';
import { answerIt, onlyQuestion, resync, uploads } from '../../support/pair-steps.ts';

const scene = (files: Record<string, string>, options: Partial<PairOptions> = {}, watch = false) =>
  pairScene(files, { deletions: 'trash', ...options }, { watch });

const many = (count: number, folder = '') =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`${folder}file ${n}.txt`, `content ${n}`]));

const inTrash = async (box: TestBox) => {
  const answer = await box.raw('GET', '/folders/trash/items');
  return ((await answer.json()) as { entries: { name: string }[] }).entries.map(({ name }) => name).sort();
};

test('files go to the trash with If-Match, folders afterwards from the leaves up and never recursively', async () => {
  const { box, engine, folder } = await scene({ 'a.txt': 'a', 'sub/b.txt': 'b', 'sub/deep/c.txt': 'c', 'd.txt': 'd' });
  mkdirSync(join(folder, 'sub/empty'));
  await resync(engine);
  box.requests = [];
  rmSync(join(folder, 'sub'), { recursive: true });
  await resync(engine);
  expect(await boxTree(box)).toEqual(localTree(folder));
  const deletes = box.requests.filter(({ method }) => method === 'DELETE');
  const files = deletes.filter(({ route }) => route === 'delete-file');
  const folders = deletes.filter(({ route }) => route === 'delete-folder');
  expect(files).toHaveLength(2);
  expect(files.every(({ headers }) => headers['if-match'] !== undefined)).toBe(true);
  expect(folders).toHaveLength(3);
  expect(folders.some(({ query }) => query.get('recursive') === 'true')).toBe(false);
  expect(deletes.slice(0, 2)).toEqual(files);
  expect(await inTrash(box)).toEqual(['b.txt', 'c.txt', 'deep', 'empty', 'sub']);
});

test('a file changed on Box since stays, with the folder it is in, and is told; so does a folder with a file that is not ours', async () => {
  const quiet = many(10);
  const { box, engine, folder } = await scene({ ...quiet, 'one/a.txt': 'a', 'one/b.txt': 'b', 'two/c.txt': 'c' });
  await box.putVersion(await box.idOf('Pair/one/a.txt'), 'theirs');
  await box.put(await box.idOf('Pair/two'), 'foreign.txt', 'theirs');
  rmSync(join(folder, 'one'), { recursive: true });
  rmSync(join(folder, 'two'), { recursive: true });
  await resync(engine);
  const names = [...(await boxTree(box)).keys()].filter((name) => !(name in quiet)).sort();
  expect(names).toEqual(['one', 'one/a.txt', 'two', 'two/foreign.txt']);
  const told = await engine.told((event) => event.type === 'problem');
  expect(told).toMatchObject({ problem: { code: 'pair.kept-on-box', item: join(folder, 'one/a.txt') } });
  // It is back here as it was: nothing is sent, and theirs stays.
  writeTree(folder, { 'two/c.txt': 'c again' });
  await resync(engine);
  expect((await boxTree(box)).get('two/c.txt')).toBeDefined();
  expect((await boxTree(box)).get('two/foreign.txt')).toBeDefined();
});

test('only the etag changed on Box: it is still the file that is known, and goes', async () => {
  const { box, engine, folder } = await scene({ 'a.txt': 'a', 'b.txt': 'b' });
  await box.raw('PUT', `/files/${await box.idOf('Pair/a.txt')}`, { description: 'described' });
  rmSync(join(folder, 'a.txt'));
  await resync(engine);
  expect(await boxTree(box)).toEqual(localTree(folder));
});

test('a quarter at once is asked about; nothing goes before it is answered, and a change goes on', async () => {
  const { box, engine, folder, pairId } = await scene({ ...many(10, 'sub/'), ...many(10) });
  rmSync(join(folder, 'sub'), { recursive: true });
  await resync(engine);
  const question = await onlyQuestion(engine, 'many-deletions');
  expect(question.text).toMatch(/10 files of 20/);
  writeFileSync(join(folder, 'new.txt'), 'new');
  await resync(engine);
  await resync(engine);
  expect((await boxTree(box)).size).toBe(22);
  await answerIt(engine, await onlyQuestion(engine, 'many-deletions'), 'trash');
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect((await engine.commands.pair({ pairId })).counts).toMatchObject({ left: 0, files: 11, synced: 11 });
});

test('kept after the question, they stay on Box for good', async () => {
  const { box, engine, folder, pairId } = await scene(many(12));
  for (let n = 0; n < 6; n += 1) unlinkSync(join(folder, `file ${n}.txt`));
  await resync(engine);
  await answerIt(engine, await onlyQuestion(engine, 'many-deletions'), 'keep');
  await resync(engine);
  expect((await boxTree(box)).size).toBe(12);
  expect((await engine.commands.pair({ pairId })).counts).toMatchObject({ left: 6, files: 6 });
  // The next few are no matter of that answer.
  unlinkSync(join(folder, 'file 6.txt'));
  await resync(engine);
  expect((await boxTree(box)).size).toBe(11);
});

test('what was asked about and has come back needs no answer', async () => {
  const { box, engine, folder } = await scene({ ...many(10, 'sub/'), ...many(10) });
  const away = `${folder}-away`;
  renameSync(join(folder, 'sub'), away);
  await resync(engine);
  await onlyQuestion(engine, 'many-deletions');
  renameSync(away, join(folder, 'sub'));
  await resync(engine);
  expect(await engine.commands.questions({ after: 0, limit: 10 })).toEqual([]);
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(uploads(box)).toBe(0);
});

test('more than a hundred at once are asked about in any pair', async () => {
  const { box, engine, folder } = await scene({ ...many(101, 'sub/'), ...many(400) });
  rmSync(join(folder, 'sub'), { recursive: true });
  await resync(engine);
  await onlyQuestion(engine, 'many-deletions');
  expect((await boxTree(box)).size).toBe(502);
});

test('a folder that gives way to a file or a link is gone, and what it held goes by the rule', async () => {
  const { box, engine, folder } = await scene({ 'x/a.txt': 'a', 'y/b.txt': 'b', 'z.txt': 'z' });
  rmSync(join(folder, 'x'), { recursive: true });
  writeFileSync(join(folder, 'x'), 'a file now');
  rmSync(join(folder, 'y'), { recursive: true });
  symlinkSync('/nowhere', join(folder, 'y'));
  await resync(engine);
  await resync(engine);
  const tree = await boxTree(box);
  expect([...tree.keys()].sort()).toEqual(['x', 'z.txt']);
  expect(tree.get('x')).not.toBeNull();
});

test('a file that is away for less than the settle time causes nothing', async () => {
  const { box, engine, folder } = await scene({ 'a.txt': 'a', 'b.txt': 'b' }, { settleMs: 1500 }, true);
  const bytes = readFileSync(join(folder, 'a.txt'));
  const synced = engine.synced();
  unlinkSync(join(folder, 'a.txt'));
  // The walk that sees it gone is over once a hint has led to one.
  await gone(engine);
  writeFileSync(join(folder, 'a.txt'), bytes);
  await synced;
  expect(box.requests.filter(({ method }) => method === 'DELETE')).toEqual([]);
  expect(uploads(box)).toBe(0);
  expect(await box.versions('Pair/a.txt')).toHaveLength(1);
});

/** Resolves when the ledger knows of a file that is gone. */
async function gone(engine: PairEngine): Promise<void> {
  const [pair] = engine.ledger.pairs.list();
  while (engine.ledger.pairFiles.countGone(pair!.id) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('another rule settles what was asked: with keep they stay on Box', async () => {
  const { box, engine, folder, pairId } = await scene(many(12));
  for (let n = 0; n < 6; n += 1) unlinkSync(join(folder, `file ${n}.txt`));
  await resync(engine);
  await onlyQuestion(engine, 'many-deletions');
  const synced = engine.synced();
  await engine.commands.setPair({ pairId, options: { deletions: 'keep' } });
  await synced;
  expect(await engine.commands.questions({ after: 0, limit: 10 })).toEqual([]);
  expect((await boxTree(box)).size).toBe(12);
});
