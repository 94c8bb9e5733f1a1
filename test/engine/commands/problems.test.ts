import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Problems } from '../../../main/engine/commands/problems.ts';
import { JobRun } from '../../../main/engine/job/job-run.ts';
import type { ProblemCode } from '../../../shared/problem-table.ts';
import { openEngine, TestBox, writeOld, writeTree, type TestEngine } from '../../support/engine-fixture.ts';
import { pairScene } from '../../support/pair-fixture.ts';
import { settled } from '../../support/pair-steps.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { found, openTestLedger } from '../ledger/support.ts';

const refusal = (status: number, code: string) => ({
  answer: { status, body: JSON.stringify({ type: 'error', status, code, request_id: 'r-1' }) },
});
const notAllowed = refusal(403, 'access_denied_insufficient_permissions');

const counts = async ({ commands }: TestEngine) =>
  (await commands.problemGroups({})).map(({ code, count, retryable }) => [code, count, retryable]);
const itemsOf = ({ commands }: TestEngine, code: ProblemCode) => commands.problemItems({ code, after: 0, limit: 200 });

/** Three files that Box refuses, one whose name it does not take, and a link. */
async function failed() {
  const box = await TestBox.start();
  const engine = await openEngine(box);
  const folder = join(temporaryFolder(), 'tree');
  writeTree(folder, { 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c', 'bad\\name.txt': 'd' });
  symlinkSync('a.txt', join(folder, 'link'));
  box.intercept = ({ route }) => (route === 'upload-file' ? notAllowed : undefined);
  const { jobId } = await engine.upload([folder]);
  box.intercept = undefined;
  return { box, engine, folder, jobId };
}

test('what failed is grouped by its cause and listed', async () => {
  const { engine, folder, jobId } = await failed();
  expect(await counts(engine)).toEqual([
    ['target.no-permission', 3, true],
    ['local.not-regular', 1, false],
    ['name.invalid', 1, true],
  ]);
  const [group] = await engine.commands.problemGroups({});
  expect(group!.example).toMatchObject({ problem: { code: 'target.no-permission' } });
  expect(group!.example.path).toMatch(/[abc]\.txt$/);
  const items = await itemsOf(engine, 'target.no-permission');
  expect(items.map(({ path, kind, pairId }) => [path, kind, pairId])).toEqual(
    ['a.txt', 'b.txt', 'c.txt'].map((name) => [join(folder, name), 'file', null]),
  );
  expect(items.every((item) => item.jobId === jobId && item.transferId !== null)).toBe(true);
  const [first] = items;
  const second = await engine.commands.problemItems({ code: 'target.no-permission', after: first!.id, limit: 1 });
  expect(second.map(({ path }) => path)).toEqual([join(folder, 'b.txt')]);
  expect(await itemsOf(engine, 'local.not-regular')).toMatchObject([{ kind: 'special', transferId: null }]);
  expect(await itemsOf(engine, 'local.missing')).toEqual([]);
});

test('a retry of one cause sends what failed by it, though its job has ended', async () => {
  const { box, engine, jobId } = await failed();
  const watch = await engine.follow(jobId);
  expect(await engine.commands.retryProblems({ code: 'target.no-permission' })).toEqual({ done: 3 });
  await watch.until(({ job }) => job.state === 'done' && job.counts.sent === 3);
  expect((await box.tree()).size).toBe(4);
  expect((await engine.commands.problemGroups({})).map(({ code }) => code)).not.toContain('target.no-permission');
  expect(await engine.commands.retryProblems({ code: 'target.no-permission' })).toEqual({ done: 0 });
});

test('a retry of one file, or of one cause, leaves alone what else failed in the job', async () => {
  const { box, engine, folder, jobId } = await failed();
  const tried = () => box.count('upload-file');
  const watch = await engine.follow(jobId);
  const before = tried();
  const [first] = await itemsOf(engine, 'target.no-permission');
  await engine.commands.retry({ target: { kind: 'transfer', id: first!.transferId! } });
  await watch.until(({ job }) => job.state === 'done' && job.counts.sent === 1);
  expect(tried()).toBe(before + 1);
  expect(await counts(engine)).toEqual([
    ['target.no-permission', 2, true],
    ['local.not-regular', 1, false],
    ['name.invalid', 1, true],
  ]);
  expect((await itemsOf(engine, 'name.invalid'))[0]!.problem).toMatchObject({ code: 'name.invalid' });

  // One whose name was never sent is looked at again, and nothing else.
  expect(await engine.commands.retryProblems({ code: 'name.invalid' })).toEqual({ done: 1 });
  await watch.until(({ job }) => job.state === 'done' && job.counts.unchanged === 1);
  expect(tried()).toBe(before + 1);

  // A changed file is another one: it goes up with the next that runs.
  writeOld(join(folder, 'b.txt'), 'other');
  const [, last] = await itemsOf(engine, 'target.no-permission');
  await engine.commands.retry({ target: { kind: 'transfer', id: last!.transferId! } });
  await watch.until(({ job }) => job.state === 'done' && job.counts.sent === 2);
  expect((await box.tree()).size).toBe(4);
});

test('what a later upload of the same has settled is no problem any more', async () => {
  const { box, engine, folder } = await failed();
  await engine.upload([join(folder, 'b.txt')]);
  expect((await itemsOf(engine, 'target.no-permission')).map(({ path }) => path)).toEqual([
    join(folder, 'a.txt'),
    join(folder, 'c.txt'),
  ]);
  // To another folder on Box it settles nothing, and one that fails again is a problem of its own.
  await engine.upload([join(folder, 'a.txt')], { target: '/Other' });
  box.intercept = ({ route }) => (route === 'upload-file' ? notAllowed : undefined);
  const again = await engine.upload([join(folder, 'c.txt')]);
  expect(
    (await itemsOf(engine, 'target.no-permission')).map(({ path, jobId }) => [path, jobId === again.jobId]),
  ).toEqual([
    [join(folder, 'a.txt'), false],
    [join(folder, 'c.txt'), true],
  ]);
});

test('a folder that could not be made is one problem, and with it all that is in it', async () => {
  const box = await TestBox.start();
  const engine = await openEngine(box);
  const folder = join(temporaryFolder(), 'tree');
  writeTree(folder, { 'ok.txt': 'x', 'sub/deep/a.txt': 'a', 'sub/deep/b.txt': 'b' });
  let made = 0;
  box.intercept = ({ route }) => (route === 'create-folder' && (made += 1) > 1 ? notAllowed : undefined);
  const { jobId } = await engine.upload([folder]);
  const items = await itemsOf(engine, 'target.no-permission');
  expect(items.map(({ path, kind }) => [path, kind])).toEqual([
    [join(folder, 'sub'), 'folder'],
    [join(folder, 'sub/deep/a.txt'), 'file'],
    [join(folder, 'sub/deep/b.txt'), 'file'],
  ]);
  const paged: string[] = [];
  for (let after = 0; paged.length < 9;) {
    const [item] = await engine.commands.problemItems({ code: 'target.no-permission', after, limit: 1 });
    if (!item) break;
    paged.push(item.path);
    after = item.id;
  }
  expect(paged).toEqual(items.map(({ path }) => path));
  box.intercept = undefined;
  const watch = await engine.follow(jobId);
  await engine.commands.retryProblems({ code: null });
  await watch.until(({ job: { state, counts } }) => state === 'done' && counts.sent === 2 && counts.unchanged === 1);
  expect(await engine.commands.problemGroups({})).toEqual([]);
});

test('a retry that comes while its job is being put away is not lost', async () => {
  const box = await TestBox.start();
  const engine = await openEngine(box);
  const folder = join(temporaryFolder(), 'tree');
  writeTree(folder, { 'a.txt': 'a' });
  box.intercept = ({ route }) => (route === 'upload-file' ? notAllowed : undefined);
  const finish = Object.getOwnPropertyDescriptor(JobRun.prototype, 'finish')!.value as (this: JobRun) => Promise<void>;
  const retried = Promise.withResolvers<void>();
  // Its end is told by then, and what waits for the disk takes as long as it takes.
  const slow = vi.spyOn(JobRun.prototype, 'finish').mockImplementationOnce(async function (this: JobRun) {
    await finish.call(this);
    await retried.promise;
  });
  onTestFinished(() => slow.mockRestore());
  const { jobId, summary } = await engine.upload([folder]);
  expect(summary.counts).toMatchObject({ failed: 1 });
  box.intercept = undefined;
  const watch = await engine.follow(jobId);
  const retry = engine.commands.retryProblems({ code: null });
  setImmediate(() => retried.resolve());
  await retry;
  await watch.until(({ job: { state, counts } }) => state === 'done' && counts.sent === 1);
});

test('of a pair too: what failed goes up by a retry, and what is asked about waits for the answer', async () => {
  const { box, engine, folder, pairId } = await pairScene({ 'old.txt': 'x' });
  box.intercept = ({ route }) => (route === 'upload-file' || route === 'create-folder' ? notAllowed : undefined);
  const sha1 = writeOld(join(folder, 'new.txt'), 'new');
  writeTree(folder, { 'sub/a.txt': 'a', 'bad\\name.txt': 'd' });
  const synced = engine.synced();
  await engine.commands.rescan({ pairId });
  await synced;
  const groups = await engine.commands.problemGroups({});
  // It stands among the questions, and is not counted twice.
  expect(groups.map(({ code }) => code)).toEqual(['target.no-permission']);
  expect(await engine.commands.questions({ after: 0, limit: 10 })).toMatchObject([{ kind: 'name' }]);
  expect(await itemsOf(engine, 'name.invalid')).toEqual([]);
  expect(groups.find(({ code }) => code === 'target.no-permission')).toMatchObject({ count: 3, retryable: true });

  await engine.commands.pause({ target: { kind: 'pair', id: pairId }, durationMs: null });
  expect(await engine.commands.retryProblems({ code: null })).toEqual({ done: 0 });
  // The walk that follows it tries some of them by itself.
  await settled(engine, () => engine.commands.resume({ target: { kind: 'pair', id: pairId } }));
  box.intercept = undefined;
  expect(await engine.commands.retryProblems({ code: 'target.no-permission' })).toEqual({ done: 3 });
  await engine.told((event) => event.type === 'file' && event.outcome.sha1 === sha1);
  await engine.told((event) => event.type === 'file' && event.outcome.path === join(folder, 'sub/a.txt') && event.outcome.outcome === 'sent'); // prettier-ignore
  expect(await engine.commands.problemGroups({})).toEqual([]);
});

test('of a pair, what could not be read is read again by a retry', async () => {
  const { box, engine, folder, pairId } = await pairScene({ 'old.txt': 'x' });
  box.intercept = ({ route }) => (route === 'upload-file' ? notAllowed : undefined);
  writeOld(join(folder, 'a.txt'), 'a');
  await engine.commands.rescan({ pairId });
  await engine.told((event) => event.type === 'file' && event.outcome.outcome === 'failed');
  box.intercept = undefined;
  rmSync(join(folder, 'a.txt'));
  const sha1 = writeOld(join(folder, 'a.txt'), 'another content');
  await engine.commands.retry({ target: { kind: 'pair', id: pairId } });
  await engine.told((event) => event.type === 'file' && event.outcome.sha1 === sha1);
});

test('100,000 problems are counted exactly and listed whole, and hold nobody up', async () => {
  const { db, ledger, jobId, scan, containerId } = await openTestLedger();
  const codes: ProblemCode[] = ['local.unreadable', 'local.unreadable', 'target.locked'];
  db.transaction(() => {
    for (let n = 0; n < 100_000; n += 1) {
      const problem = { code: codes[n % 3]!, operation: 'open', detail: '', at: n };
      const file = { ownerId: jobId, folderId: containerId, scan, now: 1, ...found(`file-${n}`) };
      ledger.files.setOutcome(ledger.files.record(file), 'failed', problem);
    }
  });
  const problems = new Problems(ledger, new AbortController().signal);
  const cpuMs = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  let [longestMs, last, ended] = [0, cpuMs(), false];
  const look = () => {
    const now = cpuMs();
    longestMs = Math.max(longestMs, now - last);
    last = now;
    if (!ended) setImmediate(look);
  };
  setImmediate(look);
  const groups = await problems.groups();
  expect(groups.map(({ code, count }) => [code, count])).toEqual([
    ['local.unreadable', 66_667],
    ['target.locked', 33_333],
  ]);
  expect(groups[0]!.example).toMatchObject({ path: '/data/file-99999' });
  const paths = new Set<string>();
  for (let after = 0; ;) {
    const items = await problems.items('target.locked', after, 500);
    if (items.length === 0) break;
    for (const { path } of items) paths.add(path);
    after = items.at(-1)!.id;
    // As between two calls.
    await new Promise((turn) => setImmediate(turn));
  }
  ended = true;
  expect(paths.size).toBe(33_333);
  expect(longestMs).toBeLessThan(20);
}, 60_000);
