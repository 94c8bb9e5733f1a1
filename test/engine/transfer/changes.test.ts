import {
  appendFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  content,
  holdAt,
  mebibyte,
  openEngine,
  sessionMinimum,
  sha1Of,
  TestBox,
  writeOld,
} from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const recently = () => new Date(Math.floor(Date.now() / 1000 - 600) * 1000);

/** Holds the upload of one file at a request, changes the file meanwhile, and runs the job to its end. */
async function changeAt(
  route: string,
  nth: number,
  change: (path: string) => string | null,
  sizeBytes = sessionMinimum,
) {
  const box = await TestBox.start();
  const engine = await openEngine(box, { timings: { settleMs: 50 } });
  const path = join(temporaryFolder(), 'file.bin');
  const first = content(sizeBytes);
  writeOld(path, first);
  const hold = holdAt(route, nth);
  box.intercept = hold.intercept;
  const job = engine.upload([path]);
  await hold.reached;
  const last = change(path);
  hold.release();
  return { box, engine, path, result: await job, revisions: [sha1Of(first), ...(last === null ? [] : [last])] };
}

const changes: [string, (path: string) => string][] = [
  ['rewritten in place', (path) => writeOld(path, content(sessionMinimum), recently())],
  ['grown', (path) => {
    appendFileSync(path, content(3 * mebibyte));
    utimesSync(path, recently(), recently());
    return '';
  }],
  ['shrunk, still a large one', (path) => writeOld(path, content(sessionMinimum + 1).subarray(0, sessionMinimum), recently())],
  ['cut down to a small one', (path) => {
    truncateSync(path, 1000);
    utimesSync(path, recently(), recently());
    return '';
  }],
  ['replaced by another file', (path) => {
    const sha1 = writeOld(`${path}.new`, content(sessionMinimum + mebibyte), recently());
    renameSync(`${path}.new`, path);
    return sha1;
  }],
]; // prettier-ignore

describe('a large file that changes while it goes up', () => {
  const points: [string, number][] = [
    ['create-session', 1],
    ['upload-part', 7],
    ['upload-part', 20],
    ['commit-session', 1],
  ];
  for (const [route, nth] of points) {
    test.each(changes)(`at ${route} ${nth}: %s is never mixed, and its last state is on Box`, async (_, change) => {
      const { box, path, result, revisions } = await changeAt(route, nth, change);
      const { readFileSync } = await import('node:fs');
      const last = sha1Of(readFileSync(path));
      expect(result.summary).toMatchObject({ state: 'done', counts: { sent: 1, failed: 0, pending: 0 } });
      const versions = await box.versions('file.bin');
      expect(versions[0]).toBe(last);
      for (const sha1 of versions) expect([...revisions, last]).toContain(sha1);
      expect(versions.length).toBeLessThanOrEqual(2);
      // A commit that has left is settled first; then the new state is a version.
      expect(versions).toHaveLength(route === 'commit-session' ? 2 : 1);
    });
  }

  test.each([1, 3, 3, 3, 5, 7, 20])(
    'touched at part %i without a change of content or time goes on, and its bytes are compared',
    async (nth) => {
      const { box, result } = await changeAt('upload-part', nth, (path) => {
        const { atime, mtime } = statSync(path);
        utimesSync(path, atime, mtime);
        return null;
      });
      expect(result.summary.counts).toMatchObject({ sent: 1 });
      expect(box.count('create-session')).toBe(1);
      expect(Math.max(...box.partPuts().values())).toBe(1);
    },
  );

  test('written with its time set back is seen by its bytes', async () => {
    const changed = content(sessionMinimum);
    const { box, result } = await changeAt('upload-part', 7, (path) => {
      const { atime, mtime } = statSync(path);
      writeFileSync(path, changed);
      utimesSync(path, atime, mtime);
      return null;
    });
    expect(result.summary.state).toBe('done');
    const versions = await box.versions('file.bin').catch(() => []);
    for (const sha1 of versions) expect(sha1).toBe(sha1Of(changed));
    expect(result.summary.counts.sent).toBe(1);
  });

  test('moved away goes on to its end', async () => {
    const { box, result, revisions } = await changeAt('upload-part', 7, (path) => {
      renameSync(path, `${path}.moved`);
      return null;
    });
    expect(result.summary.counts).toMatchObject({ sent: 1, failed: 0 });
    expect(await box.versions('file.bin')).toEqual(revisions);
  });

  test.each([
    ['upload-part', 7],
    ['create-session', 1],
  ] as const)('deleted at %s %i fails by name and leaves nothing on Box', async (route, nth) => {
    const { box, result } = await changeAt(route, nth, (path) => {
      rmSync(path);
      return null;
    });
    expect(result.summary).toMatchObject({ state: 'done', counts: { sent: 0, failed: 1 } });
    expect(result.outcomes[0]?.problem?.code).toBe('local.missing');
    expect([...(await box.tree()).keys()]).toEqual([]);
  });

  test('deleted once its commit has left is done', async () => {
    const { box, result, revisions } = await changeAt('commit-session', 1, (path) => {
      rmSync(path);
      return null;
    });
    expect(result.summary.counts).toMatchObject({ sent: 1, failed: 0 });
    expect(await box.versions('file.bin')).toEqual(revisions);
  });
});

describe('a small file that changes while it goes up', () => {
  test.each([
    ['rewritten', (path: string) => writeOld(path, 'another content', recently())],
    ['grown to a large one', (path: string) => writeOld(path, content(sessionMinimum), recently())],
  ])('%s is never mixed, and its last state is on Box', async (_, change) => {
    const { box, result, revisions } = await changeAt('upload-file', 1, change, 100_000);
    expect(result.summary).toMatchObject({ state: 'done', counts: { sent: 1, failed: 0 } });
    const versions = await box.versions('file.bin');
    expect(versions[0]).toBe(revisions[1]);
    for (const sha1 of versions) expect(revisions).toContain(sha1);
  });

  test('a link that takes its place is not followed', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box, { timings: { settleMs: 50 } });
    const root = join(temporaryFolder(), 'tree');
    const path = join(root, 'file.txt');
    writeOld(path, 'file');
    writeOld(join(root, '../secret.txt'), 'not to be uploaded');
    const hold = holdAt('upload-file');
    box.intercept = hold.intercept;
    const job = engine.upload([root]);
    await hold.reached;
    rmSync(path);
    symlinkSync('../secret.txt', path);
    hold.release();
    const { summary } = await job;
    expect(summary.state).toBe('done');
    expect([...(await box.tree()).values()]).not.toContain(sha1Of(Buffer.from('not to be uploaded')));
  });
});

describe('settling', () => {
  test('a file that was just written waits until it is quiet', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box, { timings: { settleMs: 150 } });
    const path = join(temporaryFolder(), 'file.txt');
    // Ahead of every clock: its time says nothing, however slow this machine is.
    writeOld(path, 'just now', new Date(Date.now() + 3_600_000));
    const { summary } = await engine.upload([path]);
    expect(summary.counts).toMatchObject({ sent: 1 });
    const [transfer] = await engine.commands.transfers({ after: 0, limit: 1 });
    const { timeline } = await engine.commands.parts({ transferId: transfer!.id });
    expect(timeline.map(({ state }) => state)).toContain('settling');
  });

  test('a writer that stops in time is waited for, however often it wrote', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box, { timings: { settleMs: 100, writerPatienceMs: 60_000 } });
    const path = join(temporaryFolder(), 'file.txt');
    writeFileSync(path, 'start');
    let lines = 0;
    const finished = Promise.withResolvers<void>();
    const writer = setInterval(() => {
      appendFileSync(path, `line ${lines}\n`);
      lines += 1;
      if (lines < 60) return;
      clearInterval(writer);
      finished.resolve();
    }, 10);
    const { summary } = await engine.upload([path]);
    await finished.promise;
    expect(summary.counts).toMatchObject({ sent: 1, failed: 0 });
    const { readFileSync } = await import('node:fs');
    expect(await box.versions('file.txt')).toEqual([sha1Of(readFileSync(path))]);
  });

  test('a writer that never stops fails by name after the patience, and a retry brings the file', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box, { timings: { settleMs: 100, writerPatienceMs: 300 } });
    const path = join(temporaryFolder(), 'file.txt');
    writeFileSync(path, 'start');
    const writer = setInterval(() => appendFileSync(path, 'more\n'), 10);
    const { summary, outcomes, jobId } = await engine.upload([path]);
    clearInterval(writer);
    expect(summary).toMatchObject({ state: 'done', counts: { failed: 1, sent: 0 } });
    expect(outcomes[0]?.problem?.code).toBe('local.keeps-changing');
    expect(box.count('upload-file')).toBe(0);
    await engine.commands.retry({ target: { kind: 'job', id: jobId } });
    const again = await (await engine.follow(jobId)).rest();
    expect(again.summary.counts).toMatchObject({ failed: 0, sent: 1 });
  });
});
