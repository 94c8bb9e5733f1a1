import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PairOptions } from '../../../shared/pair-model.ts';
import { content, mebibyte, writeOld, writeTree, type TestBox } from '../../support/engine-fixture.ts';
import { boxTree, localTree, openPairEngine, pairScene } from '../../support/pair-fixture.ts';
import { answerIt, asked, onlyQuestion, outcomesOf, resync, settled, uploads } from '../../support/pair-steps.ts';

const small = { 'a.txt': 'a', 'b.txt': 'bb', 'sub/c.txt': 'ccc', 'sub/deep/d.txt': 'dddd' };

const scene = (options: Partial<PairOptions> = {}) => pairScene(small, options);

const trashFolder = async (box: TestBox, path: string) =>
  box.raw('DELETE', `/folders/${await box.idOf(path)}?recursive=true`);

/** Nothing is ever downloaded. */
const reads = (box: TestBox) =>
  box.requests.filter(({ path }) => path.endsWith('/content') && !path.includes('upload'));

test('a file that somebody removes on Box is asked about, with a name; it stays here, and goes up again or is left', async () => {
  const { box, engine, folder } = await scene();
  await box.remove('Pair/a.txt');
  const question = await asked(engine, 'removed-on-box');
  expect(question.path).toBe(join(folder, 'a.txt'));
  expect(question.text).toMatch(/^Removed on Box by \S/);
  expect(question.text).not.toMatch(/somebody/);
  expect(existsSync(join(folder, 'a.txt'))).toBe(true);
  // Neither a walk nor a change sends it before it is answered.
  await resync(engine);
  appendFileSync(join(folder, 'a.txt'), ' and more');
  await resync(engine);
  expect(uploads(box)).toBe(0);
  await answerIt(engine, await onlyQuestion(engine, 'removed-on-box'), 'upload');
  expect(await boxTree(box)).toEqual(localTree(folder));
  await box.remove('Pair/b.txt');
  await engine.told((event) => event.type === 'question' && event.question.path.endsWith('b.txt'));
  box.requests = [];
  await answerIt(engine, await onlyQuestion(engine, 'removed-on-box'), 'leave');
  await resync(engine);
  expect((await boxTree(box)).has('b.txt')).toBe(false);
  expect(uploads(box)).toBe(0);
  expect(reads(box).filter(({ method }) => method === 'GET')).toEqual([]);
  expect(existsSync(join(folder, 'b.txt'))).toBe(true);
});

test('by rule it goes up again at once, or is left without a question', async () => {
  const upload = await scene({ removedOnBox: 'upload' });
  // What Box tells of comes when it comes: an earlier end of work is no answer.
  const isWhole = () => expect.poll(() => boxTree(upload.box)).toEqual(localTree(upload.folder));
  const asked = () => upload.box.count('upload-file');
  let before = asked();
  await upload.box.remove('Pair/a.txt');
  await until(() => Promise.resolve(asked() > before));
  await isWhole();
  before = asked();
  await trashFolder(upload.box, 'Pair/sub');
  await until(() => Promise.resolve(asked() > before));
  await isWhole();
  expect(await upload.engine.commands.questions({ after: 0, limit: 10 })).toEqual([]);
  await upload.engine.close();

  const leave = await scene({ removedOnBox: 'leave' });
  await leave.box.remove('Pair/a.txt');
  await until(async () => (await leave.engine.commands.pair({ pairId: leave.pairId })).counts.kept === 1);
  await trashFolder(leave.box, 'Pair/sub');
  await until(async () => (await leave.engine.commands.pair({ pairId: leave.pairId })).counts.failedFolders > 0);
  await resync(leave.engine);
  writeFileSync(join(leave.folder, 'new.txt'), 'new');
  await resync(leave.engine);
  expect([...(await boxTree(leave.box)).keys()].sort()).toEqual(['b.txt', 'new.txt']);
  expect(await leave.engine.commands.questions({ after: 0, limit: 10 })).toEqual([]);
  expect(localTree(leave.folder).size).toBe(7);
});

/** Asks again and again; the test's own time limit ends it. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

test('a folder that is removed on Box is one question; nothing in it is lost', async () => {
  const { box, engine, folder } = await scene();
  await trashFolder(box, 'Pair/sub');
  const question = await asked(engine, 'removed-on-box');
  expect(question.path).toBe(join(folder, 'sub'));
  appendFileSync(join(folder, 'sub/c.txt'), ' and more');
  writeTree(folder, { 'sub/new.txt': 'new', 'other.txt': 'other' });
  await resync(engine);
  // The rest goes on.
  expect((await boxTree(box)).has('other.txt')).toBe(true);
  expect((await boxTree(box)).has('sub')).toBe(false);
  await answerIt(engine, await onlyQuestion(engine, 'removed-on-box'), 'upload');
  expect(await boxTree(box)).toEqual(localTree(folder));
});

test('a folder that is left after its removal stays here only', async () => {
  const { box, engine, folder } = await scene();
  await trashFolder(box, 'Pair/sub');
  await asked(engine, 'removed-on-box');
  await answerIt(engine, await onlyQuestion(engine, 'removed-on-box'), 'leave');
  appendFileSync(join(folder, 'sub/c.txt'), ' and more');
  await resync(engine);
  expect([...(await boxTree(box)).keys()].sort()).toEqual(['a.txt', 'b.txt']);
  expect(await engine.commands.questions({ after: 0, limit: 10 })).toEqual([]);
  expect(outcomesOf(engine, 'c.txt')).toEqual(['sent']);
});

test('a target folder that is gone stops its pair, and it goes on once it is back', async () => {
  const { box, engine, folder, pairId } = await scene();
  const id = await box.idOf('Pair');
  await box.raw('DELETE', `/folders/${id}?recursive=true`);
  await engine.told((event) => event.type === 'problem' && event.problem.code === 'pair.target-gone');
  expect(await engine.commands.pair({ pairId })).toMatchObject({
    state: 'blocked',
    problem: { code: 'pair.target-gone' },
  });
  expect((await engine.commands.questions({ after: 0, limit: 10 })).length).toBe(0);
  await box.raw('POST', `/folders/${id}`, {});
  appendFileSync(join(folder, 'a.txt'), ' and more');
  await resync(engine);
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect((await engine.commands.pair({ pairId })).problem).toBeNull();
});

test.each(['before', 'after'])(
  'a target folder that went %s its pair was paused stops it when it is resumed too, until it is back',
  async (when) => {
    const { box, engine, folder, pairId } = await scene();
    const id = await box.idOf('Pair');
    const problem = async () => (await engine.commands.pair({ pairId })).problem?.code;
    const trash = async () => {
      await box.raw('DELETE', `/folders/${id}?recursive=true`);
      while ((await problem()) !== 'pair.target-gone') await new Promise((resolve) => setTimeout(resolve, 10));
    };
    if (when === 'before') await trash();
    await engine.commands.pause({ target: { kind: 'pair', id: pairId }, durationMs: null });
    if (when === 'after') await trash();
    // What looks at the folder asks Box, and only then is it known whether the pair may go on.
    box.requests = [];
    await engine.commands.resume({ target: { kind: 'pair', id: pairId } });
    while (box.count('get-folder') === 0) {
      expect((await engine.commands.pair({ pairId })).state).not.toBe('synced');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await engine.commands.pair({ pairId })).toMatchObject({
      state: 'blocked',
      problem: { code: 'pair.target-gone' },
    });
    await box.raw('POST', `/folders/${id}`, {});
    appendFileSync(join(folder, 'a.txt'), ' and more');
    await resync(engine);
    expect(await boxTree(box)).toEqual(localTree(folder));
    expect(await problem()).toBeUndefined();
  },
);

test('what happened while it was not running is found by the stored position, or by a listing where that is void', async () => {
  const { box, engine, folder, home } = await scene();
  await engine.close();
  await box.remove('Pair/a.txt');
  const second = await openPairEngine(box, { watch: false, home });
  let synced = second.synced();
  await second.commands.startPairs({});
  await synced;
  expect((await asked(second, 'removed-on-box')).text).toMatch(/^Removed on Box by (?!somebody)/);
  await second.close();
  await box.remove('Pair/b.txt');
  const third = await openPairEngine(box, { watch: false, home });
  await third.ledger.write(() => third.ledger.pairs.setCursor(1, 'void', Date.now()));
  synced = third.synced();
  await third.commands.startPairs({});
  await synced;
  expect((await asked(third, 'removed-on-box')).path).toBe(join(folder, 'b.txt'));
  expect(await third.commands.questions({ after: 0, limit: 10 })).toHaveLength(2);
});

test('what comes back from the trash on Box needs no answer', async () => {
  const { box, engine, folder } = await scene();
  const fileId = await box.idOf('Pair/a.txt');
  const folderId = await box.idOf('Pair/sub');
  await box.remove('Pair/a.txt');
  await asked(engine, 'removed-on-box');
  await trashFolder(box, 'Pair/sub');
  await engine.told((event) => event.type === 'question' && event.question.path.endsWith('sub'));
  appendFileSync(join(folder, 'sub/c.txt'), ' and more');
  await resync(engine);
  await box.raw('POST', `/files/${fileId}`, {});
  await box.raw('POST', `/folders/${folderId}`, {});
  await until(async () => (await engine.commands.questions({ after: 0, limit: 10 })).length === 0);
  await resync(engine);
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(await box.versions('Pair/sub/c.txt')).toHaveLength(2);
  expect(uploads(box)).toBe(1);
});

test('what came back and is removed again is asked about again, though its pair was paused meanwhile', async () => {
  const { box, engine, pairId } = await scene();
  const fileId = await box.idOf('Pair/a.txt');
  const questions = async () => (await engine.commands.questions({ after: 0, limit: 10 })).length;
  await box.remove('Pair/a.txt');
  await asked(engine, 'removed-on-box');
  await engine.commands.pause({ target: { kind: 'pair', id: pairId }, durationMs: null });
  await box.raw('POST', `/files/${fileId}`, {});
  await until(async () => (await questions()) === 0);
  await box.raw('DELETE', `/files/${fileId}`);
  await until(async () => (await questions()) === 1);
  await settled(engine, () => engine.commands.resume({ target: { kind: 'pair', id: pairId } }));
  await answerIt(engine, await onlyQuestion(engine, 'removed-on-box'), 'upload');
  expect((await boxTree(box)).has('a.txt')).toBe(true);
});

test('a file that is to go into a folder which is gone on Box asks about the folder', async () => {
  const { box, engine, folder } = await scene();
  // The events are not heard.
  box.intercept = ({ route }) => (route?.includes('event') ? { drop: true } : undefined);
  await trashFolder(box, 'Pair/sub');
  writeTree(folder, { 'sub/deep/new.txt': 'new' });
  await resync(engine);
  const question = await asked(engine, 'removed-on-box');
  expect(question.path).toBe(join(folder, 'sub'));
  await answerIt(engine, question, 'upload');
  expect(await boxTree(box)).toEqual(localTree(folder));
});

/** Nothing of Box's events is heard, so that only the upload itself can find out. */
const deaf: TestBox['intercept'] = ({ route }) => (route?.includes('event') ? { drop: true } : undefined);

test('a change of a file that is gone on Box asks as well, before any event tells of it', async () => {
  const { box, engine, folder, pairId } = await scene();
  box.intercept = deaf;
  await box.remove('Pair/a.txt');
  await box.remove('Pair/sub/c.txt');
  appendFileSync(join(folder, 'a.txt'), ' and more');
  appendFileSync(join(folder, 'sub/c.txt'), ' and more');
  await resync(engine);
  const open = await engine.commands.questions({ after: 0, limit: 10 });
  expect(open.map(({ kind, path }) => [kind, path]).sort()).toEqual([
    ['removed-on-box', join(folder, 'a.txt')],
    ['removed-on-box', join(folder, 'sub/c.txt')],
  ]);
  expect([...(await boxTree(box)).keys()].sort()).toEqual(['b.txt', 'sub', 'sub/deep', 'sub/deep/d.txt']);
  const failures = await engine.commands.failures({ ownerId: pairId, after: 0, limit: 10 });
  expect(failures.map(({ problem }) => problem?.code)).toEqual(['pair.removed-on-box', 'pair.removed-on-box']);
  // Another change does not send it either.
  writeFileSync(join(folder, 'a.txt'), 'once more');
  await resync(engine);
  expect((await boxTree(box)).has('a.txt')).toBe(false);
  await answerIt(
    engine,
    open.find(({ path }) => path.endsWith('a.txt'))!,
    'upload',
  );
  await answerIt(engine, await onlyQuestion(engine, 'removed-on-box'), 'leave');
  expect((await boxTree(box)).get('a.txt')).toBe(localTree(folder).get('a.txt'));
  expect((await boxTree(box)).has('sub/c.txt')).toBe(false);
});

test('a change of a large file that is gone on Box asks too', async () => {
  const { box, engine, folder } = await pairScene({ 'big.bin': content(21 * mebibyte) });
  box.intercept = deaf;
  await box.remove('Pair/big.bin');
  writeOld(join(folder, 'big.bin'), content(22 * mebibyte));
  await resync(engine);
  expect((await boxTree(box)).has('big.bin')).toBe(false);
  await answerIt(engine, await onlyQuestion(engine, 'removed-on-box'), 'upload');
  expect(await boxTree(box)).toEqual(localTree(folder));
});

test('by rule a change of a file that is gone on Box is left, or goes up as a new one', async () => {
  for (const removedOnBox of ['leave', 'upload'] as const) {
    const { box, engine, folder } = await scene({ removedOnBox });
    box.intercept = deaf;
    await box.remove('Pair/a.txt');
    appendFileSync(join(folder, 'a.txt'), ' and more');
    await resync(engine);
    expect(await engine.commands.questions({ after: 0, limit: 10 })).toEqual([]);
    const isThere = (await boxTree(box)).get('a.txt') === localTree(folder).get('a.txt');
    expect(isThere).toBe(removedOnBox === 'upload');
    await engine.close();
  }
});

test('a change of a file whose folder is gone on Box is one question about the folder', async () => {
  const { box, engine, folder } = await scene();
  box.intercept = deaf;
  await trashFolder(box, 'Pair/sub');
  appendFileSync(join(folder, 'sub/c.txt'), ' and more');
  appendFileSync(join(folder, 'sub/deep/d.txt'), ' and more');
  await resync(engine);
  await asked(engine, 'removed-on-box');
  const question = await onlyQuestion(engine, 'removed-on-box');
  expect(question.path).toBe(join(folder, 'sub'));
  await answerIt(engine, question, 'upload');
  expect(await boxTree(box)).toEqual(localTree(folder));
});

test('while nobody has answered it is missing and told with its problem, also after a change; left here it is no difference', async () => {
  const { box, engine, folder, pairId } = await scene();
  const path = join(folder, 'a.txt');
  const verify = async (full = false) => {
    const { missing, equal, differences } = await engine.commands.verify({ pairId, full });
    return { missing, equal, paths: differences.map((difference) => difference.path) };
  };
  const codes = async () => {
    const failures = await engine.commands.failures({ ownerId: pairId, after: 0, limit: 10 });
    return failures.map(({ problem }) => [problem?.code, problem?.detail]);
  };
  await box.remove('Pair/a.txt');
  const question = await asked(engine, 'removed-on-box');
  const before = await codes();
  expect(before).toEqual([['pair.removed-on-box', expect.stringMatching(/^removed by (?!somebody)/)]]);
  expect(await verify()).toEqual({ missing: 1, equal: 3, paths: [path] });
  expect(await verify(true)).toEqual({ missing: 1, equal: 3, paths: [path] });
  appendFileSync(path, ' and more');
  await resync(engine);
  expect(await verify()).toEqual({ missing: 1, equal: 3, paths: [path] });
  expect(await codes()).toEqual(before);
  const [why] = await engine.commands.why({ path });
  expect(why).toMatchObject({ pairId, problem: { code: 'pair.removed-on-box' } });
  expect(why!.reason).toBe(`It was removed on Box, and question q${question.id} waits for an answer.`);
  await answerIt(engine, question, 'leave');
  expect(await verify()).toEqual({ missing: 0, equal: 3, paths: [] });
  const [left] = await engine.commands.why({ path });
  expect(left!.reason).toBe('It was removed on Box, and stays here only, as was answered.');
});

test('of a file in a folder that was removed on Box it is not said that it is there', async () => {
  const { box, engine, folder } = await scene();
  await trashFolder(box, 'Pair/sub');
  await asked(engine, 'removed-on-box');
  const [why] = await engine.commands.why({ path: join(folder, 'sub/c.txt') });
  expect(why).toMatchObject({ problem: { code: 'pair.removed-on-box' } });
  expect(why!.reason).not.toContain('is on Box');
});
