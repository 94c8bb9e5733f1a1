import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PairRow } from '../../../main/engine/ledger/pairs.ts';
import type { PairOptions } from '../../../shared/pair-model.ts';
import { content, holdAt, mebibyte, TestBox, writeOld, writeTree } from '../../support/engine-fixture.ts';
import {
  boxTree,
  openPairEngine,
  pairFolder,
  pairScene,
  type PairScene,
  startPair,
} from '../../support/pair-fixture.ts';
import { answerIt, onlyQuestion, outcomesOf, resync, settled, uploads } from '../../support/pair-steps.ts';

/** A pair, and the folders of it that are watched. */
async function scene(files: Record<string, string>, options: Partial<PairOptions> = {}) {
  const watched = new Set<string>();
  const watchLink = {
    watch: (_: PairRow, folders: string[]) => folders.forEach((folder) => watched.add(folder)),
    unwatch: (_: PairRow, folders: string[] | null) => {
      for (const folder of folders ?? [...watched]) watched.delete(folder);
    },
  };
  return { ...(await pairScene(files, { deletions: 'trash', ...options }, { watchLink })), watched };
}

const names = async (box: TestBox) => [...(await boxTree(box)).keys()].sort();

async function setRules({ engine, pairId }: PairScene, options: Partial<PairOptions>): Promise<void> {
  await settled(engine, () => engine.commands.setPair({ pairId, options }));
}

test('the built-in rules leave out what editors and systems leave lying about; without them all goes up', async () => {
  const one = await scene({
    'a.txt': 'a',
    '.DS_Store': 'x',
    'sub/Thumbs.db': 'x',
    'sub/desktop.ini': 'x',
    '~$letter.docx': 'x',
    'sub/b.txt': 'b',
    'film.mkv.part': 'x',
    'download.crdownload': 'x',
  });
  expect(await names(one.box)).toEqual(['a.txt', 'sub', 'sub/b.txt']);
  await setRules(one, { useBuiltInRules: false });
  expect(await names(one.box)).toHaveLength(9);
});

test('an ignored folder is neither walked, nor watched, nor sent', async () => {
  const { box, folder, watched, engine, pairId } = await scene(
    { 'a.txt': 'a', 'node_modules/deep/x.js': 'x', 'sub/node_modules/y.js': 'y', 'sub/b.txt': 'b' },
    { rules: 'node_modules/' },
  );
  expect(await names(box)).toEqual(['a.txt', 'sub', 'sub/b.txt']);
  expect(watched).toEqual(new Set([folder, join(folder, 'sub')]));
  expect((await engine.commands.pair({ pairId })).counts).toMatchObject({ files: 2, folders: 1 });
  // Even a hint about it changes nothing.
  writeOld(join(folder, 'node_modules/deep/new.js'), 'new');
  await engine.commands.hints({ pairId, folders: [join(folder, 'node_modules/deep')], overflow: false });
  await resync(engine);
  expect(uploads(box)).toBe(0);
});

test('a changed rule takes effect at once, and nothing on Box is removed; taken back, all is adopted without a byte', async () => {
  const one = await scene({ 'a.log': 'a', 'b.txt': 'b', 'sub/c.log': 'c', 'logs/deep/d.txt': 'd' });
  const { box, engine, folder, watched } = one;
  const before = await names(box);
  await setRules(one, { rules: '*.log\nlogs/' });
  appendFileSync(join(folder, 'a.log'), 'more');
  rmSync(join(folder, 'sub/c.log'));
  await resync(engine);
  expect(await names(box)).toEqual(before);
  expect(uploads(box)).toBe(0);
  expect(watched.has(join(folder, 'logs'))).toBe(false);
  writeOld(join(folder, 'sub/c.log'), 'c');
  await setRules(one, { rules: '' });
  expect(await names(box)).toEqual(before);
  // The one that changed meanwhile.
  expect(uploads(box)).toBe(1);
  expect(await box.versions('Pair/a.log')).toHaveLength(2);
  expect(watched.has(join(folder, 'logs/deep'))).toBe(true);
  expect(outcomesOf(engine, 'c.log').at(-1)).toBe('adopted');
});

test('.boxcarignore in the tree takes effect at once, with the watcher, and goes up itself', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box);
  const folder = pairFolder();
  writeTree(folder, { 'sub/a.txt': 'a', 'sub/b.log': 'b', 'c.log': 'c' });
  await startPair(engine, folder, '/Pair', { deletions: 'trash' });
  let synced = engine.synced();
  writeFileSync(join(folder, 'sub/.boxcarignore'), '*.log\n');
  await synced;
  writeFileSync(join(folder, 'sub/new.log'), 'new');
  writeFileSync(join(folder, 'new.log'), 'new');
  // The two folders may be looked at one after the other.
  await expect.poll(() => names(box)).toContain('new.log');
  const tree = await names(box);
  expect(tree).toContain('sub/b.log');
  expect(tree).not.toContain('sub/new.log');
  synced = engine.synced();
  rmSync(join(folder, 'sub/.boxcarignore'));
  await synced;
  await resync(engine);
  expect(await names(box)).toContain('sub/new.log');
});

test('so do its rules for folders deeper down, when it changes and when it goes', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box);
  const folder = pairFolder();
  writeTree(folder, { '.boxcarignore': '*.log\n', 'a/b/x.log': 'x', 'a/b/y.tex': 'y' });
  await startPair(engine, folder, '/Pair');
  expect(await names(box)).not.toContain('a/b/x.log');
  writeFileSync(join(folder, '.boxcarignore'), '*.tex\n*.out\n');
  writeFileSync(join(folder, 'a/b/z.out'), 'z');
  await expect.poll(() => names(box), { timeout: 10_000 }).toContain('a/b/x.log');
  expect(await names(box)).not.toContain('a/b/z.out');
  rmSync(join(folder, '.boxcarignore'));
  await expect.poll(() => names(box), { timeout: 10_000 }).toContain('a/b/z.out');
});

test('a file that is under way when a rule leaves it out is stopped', async () => {
  const one = await scene({ 'a.txt': 'a' });
  const { box, engine, folder, pairId } = one;
  writeOld(join(folder, 'big.bin'), content(21 * mebibyte));
  const hold = holdAt('upload-part', 6);
  box.intercept = hold.intercept;
  await engine.commands.rescan({ pairId });
  await hold.reached;
  const synced = engine.synced();
  await engine.commands.setPair({ pairId, options: { rules: '*.bin' } });
  await synced;
  hold.release();
  expect(await names(box)).toEqual(['a.txt']);
  while (box.count('abort-session') === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  // Left out, it may go without any consequence.
  rmSync(join(folder, 'big.bin'));
  mkdirSync(join(folder, 'empty'));
  await resync(engine);
  expect(await names(box)).toEqual(['a.txt', 'empty']);
});

test('what a new rule leaves out is not trashed on Box, though it was removed here in the same moment', async () => {
  const kept = Object.fromEntries(Array.from({ length: 24 }, (_, n) => [`keep/${n}.txt`, `content ${n}`]));
  const left = { 'a.log': 'a', 'logs/deep/c.txt': 'c', 'sub/d.tmp': 'd' };
  const one = await scene({ ...kept, ...left, 'b.txt': 'b', 'sub/e.txt': 'e' });
  const { box, engine, folder, pairId } = one;
  for (const name of ['empty', 'void']) mkdirSync(join(folder, name));
  await resync(engine);
  const before = await names(box);
  for (const name of ['a.log', 'b.txt', 'logs', 'sub/d.tmp', 'empty', 'void'])
    rmSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'sub/.boxcarignore'), '*.tmp\n');
  await setRules(one, { rules: '*.log\nlogs/\nvoid/' });
  await resync(engine);
  // What no rule leaves out is in the trash.
  const after = before.filter((name) => name !== 'b.txt' && name !== 'empty');
  expect(await names(box)).toEqual([...after, 'sub/.boxcarignore'].sort());
  expect((await engine.commands.pair({ pairId })).counts).toMatchObject({ left: 3 });
  // Nor later, when the rules are gone as well.
  rmSync(join(folder, 'sub/.boxcarignore'));
  await setRules(one, { rules: '' });
  expect(await names(box)).toEqual(after);
});

test('what waits for an answer when a rule comes to leave it out stays on Box, whatever the answer', async () => {
  const files = Object.fromEntries(Array.from({ length: 8 }, (_, n) => [`${n}.txt`, `content ${n}`]));
  const one = await scene({ ...files, 'a.log': 'a', 'b.log': 'b' });
  const { box, engine, folder } = one;
  for (const name of ['a.log', 'b.log', '0.txt', '1.txt', '2.txt']) rmSync(join(folder, name));
  await resync(engine);
  const question = await onlyQuestion(engine, 'many-deletions');
  await engine.commands.setPair({ pairId: one.pairId, options: { rules: '*.log' } });
  await answerIt(engine, question, 'trash');
  expect(await names(box)).toEqual(['3.txt', '4.txt', '5.txt', '6.txt', '7.txt', 'a.log', 'b.log']);
});
