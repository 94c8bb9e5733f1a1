import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  content,
  holdAt,
  openEngine,
  sessionMinimum,
  TestBox,
  writeOld,
  writeTree,
  type TestEngine,
} from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const job = (id: number) => ({ target: { kind: 'job', id } as const });
const transfer = (id: number) => ({ target: { kind: 'transfer', id } as const });

/** A large upload that stands still at one of its requests. */
async function held(route = 'upload-part', nth = 8, timings = {}) {
  const box = await TestBox.start();
  const home = temporaryFolder();
  const engine = await openEngine(box, { home, timings });
  const path = join(temporaryFolder(), 'file.bin');
  const sha1 = writeOld(path, content(sessionMinimum));
  const hold = holdAt(route, nth);
  box.intercept = hold.intercept;
  const watch = await engine.start([path]);
  await hold.reached;
  const [row] = await engine.commands.transfers({ after: 0, limit: 1 });
  return { box, home, engine, path, sha1, hold, watch, id: row!.id };
}

async function stateOf(engine: TestEngine, transferId: number): Promise<string> {
  return (await engine.commands.transfer({ transferId })).state;
}

describe('one transfer', () => {
  test('paused keeps its parts, and goes on with them when it is resumed', async () => {
    const { box, engine, sha1, hold, watch, id } = await held();
    await engine.commands.pause({ ...transfer(id), durationMs: null });
    hold.release();
    expect(await stateOf(engine, id)).toBe('paused');
    const sent = box.count('upload-part');
    await engine.commands.resume(transfer(id));
    const { summary } = await watch.rest();
    expect(summary.counts).toMatchObject({ sent: 1 });
    expect(box.count('create-session')).toBe(1);
    expect(box.count('upload-part') - sent).toBeLessThanOrEqual(20 - (sent - 4));
    expect(await box.versions('file.bin')).toEqual([sha1]);
  });

  test('paused before a restart is resumed by itself, with its job', async () => {
    const { box, home, engine, sha1, hold, id } = await held();
    await engine.commands.pause({ ...transfer(id), durationMs: null });
    hold.release();
    await engine.close();
    const second = await openEngine(box, { home });
    expect(await stateOf(second, id)).toBe('paused');
    const watch = await second.follow(1);
    await second.commands.resume(transfer(id));
    await watch.rest(['done']);
    expect(await box.versions('file.bin')).toEqual([sha1]);
  });

  test('aborted and taken back in time goes on', async () => {
    const { box, engine, sha1, hold, watch, id } = await held();
    const { undoUntil } = await engine.commands.abort(transfer(id));
    expect(undoUntil).toBeGreaterThan(Date.now());
    hold.release();
    expect(await stateOf(engine, id)).toBe('aborting');
    expect(box.count('abort-session')).toBe(0);
    await engine.commands.resume(transfer(id));
    const { summary } = await watch.rest();
    expect(summary.counts).toMatchObject({ sent: 1, aborted: 0 });
    expect(box.count('create-session')).toBe(1);
    expect(await box.versions('file.bin')).toEqual([sha1]);
  });

  test('aborted ends after the time to take it back, and its session on Box with it', async () => {
    const { box, engine, path, sha1, hold, watch, id } = await held();
    await engine.commands.abort(transfer(id));
    hold.release();
    const { summary, outcomes } = await watch.rest();
    expect(summary).toMatchObject({ state: 'done', counts: { sent: 0, aborted: 1, pending: 0 } });
    expect(outcomes).toMatchObject([{ path, outcome: 'aborted' }]);
    await engine.close();
    expect(box.count('abort-session')).toBe(1);
    await expect(engine.commands.resume(transfer(id))).rejects.toThrow();
    const next = await openEngine(box, { home: temporaryFolder() });
    await next.upload([path]);
    expect(await box.versions('file.bin')).toEqual([sha1]);
  });

  test('aborted when the engine ends is aborted in the next, and the same upload sends it anew', async () => {
    const { box, home, engine, path, sha1, hold, id } = await held();
    await engine.commands.abort(transfer(id));
    hold.release();
    await engine.close();
    const second = await openEngine(box, { home });
    expect(await stateOf(second, id)).toBe('aborted');
    const { summary } = await second.upload([path]);
    expect(summary).toMatchObject({ state: 'done', counts: { sent: 1, aborted: 0 } });
    expect(await box.versions('file.bin')).toEqual([sha1]);
  });

  test('whose commit has left is not aborted, only paused, and its outcome is found', async () => {
    const { box, engine, sha1, hold, watch, id } = await held('commit-session', 1);
    await expect(engine.commands.abort(transfer(id))).rejects.toThrow(/all its bytes are there/);
    await engine.commands.pause({ ...transfer(id), durationMs: null });
    expect(await stateOf(engine, id)).toBe('paused');
    await expect(engine.commands.abort(transfer(id))).rejects.toThrow(/all its bytes are there/);
    hold.release();
    await engine.commands.resume(transfer(id));
    const { summary } = await watch.rest();
    expect(summary.counts).toMatchObject({ sent: 1 });
    expect(await box.versions('file.bin')).toEqual([sha1]);
  });

  test('that needed the user goes on with a retry, though its job has ended', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const path = join(temporaryFolder(), 'file.txt');
    const sha1 = writeOld(path, 'file');
    box.intercept = ({ route }) =>
      route === 'upload-file'
        ? {
            answer: {
              status: 403,
              body: JSON.stringify({ type: 'error', status: 403, code: 'access_denied_insufficient_permissions' }),
            },
          }
        : undefined;
    const first = await engine.upload([path]);
    expect(first.summary).toMatchObject({ state: 'done', counts: { failed: 1 } });
    const [row] = await engine.commands.transfers({ after: 0, limit: 1 });
    expect(row).toMatchObject({ state: 'needs-you', problem: { code: 'target.no-permission' } });
    const why = await engine.commands.why({ path });
    expect(why).toMatchObject([
      { transferId: row!.id, reason: 'It needs you.', problem: { code: 'target.no-permission' } },
    ]);
    box.intercept = undefined;
    const watch = await engine.follow(first.jobId);
    await engine.commands.retry(transfer(row!.id));
    await watch.until(({ job: { counts } }) => counts.sent === 1);
    await watch.rest();
    expect(await box.versions('file.txt')).toEqual([sha1]);
    await expect(engine.commands.retry(transfer(row!.id))).rejects.toThrow(/needs no retry/);
  });

  test.each([
    ['pause', 'There is no transfer t99'],
    ['resume', 'There is no transfer t99'],
    ['abort', 'There is no transfer t99'],
    ['retry', 'There is no transfer t99'],
  ] as const)('%s of an unknown one is refused in words', async (command, words) => {
    const engine = await openEngine(await TestBox.start());
    const args = { ...transfer(99), durationMs: null };
    await expect(engine.commands[command](args)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(words) as string,
    });
  });
});

describe('a job', () => {
  test('paused keeps all, and goes on where it stood', async () => {
    const { box, engine, sha1, hold, watch } = await held();
    await engine.commands.pause({ ...job(watch.jobId), durationMs: null });
    hold.release();
    expect((await watch.rest()).summary.state).toBe('paused');
    expect((await engine.commands.jobs({ unfinishedOnly: true })).map(({ state }) => state)).toEqual(['paused']);
    await engine.commands.resume(job(watch.jobId));
    const { summary } = await watch.rest(['done']);
    expect(summary.counts).toMatchObject({ sent: 1 });
    expect(box.count('create-session')).toBe(1);
    expect(await box.versions('file.bin')).toEqual([sha1]);
  });

  test('a transfer of a paused job does not start without it', async () => {
    const { engine, hold, watch, id } = await held();
    await engine.commands.pause({ ...job(watch.jobId), durationMs: null });
    hold.release();
    await expect(engine.commands.retry(transfer(id))).rejects.toThrow();
    await engine.commands.pause({ ...transfer(id), durationMs: null });
    await expect(engine.commands.resume(transfer(id))).rejects.toThrow(/j1, which is paused/);
    expect(await stateOf(engine, id)).toBe('paused');
  });

  test('aborted ends what it had not finished; within the time the same upload takes it back', async () => {
    const { box, engine, path, sha1, hold, watch, id } = await held();
    await engine.commands.abort(job(watch.jobId));
    hold.release();
    expect((await watch.rest()).summary.state).toBe('aborted');
    expect(await stateOf(engine, id)).toBe('aborting');
    const { summary } = await engine.upload([path]);
    expect(summary).toMatchObject({ state: 'done', counts: { sent: 1 } });
    expect(box.count('create-session')).toBe(1);
    expect(await box.versions('file.bin')).toEqual([sha1]);
  });

  test('resumed twice at once runs once', async () => {
    const { box, engine, sha1, hold, watch } = await held();
    await engine.commands.pause({ ...job(watch.jobId), durationMs: null });
    hold.release();
    await Promise.all([engine.commands.resume(job(watch.jobId)), engine.commands.resume(job(watch.jobId))]);
    const { summary } = await watch.rest(['done']);
    expect(summary.counts).toMatchObject({ sent: 1 });
    expect(await box.versions('file.bin')).toEqual([sha1]);
    expect(box.count('create-session')).toBe(1);
  });

  test('unfinished ones are named by the next upload and not started', async () => {
    const { box, home, engine, hold, watch } = await held();
    await engine.commands.suspend({ jobId: watch.jobId });
    hold.release();
    await engine.close();
    const second = await openEngine(box, { home });
    const other = join(temporaryFolder(), 'other');
    writeTree(other, { 'a.txt': 'a' });
    const started = await second.commands.upload({ paths: [other], target: '0', ifExists: 'version' });
    expect(started.unfinished).toMatchObject([{ id: watch.jobId, state: 'stopped', counts: { pending: 1 } }]);
    await (await second.follow(started.jobId)).rest();
    expect(box.count('commit-session')).toBe(0);
  });

  test.each(['no-slash', '/a/..', '999999'])('a target %s that is none is refused', async (target) => {
    const engine = await openEngine(await TestBox.start());
    const path = join(temporaryFolder(), 'a.txt');
    writeOld(path, 'a');
    await expect(engine.commands.upload({ paths: [path], target, ifExists: 'version' })).rejects.toThrow();
    expect(await engine.commands.jobs({ unfinishedOnly: false })).toEqual([]);
  });

  test('doctor says who is signed in, and why nobody is', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    expect((await engine.commands.doctor({})).map(({ name, result }) => [name, result])).toContainEqual([
      'account',
      'ok',
    ]);
    box.intercept = () => ({ answer: { status: 401 } });
    const refused = await openEngine(box);
    expect(await refused.commands.doctor({})).toMatchObject([{ name: 'account', result: 'failure' }]);
  });
});
