import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PairOptions } from '../../../shared/pair-model.ts';
import { lookAtRoot } from '../../../main/engine/pair/look-at-root.ts';
import { TestBox, writeTree } from '../../support/engine-fixture.ts';
import {
  boxTree,
  localTree,
  openPairEngine,
  pairFolder,
  pairScene,
  type PairScene,
  startPair,
} from '../../support/pair-fixture.ts';
import { answerIt, onlyQuestion, resync, settled, uploads } from '../../support/pair-steps.ts';

const files = Object.fromEntries(Array.from({ length: 24 }, (_, n) => [`sub ${n % 3}/file ${n}.txt`, `content ${n}`]));

const scene = (options: Partial<PairOptions> = {}) => pairScene(files, { deletions: 'trash', ...options });

/** Walks, and resolves once the pair stands still because of its folder. */
async function stopped({ engine, pairId }: PairScene, code: string) {
  await engine.commands.rescan({ pairId });
  await engine.told((event) => event.type === 'problem' && event.problem.code === code);
  return engine.commands.pair({ pairId });
}

const changes = (box: TestBox) => box.requests.filter(({ method }) => method !== 'GET' && method !== 'OPTIONS');

test('a folder that was renamed away stops its pair alone, leaves Box as it is, and goes on when it is back', async () => {
  const one = await scene();
  const { box, engine, folder, pairId } = one;
  const other = pairFolder();
  writeTree(other, { 'a.txt': 'a' });
  await startPair(engine, other, '/Other');
  box.requests = [];
  renameSync(folder, `${folder}-away`);
  expect(await stopped(one, 'pair.root-missing')).toMatchObject({
    state: 'blocked',
    problem: { code: 'pair.root-missing' },
  });
  expect(changes(box)).toEqual([]);
  writeFileSync(join(other, 'b.txt'), 'b');
  await resync(engine);
  await expect.poll(() => boxTree(box, 'Other')).toEqual(localTree(other));
  renameSync(`${folder}-away`, folder);
  writeFileSync(join(folder, 'new.txt'), 'new');
  await resync(engine);
  await expect.poll(() => boxTree(box)).toEqual(localTree(folder));
  expect(await engine.commands.pair({ pairId })).toMatchObject({ state: 'synced', problem: null });
  expect(uploads(box)).toBe(2);
});

test('the same while it was not running; and it comes back without anybody asking', async () => {
  const { box, engine, folder, pairId, home } = await scene();
  await engine.close();
  renameSync(folder, `${folder}-away`);
  const second = await openPairEngine(box, { watch: false, home });
  await second.commands.startPairs({});
  await second.told((event) => event.type === 'problem' && event.problem.code === 'pair.root-missing');
  expect(changes(box)).toEqual([]);
  await second.close();
  renameSync(`${folder}-away`, folder);
  const third = await openPairEngine(box, { watch: false, home });
  const synced = third.synced();
  await third.commands.startPairs({});
  await synced;
  expect(await third.commands.pair({ pairId })).toMatchObject({ state: 'synced', problem: null });
  expect(changes(box)).toEqual([]);
});

test('with the watcher it goes on by itself within its pause', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box);
  const folder = pairFolder();
  writeTree(folder, files);
  await startPair(engine, folder, '/Pair', { deletions: 'trash' });
  box.requests = [];
  renameSync(folder, `${folder}-away`);
  await engine.told((event) => event.type === 'problem' && event.problem.code === 'pair.root-missing');
  writeFileSync(join(`${folder}-away`, 'new.txt'), 'new');
  const synced = engine.synced();
  renameSync(`${folder}-away`, folder);
  await synced;
  await expect.poll(() => boxTree(box)).toEqual(localTree(folder));
  expect(changes(box)).toHaveLength(1);
});

test('an emptied folder asks; accepted, what was in it goes by the rule for many deletions', async () => {
  const one = await scene();
  const { box, engine, folder } = one;
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  expect(await stopped(one, 'pair.root-emptied')).toMatchObject({ state: 'blocked' });
  expect(changes(box)).toEqual([]);
  expect((await boxTree(box)).size).toBe(27);
  await answerIt(engine, await onlyQuestion(engine, 'root'), 'accept');
  expect((await boxTree(box)).size).toBe(27);
  await answerIt(engine, await onlyQuestion(engine, 'many-deletions'), 'trash');
  expect((await boxTree(box)).size).toBe(0);
  writeFileSync(join(folder, 'new.txt'), 'new');
  await resync(engine);
  await expect.poll(() => boxTree(box)).toEqual(localTree(folder));
});

test('a folder emptied and filled again needs no answer', async () => {
  const one = await scene();
  const { box, engine, folder } = one;
  renameSync(folder, `${folder}-away`);
  mkdirSync(folder);
  await stopped(one, 'pair.root-emptied');
  await onlyQuestion(engine, 'root');
  rmSync(folder, { recursive: true });
  renameSync(`${folder}-away`, folder);
  await resync(engine);
  expect(await engine.commands.questions({ after: 0, limit: 10 })).toEqual([]);
  expect(changes(box)).toEqual([]);
});

test('another folder in its place asks, and nothing is sent or removed before; accepted, it is the one', async () => {
  const one = await scene({ deletions: 'keep' });
  const { box, engine, folder } = one;
  renameSync(folder, `${folder}-away`);
  writeTree(folder, { 'other.txt': 'other', 'sub 0/file 0.txt': 'content 0' });
  await stopped(one, 'pair.root-replaced');
  expect(changes(box)).toEqual([]);
  await answerIt(engine, await onlyQuestion(engine, 'root'), 'accept');
  const tree = await boxTree(box);
  expect(tree.has('other.txt')).toBe(true);
  expect(tree.size).toBe(28);
  await resync(engine);
  expect(await engine.commands.questions({ after: 0, limit: 10 })).toEqual([]);
});

test('a file in its place stops it too', async () => {
  const one = await scene();
  renameSync(one.folder, `${one.folder}-away`);
  writeFileSync(one.folder, 'a file');
  await stopped(one, 'pair.root-not-folder');
  expect(changes(one.box)).toEqual([]);
});

test('another device is the same folder where 20 files match in size and mtime; nothing is sent for it', async () => {
  const { box, engine, folder, pairId } = await scene();
  const { ledger } = engine;
  const now = statSync(folder, { bigint: true });
  await ledger.write(() => ledger.pairs.setRoot(pairId, { dev: '999999', inode: String(now.ino) }));
  expect(await lookAtRoot(ledger, ledger.pairs.get(pairId)!, 0)).toMatchObject({ may: true, accept: true });
  await resync(engine);
  expect(ledger.pairs.get(pairId)!.root).toEqual({ dev: String(now.dev), inode: String(now.ino) });
  expect(changes(box)).toEqual([]);
  await ledger.write(() => ledger.pairs.setRoot(pairId, { dev: '999999', inode: '1' }));
  for (let n = 0; n < 5; n += 1) utimesSync(join(folder, `sub ${n % 3}/file ${n}.txt`), 1, 1);
  expect(await lookAtRoot(ledger, ledger.pairs.get(pairId)!, 0)).toMatchObject({ may: false, reason: 'replaced' });
});

test('that it is to be empty can be answered while it is not kept up to date, and holds for one walk alone', async () => {
  const one = await scene({ deletions: 'keep' });
  const { box, engine, folder, pairId, home } = one;
  const empty = () => readdirSync(folder).forEach((name) => rmSync(join(folder, name), { recursive: true }));
  empty();
  await stopped(one, 'pair.root-emptied');
  await engine.close();
  const second = await openPairEngine(box, { watch: false, home });
  const { id: questionId } = await onlyQuestion(second, 'root');
  await second.commands.answer({ questionId, answer: 'accept', all: false });
  await second.close();
  const third = await openPairEngine(box, { watch: false, home });
  await settled(third, () => third.commands.startPairs({}));
  expect(await third.commands.questions({ after: 0, limit: 10 })).toEqual([]);
  expect((await third.commands.pair({ pairId })).counts).toMatchObject({ files: 0, left: 24 });
  // The next time is another matter.
  writeTree(folder, files);
  await resync(third);
  empty();
  await stopped({ ...one, engine: third }, 'pair.root-emptied');
  await onlyQuestion(third, 'root');
  expect((await boxTree(box)).size).toBe(27);
});

test('another empty folder than the one that was accepted is asked about', async () => {
  const one = await scene();
  const { box, engine, folder, home } = one;
  renameSync(folder, `${folder}-away`);
  mkdirSync(folder);
  await stopped(one, 'pair.root-emptied');
  await engine.close();
  const second = await openPairEngine(box, { watch: false, home });
  const { id: questionId } = await onlyQuestion(second, 'root');
  await second.commands.answer({ questionId, answer: 'accept', all: false });
  await second.close();
  renameSync(folder, `${folder}-accepted`);
  mkdirSync(folder);
  const third = await openPairEngine(box, { watch: false, home });
  await third.commands.startPairs({});
  await third.told((event) => event.type === 'problem' && event.problem.code === 'pair.root-emptied');
  await onlyQuestion(third, 'root');
  expect(changes(box)).toEqual([]);
});
