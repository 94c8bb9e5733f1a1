import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../../main/platform/clock.ts';
import { CallError } from '../../../shared/call-error.ts';
import {
  content,
  mebibyte,
  once,
  openEngine,
  sessionMinimum,
  TestBox,
  writeOld,
  writeTree,
} from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const html = (status: number) => ({
  answer: { status, headers: { 'content-type': 'text/html' }, body: '<html><body>Welcome to the hotel</body></html>' },
});

async function large(sandbox: Parameters<typeof TestBox.start>[0] = {}, sizeBytes = sessionMinimum) {
  const box = await TestBox.start(sandbox);
  const path = join(temporaryFolder(), 'file.bin');
  const sha1 = writeOld(path, content(sizeBytes));
  return { box, path, sha1 };
}

describe('trouble on the way of a large file', () => {
  test('202 on commit is asked again, and nothing is sent twice', async () => {
    const { box, path, sha1 } = await large({ commitRounds: 2 });
    const engine = await openEngine(box, { timings: { callRetries: { backoffBaseMs: 5 } } });
    const { summary } = await engine.upload([path]);
    expect(summary.counts).toMatchObject({ sent: 1 });
    expect(box.count('commit-session')).toBe(3);
    expect(Math.max(...box.partPuts().values())).toBe(1);
    expect(await box.versions('file.bin')).toEqual([sha1]);
  });

  test.each([
    ['a reset in mid-body', { dropAfterBodyBytes: 300_000 }],
    ['stored, and the answer lost', { afterEffect: () => 'drop' as const }],
    ['a 500', { answer: { status: 500 } }],
    ['a page of HTML with 502', html(502)],
    ['a page of HTML with 200', html(200)],
  ])('parts that meet %s arrive all the same', async (_, fault) => {
    const { box, path, sha1 } = await large();
    const engine = await openEngine(box);
    box.intercept = once('upload-part', fault, 5);
    const { summary } = await engine.upload([path]);
    expect(summary.counts).toMatchObject({ sent: 1, failed: 0 });
    expect(box.count('create-session')).toBe(1);
    expect(await box.versions('file.bin')).toEqual([sha1]);
  });

  test('a commit whose digest Box always refuses is said to be that, after a few sessions, and goes up once Box takes it', async () => {
    const { box, path, sha1 } = await large();
    const engine = await openEngine(box);
    const answer = { status: 400, body: '{"code":"digest_mismatch"}' };
    box.intercept = ({ route }) => (route === 'commit-session' ? { answer } : undefined);
    const { summary, outcomes } = await engine.upload([path]);
    expect(summary.counts).toMatchObject({ sent: 0, failed: 1 });
    expect(outcomes).toMatchObject([{ outcome: 'failed', problem: { code: 'content.digest' } }]);
    // Three runs of two sessions each.
    expect(box.count('create-session')).toBe(6);

    box.intercept = undefined;
    expect((await engine.upload([path])).summary.counts).toMatchObject({ sent: 1, failed: 0 });
    expect(await box.versions('file.bin')).toEqual([sha1]);
  });

  test('a commit whose answer was lost is found where Box is not asked about names, but its folder is', async () => {
    const { box, path, sha1 } = await large();
    const engine = await openEngine(box);
    const lost = once('commit-session', { afterEffect: () => 'drop' as const });
    const refused = { answer: { status: 405, body: '{"code":"method_not_allowed"}' } };
    box.intercept = (request) => (request.route === 'preflight-file' ? refused : lost(request));
    const { summary } = await engine.upload([path]);
    expect(summary.counts).toMatchObject({ sent: 1, failed: 0 });
    expect(box.count('commit-session')).toBe(1);
    expect(await box.versions('file.bin')).toEqual([sha1]);
  });

  test.each(['create-session', 'commit-session'])(
    'the lost answer of %s makes no second file or version',
    async (route) => {
      const { box, path, sha1 } = await large({ sessionConflict: true });
      const engine = await openEngine(box);
      box.intercept = once(route, { afterEffect: () => 'drop' });
      const { summary, outcomes } = await engine.upload([path]);
      expect(summary.counts).toMatchObject({ sent: 1, failed: 0 });
      expect(outcomes).toHaveLength(1);
      expect(await box.versions('file.bin')).toEqual([sha1]);
      expect(Math.max(...box.partPuts().values())).toBe(1);
    },
  );

  test.each([
    ['a new file', 'upload-file', 1],
    ['a new version', 'upload-version', 2],
  ])(
    'the lost answer of a small file, %s: it is asked for, and the file is not sent again',
    async (_, route, versions) => {
      const box = await TestBox.start();
      const path = join(temporaryFolder(), 'small.txt');
      const engine = await openEngine(box);
      writeOld(path, 'before');
      if (versions === 2) {
        await engine.upload([path]);
        writeOld(path, 'afterwards');
      }
      box.requests = [];
      box.intercept = once(route, { afterEffect: () => 'drop' });
      const { summary } = await engine.upload([path]);
      expect(summary.counts).toMatchObject({ sent: 1, failed: 0 });
      expect(box.count(route)).toBe(1);
      expect(await box.versions('small.txt')).toHaveLength(versions);
    },
  );

  test('a session that has expired between two runs is replaced', async () => {
    const { box, path, sha1 } = await large();
    const home = temporaryFolder();
    const first = await openEngine(box, { home });
    const reached = Promise.withResolvers<void>();
    box.intercept = ({ route, count }) => {
      if (route !== 'upload-part' || count < 6) return undefined;
      reached.resolve();
      return new Promise(() => undefined);
    };
    await first.start([path]);
    await reached.promise;
    await first.close();
    const old = box.requests.find(({ route }) => route === 'upload-part')?.params['session_id'];
    box.intercept = ({ params }) => (params['session_id'] === old ? { answer: { status: 410 } } : undefined);
    const second = await openEngine(box, { home });
    const { summary } = await second.upload([path]);
    expect(summary.counts).toMatchObject({ sent: 1, failed: 0 });
    expect(await box.versions('file.bin')).toEqual([sha1]);
    const after = box.requests.slice(box.requests.findLastIndex(({ route }) => route === 'create-session') + 1);
    expect(after.filter(({ params }) => params['session_id'] === old)).toEqual([]);
  });

  test('sessions that are all lost at the same part fail the file after six of them', async () => {
    const { box, path } = await large();
    const engine = await openEngine(box);
    box.intercept = ({ route, headers }) =>
      route === 'upload-part' && headers['content-range']?.startsWith('bytes 10485760-')
        ? { answer: { status: 404 } }
        : undefined;
    const { summary, outcomes } = await engine.upload([path]);
    expect(summary).toMatchObject({ state: 'done', counts: { failed: 1 } });
    expect(outcomes[0]?.problem).toMatchObject({ code: 'session.gone', status: 404 });
    expect(box.count('create-session')).toBe(6);
  });

  test('a session of somebody else is left alone and needs the user', async () => {
    const { box, path } = await large({ sessionConflict: true });
    const theirs = await fetch(`${box.sandbox.ready.upload}/files/upload_sessions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${box.sandbox.ready.token}`,
        'content-type': 'application/json',
        'user-agent': 'test',
      },
      body: JSON.stringify({ folder_id: '0', file_name: 'file.bin', file_size: 30 * mebibyte }),
    });
    const { id } = (await theirs.json()) as { id: string };
    const engine = await openEngine(box);
    const { summary, outcomes } = await engine.upload([path]);
    expect(summary.counts).toMatchObject({ failed: 1 });
    expect(outcomes[0]?.problem?.code).toBe('session.conflict');
    expect(
      box.requests.filter(({ route, params }) => route === 'abort-session' && params['session_id'] === id),
    ).toEqual([]);
  });

  test('one part that waits is sent at once when it is retried', async () => {
    const { box, path, sha1 } = await large();
    const engine = await openEngine(box, {
      timings: { uploadLimits: { backoffBaseMs: 3_600_000, backoffMaxMs: 3_600_000 } },
    });
    box.intercept = (request) =>
      request.headers['content-range']?.startsWith('bytes 3145728-') && !retried
        ? { answer: { status: 503 } }
        : undefined;
    let retried = false;
    const job = await engine.start([path]);
    // A failed part comes before any later one, so the rest stands still with it.
    let [transfer] = await engine.commands.transfers({ after: 0, limit: 1 });
    const part3 = async () => transfer && (await engine.commands.parts({ transferId: transfer.id })).parts[3];
    while ((await part3())?.state !== 'waiting') {
      await new Promise((turn) => setImmediate(turn));
      [transfer] = await engine.commands.transfers({ after: 0, limit: 1 });
    }
    const target = { kind: 'part', id: transfer!.id, part: 3 } as const;
    expect(await part3()).toMatchObject({ state: 'waiting', problem: { code: 'box.unavailable' } });
    await expect(engine.commands.retry({ target: { ...target, part: 4 } })).rejects.toThrow(/not waiting/);
    retried = true;
    await engine.commands.retry({ target });
    const { summary } = await job.rest();
    expect(summary.counts).toMatchObject({ sent: 1 });
    expect(await box.versions('file.bin')).toEqual([sha1]);
  });
});

describe('trouble that concerns every file', () => {
  test('429 stops all requests until the time that Box asked for', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const root = join(temporaryFolder(), 'tree');
    writeTree(root, Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`${n}.txt`, `${n}`])));
    const times: number[] = [];
    let limitedAt = 0;
    box.intercept = ({ route, count }) => {
      times.push(performance.now());
      if (route !== 'upload-file' || count !== 20) return undefined;
      limitedAt = performance.now();
      return { answer: { status: 429, headers: { 'retry-after': '1' } } };
    };
    const { summary } = await engine.upload([root]);
    expect(summary.counts).toMatchObject({ sent: 60, failed: 0 });
    // What was on its way already arrives within moments; then it is quiet.
    const quiet = times.filter((time) => time > limitedAt + 300 && time < limitedAt + 950);
    expect(quiet).toEqual([]);
  });

  test('429 that tells no time is asked again after longer and longer, and nothing else is', async () => {
    const box = await TestBox.start();
    const clock: Clock = { ...systemClock, random: () => 0 };
    const engine = await openEngine(box, { clock, timings: { backoffBaseMs: 1, callRetries: { backoffBaseMs: 20 } } });
    const path = join(temporaryFolder(), 'a.txt');
    const sha1 = writeOld(path, 'a');
    const times: number[] = [];
    box.intercept = ({ route }) => {
      if (route !== 'upload-file') return undefined;
      times.push(clock.monotonic());
      return times.length <= 6 ? { answer: { status: 429, body: '' } } : undefined;
    };
    const { summary } = await engine.upload([path]);
    expect(summary.counts).toMatchObject({ sent: 1, failed: 0 });
    expect(times).toHaveLength(7);
    // Half of what the backoff is at most; a timer may be a millisecond early.
    const gaps = times.slice(1).map((time, n) => time - times[n]!);
    [10, 20, 40, 80, 160, 320].forEach((leastMs, n) => expect(gaps[n]).toBeGreaterThanOrEqual(leastMs - 1.5));
    expect(box.count('preflight-file', 'get-file')).toBe(0);
    expect(await box.versions('a.txt')).toEqual([sha1]);
  });

  test('a full storage blocks the job, which goes on once there is space', async () => {
    const box = await TestBox.start({ quota: 1_000_000 });
    const engine = await openEngine(box);
    const blocker = await box.put('0', 'blocker', content(900_000));
    const root = join(temporaryFolder(), 'tree');
    const sha1s = writeTree(root, { 'a.bin': content(400_000), 'b.txt': 'b' });
    const job = await engine.start([root]);
    const { summary } = await job.rest();
    expect(summary).toMatchObject({ state: 'blocked', problem: { code: 'account.quota' }, counts: { failed: 0 } });
    await box.raw('DELETE', `/files/${blocker}`);
    await box.raw('DELETE', `/files/${blocker}/trash`);
    await engine.commands.resume({ target: { kind: 'job', id: job.jobId } });
    const done = await job.rest(['done']);
    expect(done.summary.counts).toMatchObject({ files: 2, failed: 0, pending: 0 });
    for (const [path, sha1] of sha1s) expect((await box.tree()).get(`tree/${path}`)).toBe(sha1);
    expect(job.outcomes.filter(({ path }) => path.endsWith('a.bin'))).toMatchObject([{ outcome: 'sent' }]);
  });

  test('a refused token blocks the job with all that is there, and a fresh one takes it on', async () => {
    const { box, path, sha1 } = await large();
    let signedIn = true;
    const refusals: (string | undefined)[] = [];
    const engine = await openEngine(box, {
      accessToken: ({ refused }) => {
        refusals.push(refused);
        if (signedIn || refused === undefined) return Promise.resolve({ token: box.sandbox.ready.token });
        const problem = { code: 'account.sign-in', operation: 'renew', detail: 'revoked', at: 0 } as const;
        return Promise.reject(new CallError('problem', 'sign in', problem));
      },
    });
    box.intercept = ({ route, count }) => {
      if (route === 'upload-part' && count > 8) signedIn = false;
      return signedIn ? undefined : { answer: { status: 401 } };
    };
    const job = await engine.start([path]);
    const { summary } = await job.rest();
    expect(summary).toMatchObject({ state: 'blocked', problem: { code: 'account.sign-in' }, counts: { pending: 1 } });
    expect(refusals).toContain(box.sandbox.ready.token);
    box.intercept = undefined;
    signedIn = true;
    box.requests = [];
    await engine.commands.resume({ target: { kind: 'job', id: job.jobId } });
    const done = await job.rest(['done']);
    expect(done.summary.counts).toMatchObject({ sent: 1 });
    expect(box.count('create-session')).toBe(0);
    expect(box.count('upload-part')).toBeLessThanOrEqual(12);
    expect(await box.versions('file.bin')).toEqual([sha1]);
  });

  test('a Box that is gone for a while and comes back', async () => {
    const { box, path, sha1 } = await large();
    const engine = await openEngine(box);
    const root = join(temporaryFolder(), 'tree');
    const sha1s = writeTree(root, Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`${n}.txt`, `${n}`])));
    const { port } = box.sandbox.ready;
    const reached = Promise.withResolvers<void>();
    box.intercept = ({ route, count }) => {
      if (route === 'upload-part' && count === 8) reached.resolve();
      return undefined;
    };
    const job = await engine.start([path, root]);
    await reached.promise;
    await box.close();
    await job.until(({ job: { counts } }) => counts.pending > 0);
    const waiting = async () => (await engine.commands.transfers({ states: ['waiting'], after: 0, limit: 10 })).length;
    while ((await waiting()) === 0) await new Promise((turn) => setImmediate(turn));
    await box.open({ port });
    const { summary } = await job.rest();
    expect(summary).toMatchObject({ state: 'done', counts: { files: 101, sent: 101, failed: 0 } });
    const tree = await box.tree();
    expect(tree.get('file.bin')).toBe(sha1);
    for (const [name, digest] of sha1s) expect(tree.get(`tree/${name}`)).toBe(digest);
    expect(box.count('create-session')).toBe(1);
  });

  test('a Box that stays away blocks the job after the patience', async () => {
    const { box, path } = await large();
    const engine = await openEngine(box, { timings: { networkPatienceMs: 100 } });
    const reached = Promise.withResolvers<void>();
    box.intercept = ({ route }) => {
      if (route === 'upload-part') reached.resolve();
      return undefined;
    };
    const job = await engine.start([path]);
    await reached.promise;
    await box.close();
    const { summary } = await job.rest();
    expect(summary).toMatchObject({ state: 'blocked', problem: { code: 'network.unreachable' } });
    await box.open();
  });

  test('pages of HTML in place of everything fail by name once the retries are over', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const path = join(temporaryFolder(), 'file.txt');
    writeOld(path, 'file');
    box.intercept = ({ route }) => (route === 'upload-file' ? html(200) : undefined);
    const { summary, outcomes } = await engine.upload([path]);
    expect(summary).toMatchObject({ state: 'done', counts: { failed: 1 } });
    expect(outcomes[0]?.problem?.code).toBe('network.not-box');
  });

  test.each([
    ['a reset in mid-body', { dropAfterBodyBytes: 1000 }],
    ['stored, and the answer lost', { afterEffect: () => 'drop' as const }],
    ['a 503', { answer: { status: 503 } }],
    ['a page of HTML', html(200)],
  ])('small files that meet %s arrive once', async (_, fault) => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const root = join(temporaryFolder(), 'tree');
    const sha1s = writeTree(
      root,
      Object.fromEntries(Array.from({ length: 10 }, (__, n) => [`${n}.bin`, content(5000 + n)])),
    );
    box.intercept = once('upload-file', fault, 6);
    const { summary, outcomes } = await engine.upload([root]);
    expect(summary.counts).toMatchObject({ sent: 10, failed: 0 });
    expect(outcomes).toHaveLength(10);
    for (const [path, sha1] of sha1s) expect(await box.versions(`tree/${path}`)).toEqual([sha1]);
    expect(await box.tree()).toHaveProperty('size', 11);
  });
});

describe('progress', () => {
  test('adds up in every batch, over an interruption too', async () => {
    const { box, path } = await large();
    const home = temporaryFolder();
    const root = join(temporaryFolder(), 'tree');
    writeTree(root, Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`${n}.txt`, `${n}`])));
    const first = await openEngine(box, { home });
    const reached = Promise.withResolvers<void>();
    box.intercept = ({ route, count }) => {
      if (route === 'upload-part' && count === 12) reached.resolve();
      return route === 'upload-part' && count > 12 ? { bodyBytesPerSecond: 2_000_000 } : undefined;
    };
    const started = await first.start([path, root]);
    await reached.promise;
    await first.commands.suspend({ jobId: started.jobId });
    const stopped = await started.rest();
    expect(stopped.summary.state).toBe('stopped');
    await first.close();
    const second = await openEngine(box, { home });
    const watch = await second.start([path, root]);
    const finished = await watch.rest();
    expect(finished.summary.state).toBe('done');
    let least = 0;
    for (const { job, active } of watch.progress) {
      const { counts } = job;
      const sum =
        counts.sent + counts.adopted + counts.unchanged + counts.kept + counts.failed + counts.aborted + counts.pending;
      expect(sum).toBe(counts.files);
      expect(job.doneBytes).toBeLessThanOrEqual(job.totalBytes);
      for (const row of active) {
        expect(row.doneBytes).toBeLessThanOrEqual(row.sizeBytes);
        expect(row.parts?.done ?? 0).toBeLessThanOrEqual(row.parts?.total ?? 0);
        if (row.kind !== 'session' || row.state !== 'sending') continue;
        // What is compared again after a restart does not count back.
        expect(row.parts!.done).toBeGreaterThanOrEqual(least);
        least = row.parts!.done;
      }
    }
    expect(finished.summary.doneBytes).toBe(finished.summary.totalBytes);
  });
});
