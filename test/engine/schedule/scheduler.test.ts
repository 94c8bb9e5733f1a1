import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { content, openEngine, sessionMinimum, TestBox, writeOld, writeTree } from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const many = (count: number, name: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`${name}${n}.txt`, `${name} ${n}`]));

describe('the order of transfers', () => {
  test('small files never wait behind large ones', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const root = join(temporaryFolder(), 'tree');
    for (const n of [1, 2, 3]) writeOld(join(root, `a${n}.bin`), content(sessionMinimum));
    writeTree(root, many(50, 'small'));
    const released = Promise.withResolvers<undefined>();
    box.intercept = ({ route }) => (route === 'upload-part' ? released.promise : undefined);
    const job = await engine.start([root]);
    const { active } = await job.until(({ job: { counts } }) => counts.sent === 50);
    expect(active.every(({ kind }) => kind === 'session')).toBe(true);
    // Two large ones at a time.
    expect(box.count('create-session')).toBe(2);
    released.resolve(undefined);
    expect((await job.rest()).summary.counts).toMatchObject({ sent: 53, failed: 0 });
  });

  test('the parts of all files together keep to the number that was asked for', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const root = join(temporaryFolder(), 'tree');
    for (const n of [1, 2]) writeOld(join(root, `a${n}.bin`), content(sessionMinimum));
    let [inFlight, most] = [0, 0];
    box.intercept = ({ route }) => {
      if (route !== 'upload-part') return undefined;
      inFlight += 1;
      most = Math.max(most, inFlight);
      return {
        // Long enough for all that may come to be there.
        delayMs: 20,
        afterEffect: () => {
          inFlight -= 1;
          return undefined;
        },
      };
    };
    const { summary } = await engine.upload([root], { partsInParallel: 3 });
    expect(summary.counts).toMatchObject({ sent: 2 });
    expect(most).toBe(3);
  });

  test('small files go up sixteen at a time; one that waits for its turn when the job is paused was not sent', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const root = join(temporaryFolder(), 'tree');
    writeTree(root, many(60, 'small'));
    const [sixteen, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    box.intercept = async ({ route, count }) => {
      if (route !== 'upload-file') return undefined;
      if (count === 16) sixteen.resolve();
      await released.promise;
      return { answer: { status: 503 } };
    };
    const job = await engine.start([root]);
    await sixteen.promise;
    const target = { kind: 'job', id: job.jobId } as const;
    await engine.commands.pause({ target, durationMs: null });
    await job.rest(['paused']);
    expect(box.count('upload-file')).toBe(16);
    released.resolve();
    box.intercept = undefined;
    await engine.commands.resume({ target });
    const { progress, summary } = await job.rest(['done']);
    expect(summary.counts).toMatchObject({ sent: 60, failed: 0 });
    expect(progress.at(-1)!.resentBytes).toBeGreaterThan(0);
    expect(progress.at(-1)!.resentBytes).toBeLessThanOrEqual(16 * 'small 59'.length);
  });

  test('a job of many files does not keep another one waiting', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const here = temporaryFolder();
    writeTree(join(here, 'many'), many(300, 'm'));
    writeTree(join(here, 'few'), many(10, 'f'));
    const released = Promise.withResolvers<undefined>();
    // The first job has its whole queue before the second begins.
    box.intercept = ({ route }) => (route === 'upload-file' ? released.promise : undefined);
    const first = await engine.start([join(here, 'many')]);
    await first.until(({ job: { state } }) => state === 'active');
    const second = await engine.start([join(here, 'few')]);
    await second.until(({ job: { state } }) => state === 'active');
    released.resolve(undefined);
    await second.rest();
    expect(first.progress.at(-1)?.job.state).toBe('active');
    expect((await first.rest()).summary.counts).toMatchObject({ sent: 300 });
  });

  test('parts that arrive between two outages show that Box is reached: the patience begins anew', async () => {
    const box = await TestBox.start();
    // A clock that is an hour on after each outage.
    const hours = { passed: 0 };
    const clock = {
      now: () => Date.now(),
      monotonic: () => performance.now() + hours.passed * 3_600_000,
      random: () => 0.5,
    };
    const engine = await openEngine(box, { clock });
    const path = join(temporaryFolder(), 'file.bin');
    writeOld(path, content(sessionMinimum));
    const { port } = box.sandbox.ready;
    let reached = Promise.withResolvers<void>();
    let stopAt = 5;
    box.intercept = ({ route }) => {
      if (route !== 'upload-part') return undefined;
      if (box.count('upload-part') === stopAt) reached.resolve();
      return box.count('upload-part') >= stopAt ? new Promise(() => undefined) : undefined;
    };
    const job = await engine.start([path]);
    for (const next of [14, Infinity]) {
      await reached.promise;
      reached = Promise.withResolvers();
      await box.close();
      const waits = async () =>
        (await engine.commands.transfers({ states: ['waiting'], after: 0, limit: 1 })).length > 0;
      while (!(await waits())) await new Promise((turn) => setImmediate(turn));
      stopAt = next;
      await box.open({ port });
      hours.passed += 1;
    }
    expect((await job.rest()).summary).toMatchObject({ state: 'done', counts: { sent: 1 } });
  });
});

describe('sessions that nobody wants any more', () => {
  test('are aborted on Box, and one that cannot be now is at the next start', async () => {
    const box = await TestBox.start();
    const home = temporaryFolder();
    const engine = await openEngine(box, { home, timings: { callRetries: { attempts: 1 }, settleMs: 20 } });
    const path = join(temporaryFolder(), 'file.bin');
    writeOld(path, content(sessionMinimum));
    let changed = false;
    box.intercept = ({ route, count }) => {
      if (route === 'abort-session') return { answer: { status: 500 } };
      if (route === 'upload-part' && count === 5 && !changed) {
        changed = true;
        writeOld(path, content(sessionMinimum + 1), new Date(Date.now() - 600_000));
      }
      return undefined;
    };
    const { summary } = await engine.upload([path]);
    expect(summary.counts).toMatchObject({ sent: 1 });
    await engine.close();
    const tried = box.count('abort-session');
    expect(tried).toBeGreaterThan(0);
    box.intercept = undefined;
    const next = await openEngine(box, { home });
    await next.upload([path]);
    await next.close();
    expect(box.count('abort-session')).toBe(tried + 1);
  });
});
