import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { renameFile } from '../../../main/engine/pair/answers.ts';
import { writeOld, writeTree } from '../../support/engine-fixture.ts';
import { boxTree, localTree, pairScene, type PairEngine } from '../../support/pair-fixture.ts';
import { answerIt, onlyQuestion, outcomesOf, resync, settled, uploads } from '../../support/pair-steps.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const scene = (files: Record<string, string>) => pairScene(files, { deletions: 'trash' });

const questions = async (engine: PairEngine) => engine.commands.questions({ after: 0, limit: 100 });

test('of names that Box takes for one, one goes up; the other is asked about and goes up once it is renamed', async () => {
  const { box, engine, folder } = await scene({ 'Read.txt': 'upper', 'read.txt': 'lower', 'other.txt': 'other' });
  expect([...(await boxTree(box)).keys()].sort()).toEqual(['Read.txt', 'other.txt']);
  const question = await onlyQuestion(engine, 'name');
  expect(question.path).toBe(join(folder, 'read.txt'));
  expect(question.text).toContain('"Read.txt"');
  await answerIt(engine, question, 'rename');
  expect(existsSync(join(folder, 'read.txt'))).toBe(false);
  expect((await boxTree(box)).size).toBe(3);
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(await questions(engine)).toEqual([]);
});

test('composed and decomposed accents are twins; skipped, one stays here only, and each change of the other goes up', async () => {
  const { box, engine, folder } = await scene({ 'caf\u00e9.txt': 'composed', 'cafe\u0301.txt': 'decomposed' });
  expect((await boxTree(box)).size).toBe(1);
  await answerIt(engine, await onlyQuestion(engine, 'name'), 'skip');
  await resync(engine);
  expect(await questions(engine)).toEqual([]);
  writeFileSync(join(folder, 'new.txt'), 'new');
  await resync(engine);
  expect((await boxTree(box)).size).toBe(2);
  expect(await questions(engine)).toEqual([]);
});

test('a file and a folder of one name to Box: one stands there, the other is told', async () => {
  const { box, engine } = await scene({ Name: 'a file', 'name/a.txt': 'in the folder', 'x.txt': 'x' });
  const tree = await boxTree(box);
  expect(tree.get('Name')).toBeTypeOf('string');
  expect(tree.has('x.txt')).toBe(true);
  expect(tree.has('name/a.txt')).toBe(false);
  const [pair] = await engine.commands.pairs({});
  expect(pair!.counts.failedFolders + pair!.counts.failed).toBeGreaterThan(0);
});

test.each(['EPERM', 'ENOTSUP', 'EISDIR'])(
  'on a disk that has no hard links (%s) a file is renamed all the same',
  async (code) => {
    const folder = temporaryFolder();
    const [from, to] = [join(folder, 'a '), join(folder, 'a')];
    writeFileSync(from, 'x');
    await renameFile(from, to, () => Promise.reject(Object.assign(new Error(code), { code })));
    expect(readdirSync(folder)).toEqual(['a']);
    const taken = () => Promise.reject(Object.assign(new Error('taken'), { code: 'EEXIST' }));
    await expect(renameFile(to, from, taken)).rejects.toThrow(/could not be renamed.*EEXIST/);
  },
);

test('names that Box refuses are asked about with a proposal each; all other files go on', async () => {
  const long = 'ü'.repeat(120);
  const { box, engine, folder } = await scene({
    'space ': 'a space at the end',
    'con\u0001trol.txt': 'a control character',
    'back\\slash.txt': 'a backslash',
    [`${long}.txt`]: 'long, and fine',
    'fine.txt': 'fine',
  });
  expect((await boxTree(box)).size).toBe(2);
  expect((await questions(engine)).map(({ kind }) => kind)).toEqual(['name', 'name', 'name']);
  const synced = engine.synced();
  const [first] = await questions(engine);
  expect(await engine.commands.answer({ questionId: first!.id, answer: 'rename', all: true })).toEqual({ answered: 3 });
  await synced;
  await resync(engine);
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(readdirSync(folder).sort()).toEqual(
    ['back_slash.txt', 'con_trol.txt', 'fine.txt', 'space', `${long}.txt`].sort(),
  );
  expect(await questions(engine)).toEqual([]);
});

test('a folder whose name Box refuses is told; what is in it waits, and goes up once it is renamed', async () => {
  const { box, engine, folder, pairId } = await scene({ 'bad ./a.txt': 'a', 'bad /b.txt': 'b', 'fine.txt': 'fine' });
  expect((await engine.commands.pair({ pairId })).counts.failedFolders).toBe(1);
  expect((await boxTree(box)).has('fine.txt')).toBe(true);
  execFileSync('mv', [join(folder, 'bad '), join(folder, 'good')]);
  await resync(engine);
  await resync(engine);
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect((await engine.commands.pair({ pairId })).counts.failedFolders).toBe(0);
});

test('links, sockets and pipes are listed and never read or followed', async () => {
  const { box, engine, folder, pairId } = await scene({ 'a.txt': 'a' });
  symlinkSync('a.txt', join(folder, 'link'));
  mkdirSync(join(folder, 'sub'));
  symlinkSync('..', join(folder, 'sub/loop'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const server = createServer().listen(join(folder, 'socket'));
  onTestFinished(() => void server.close());
  await resync(engine);
  expect([...(await boxTree(box)).keys()].sort()).toEqual(['a.txt', 'sub']);
  expect((await engine.commands.pair({ pairId })).counts).toMatchObject({ special: 4, failed: 0 });
  for (const name of ['/link', '/loop', '/pipe', '/socket']) expect(outcomesOf(engine, name)).toEqual(['special']);
});

test('names that are no valid UTF-8 go up under their printable name, are followed, and are no deletion', async () => {
  const { box, engine, folder } = await scene({ 'a.txt': 'a' });
  const raw = Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.txt')]);
  const rawFolder = Buffer.concat([Buffer.from(`${folder}/d`), Buffer.from([0xff])]);
  writeOld(raw, 'first');
  mkdirSync(rawFolder);
  writeOld(Buffer.concat([rawFolder, Buffer.from('/in it.txt')]), 'in it');
  await resync(engine);
  expect([...(await boxTree(box)).keys()].sort()).toEqual(['a.txt', 'caf‛E9.txt', 'd‛FF', 'd‛FF/in it.txt']);
  writeOld(raw, 'second, longer');
  await resync(engine);
  expect(await box.versions('Pair/caf‛E9.txt')).toHaveLength(2);
  box.requests = [];
  await resync(engine);
  expect(uploads(box)).toBe(0);
  expect((await boxTree(box)).size).toBe(4);
});

test('a folder whose name Box refuses or shares is asked about too; the answer renames it, and all in it goes up', async () => {
  const { box, engine, folder, pairId } = await scene({
    'bad /a.txt': 'a',
    'Docs/b.txt': 'b',
    'docs/c.txt': 'c',
    'd.txt': 'd',
  });
  expect([...(await boxTree(box)).keys()].sort()).toEqual(['Docs', 'Docs/b.txt', 'd.txt']);
  const asked = await questions(engine);
  expect(asked.map(({ path }) => path).sort()).toEqual([join(folder, 'bad '), join(folder, 'docs')]);
  const twin = asked.find(({ path }) => path.endsWith('docs'))!;
  expect(twin.text).toContain('"Docs"');
  await answerIt(engine, twin, 'rename');
  expect(existsSync(join(folder, 'docs'))).toBe(false);
  await answerIt(
    engine,
    asked.find(({ path }) => path.endsWith('bad '))!,
    'rename',
  );
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(await questions(engine)).toEqual([]);
  expect((await engine.commands.pair({ pairId })).counts).toMatchObject({ failed: 0, failedFolders: 0, synced: 4 });
});

test('a folder that is left out by its name is not asked about again', async () => {
  const { engine } = await scene({ 'bad /a.txt': 'a', 'd.txt': 'd' });
  await answerIt(engine, await onlyQuestion(engine, 'name'), 'skip');
  await resync(engine);
  expect(await questions(engine)).toEqual([]);
});

test.each(['trash', 'keep'] as const)(
  'a folder that waited for the name of another goes up once that one is gone, with no walk of the rest (%s)',
  async (deletions) => {
    const { box, engine, folder, pairId } = await pairScene({ 'Docs/a.txt': 'a', 'x/y.txt': 'y' }, { deletions });
    writeTree(folder, { 'docs/b.txt': 'b', 'docs/deep/c.txt': 'c' });
    await resync(engine);
    await onlyQuestion(engine, 'name');
    rmSync(join(folder, 'Docs'), { recursive: true });
    await settled(engine, () => engine.commands.hints({ pairId, folders: [folder], overflow: false }));
    expect(await questions(engine)).toEqual([]);
    expect((await engine.commands.pair({ pairId })).counts).toMatchObject({ failed: 0, failedFolders: 0 });
    const tree = await boxTree(box);
    if (deletions === 'keep') expect(tree.delete('docs/a.txt')).toBe(true);
    expect(tree).toEqual(localTree(folder));
  },
);

test('a folder that waited for the name of a file goes up once that is gone or renamed', async () => {
  const { box, engine, folder, pairId } = await scene({ Name: 'a file', Other: 'a file too', 'x.txt': 'x' });
  writeTree(folder, { 'name/a.txt': 'a', 'other/b.txt': 'b' });
  await resync(engine);
  expect(await questions(engine)).toHaveLength(2);
  rmSync(join(folder, 'Name'));
  renameSync(join(folder, 'Other'), join(folder, 'Third'));
  await settled(engine, () => engine.commands.hints({ pairId, folders: [folder], overflow: false }));
  expect(await questions(engine)).toEqual([]);
  expect(await boxTree(box)).toEqual(localTree(folder));
});
