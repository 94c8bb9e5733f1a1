import { expect, test } from 'vitest';
import { joinPath } from '../../../main/engine/ledger/folders.ts';
import { jobIdentity } from '../../../main/engine/ledger/jobs.ts';
import type { SessionRecord } from '../../../main/box/upload-session/journal.ts';
import { createTransfer, facts, found, openJob, openTestLedger, problem, recordFile, recordFolder } from './support.ts';

const session: SessionRecord = {
  id: 'F971964745A5CD0C001BBE4E58196BFD',
  partSizeBytes: 8_388_608,
  totalParts: 3,
  expiresAt: '2026-11-27T00:00:00Z',
  endpoints: { uploadPart: 'u', commit: 'c', abort: 'a', listParts: 'l', status: 's' },
  ours: true,
};

function part(index: number) {
  return { index, offset: index * 8, sizeBytes: 8, partId: `P${index}`, sha1: `s${index}`, origin: 'sent' as const };
}

test('an account is one user on one Box', async () => {
  const { ledger, db, accountId } = await openTestLedger();
  db.transaction(() => {
    const upsert = (boxHost: string, userId: string) => ledger.jobs.upsertAccount({ boxHost, userId, login: null });
    expect(upsert('api.box.com', '7')).toBe(accountId);
    expect(upsert('api.box.com', '8')).not.toBe(accountId);
    expect(upsert('127.0.0.1', '7')).not.toBe(accountId);
  });
});

test('the same paths and target find their job again, in any order and with a new policy', async () => {
  const { ledger, db, accountId } = await openTestLedger();
  db.transaction(() => {
    const open = (paths: string[], target: string, ifExists: 'version' | 'skip') =>
      ledger.jobs.open({ accountId, paths, target, ifExists, now: 5 });
    const first = open(['/a', '/b'], '/target', 'version');
    expect(first.known).toBeNull();
    expect(open(['/b', '/a'], '/target', 'skip')).toEqual({ id: first.id, known: 'stopped' });
    expect(ledger.jobs.get(first.id)).toMatchObject({ ifExists: 'skip', paths: ['/a', '/b'], scan: 0, createdAt: 5 });
    expect(open(['/a', '/b'], '/other', 'version').id).not.toBe(first.id);
    expect(open(['/a,/b'], '/target', 'version').id).not.toBe(first.id);
    expect(jobIdentity(1, ['a', 'b'], 'c')).not.toBe(jobIdentity(1, ['a'], 'c'));
  });
});

test('states of jobs: finished ones keep their time, and a start stops what was under way', async () => {
  const { ledger, db, accountId, jobId } = await openTestLedger();
  db.transaction(() => {
    const { jobs } = ledger;
    jobs.setState(jobId, 'done', null, 9);
    expect(jobs.get(jobId)).toMatchObject({ state: 'done', finishedAt: 9 });
    jobs.setState(jobId, 'blocked', problem, 10);
    jobs.setTargetFolder(jobId, '55');
    expect(jobs.get(jobId)).toMatchObject({ state: 'blocked', problem, finishedAt: null, targetFolderId: '55' });
    const paused = openJob(ledger, accountId, '/paused');
    jobs.setState(paused, 'paused', null, 10);
    const ended = openJob(ledger, accountId, '/ended');
    jobs.setState(ended, 'aborted', null, 10);
    jobs.stopAll();
    expect(jobs.list(false).map((job) => job.state)).toEqual(['stopped', 'paused', 'aborted']);
    expect(jobs.list(true).map((job) => job.id)).toEqual([jobId, paused]);
    expect(jobs.get(999)).toBeUndefined();
    expect(jobs.summary(999)).toBeUndefined();
  });
});

test('a summary counts each file once, and bytes of regular files alone', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const { files, folders, jobs } = t.ledger;
    const outcomes = ['pending', 'sent', 'adopted', 'unchanged', 'kept', 'failed', 'aborted', 'gone'] as const;
    for (const [index, outcome] of outcomes.entries()) {
      const id = recordFile(t, t.containerId, found(outcome, { facts: facts({ sizeBytes: 10 ** index }) }));
      files.setOutcome(id, outcome, null);
    }
    recordFile(t, t.containerId, found('link', { kind: 'link', problem }));
    const folder = recordFolder(t.ledger, t.jobId, t.scan, t.containerId, 'sub');
    recordFolder(t.ledger, t.jobId, t.scan, t.containerId, 'other');
    folders.fail(folder, problem);
    expect(jobs.summary(t.jobId)).toMatchObject({
      counts: {
        files: 7, folders: 2, sent: 1, adopted: 1, unchanged: 1, kept: 1, failed: 1, aborted: 1, pending: 1, special: 1,
        failedFolders: 1,
      },
      totalBytes: 1_111_111,
      doneBytes: 11_110,
    }); // prettier-ignore
  });
});

test('folders wait for their place, are ready in order, and wait again in the next scan', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const { folders, jobs } = t.ledger;
    const add = (name: string, scan = t.scan, complete = true) =>
      folders.record({ ownerId: t.jobId, parentId: t.containerId, name, nameRaw: null, scan, complete });
    const [a, b, unfinished] = [add('a'), add('b'), add('c', t.scan, false)];
    expect(folders.unplanned(t.jobId, t.scan)).toBe(4);
    expect(folders.ready(t.jobId, t.scan, 10)).toEqual([]);
    for (const id of [b, unfinished, a]) folders.place(id, 'create', null);
    expect(folders.ready(t.jobId, t.scan, 10).map((folder) => folder.id)).toEqual([a, b]);
    expect(folders.ready(t.jobId, t.scan, 1).map((folder) => folder.id)).toEqual([a]);
    expect(add('c')).toBe(unfinished);
    expect(folders.ready(t.jobId, t.scan, 10).map((folder) => folder.id)).toEqual([a, b, unfinished]);
    folders.place(a, 'planned', '77');
    expect(folders.get(a)).toMatchObject({ state: 'planned', boxId: '77', name: 'a', parentId: t.containerId });
    expect(folders.unplanned(t.jobId, t.scan)).toBe(3);
    expect(() => folders.place(b, 'list', null)).toThrow('CHECK');

    const scan = jobs.beginScan(t.jobId);
    expect(add('a', scan)).toBe(a);
    expect(folders.get(a)).toMatchObject({ state: 'found', boxId: '77' });
    expect(folders.unseen(t.jobId, scan).map((folder) => folder.id)).toEqual([t.containerId, b, unfinished]);
    expect(folders.children(t.containerId, scan).map((folder) => folder.name)).toEqual(['a']);
    expect(folders.child(t.containerId, 'b')?.id).toBe(b);
    expect(folders.child(t.containerId, 'z')).toBeUndefined();
    expect(folders.containers().map((folder) => folder.id)).toEqual([t.containerId]);
  });
});

test('a folder that fails takes all below with it, and is told once', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const { files, folders } = t.ledger;
    const top = recordFolder(t.ledger, t.jobId, t.scan, t.containerId, 'top');
    const below = recordFolder(t.ledger, t.jobId, t.scan, top, 'below');
    const file = recordFile(t, below, found('a'));
    const link = recordFile(t, below, found('link', { kind: 'link', problem }));
    const beside = recordFile(t, t.containerId, found('a'));
    folders.fail(top, { ...problem, code: 'name.invalid' });
    expect(folders.failures(t.jobId, t.scan).map((folder) => folder.id)).toEqual([top]);
    expect(folders.get(below)).toMatchObject({ state: 'failed', problem: { code: 'name.invalid' } });
    expect(files.get(file)).toMatchObject({ outcome: 'failed', problem: { code: 'name.invalid' } });
    expect(files.get(link)!.outcome).toBe('special');
    expect(files.get(beside)!.outcome).toBe('pending');
    expect(files.failures(t.jobId, 0, 10).map((row) => row.id)).toEqual([file, link]);
    expect(files.failures(t.jobId, file, 10).map((row) => row.id)).toEqual([link]);
    expect(files.ofFolder(below, t.scan, 0, 10)).toEqual([]);
  });
});

test('paths are put together from names, in bytes where one is not valid UTF-8', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const { folders } = t.ledger;
    const add = (parentId: number | null, name: string, nameRaw: Uint8Array | null) =>
      folders.record({ ownerId: t.jobId, parentId, name, nameRaw, scan: t.scan, complete: true });
    const text = add(t.containerId, 'sub', null);
    expect(folders.path(text)).toEqual({ display: '/data/sub', local: '/data/sub' });
    const raw = add(text, '‛E9', Uint8Array.of(0xe9));
    const twin = add(text, '‛E9', null);
    expect(twin).not.toBe(raw);
    expect(add(text, '‛E9', Uint8Array.of(0xe9))).toBe(raw);
    const below = add(raw, 'deep', null);
    const bytes = Buffer.concat([Buffer.from('/data/sub/'), Buffer.of(0xe9), Buffer.from('/deep')]);
    expect(folders.path(below)).toEqual({ display: '/data/sub/‛E9/deep', local: bytes });
    expect(() => folders.path(999)).toThrow('no folder 999');
    expect(joinPath({ display: '/', local: '/' }, 'a', null)).toEqual({ display: '/a', local: '/a' });
    const root = joinPath({ display: '/', local: '/' }, 'x', Uint8Array.of(0xff));
    expect(root.local).toEqual(Buffer.of(0x2f, 0xff));
  });
});

test('a file keeps its facts beyond 2^53, its digest and its copy on Box', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const { files } = t.ledger;
    const id = recordFile(t, t.containerId, found('a'));
    const box = { fileId: '12', name: 'A', etag: null, versionId: '13', sha1: 'd' };
    files.setDigest(id, 'd', 'facts');
    files.setBox(id, box);
    expect(files.get(id)).toEqual({
      id, ownerId: t.jobId, folderId: t.containerId, name: 'a', nameRaw: null, facts: facts(), outcome: 'pending',
      problem: null, seenAt: t.scan, sha1: 'd', sha1Facts: 'facts', box,
    }); // prettier-ignore
    files.setFacts(id, facts({ sizeBytes: 2 ** 40, birthtimeNs: '1' }), 99);
    expect(files.get(id)).toMatchObject({ facts: { sizeBytes: 2 ** 40, birthtimeNs: '1' }, seenAt: 99, sha1: 'd' });
    const vanished = recordFile(t, t.containerId, found('v', { facts: null, problem }));
    expect(files.get(vanished)).toMatchObject({ facts: null, outcome: 'failed', problem });
    recordFile(t, t.containerId, found('v'));
    expect(files.get(vanished)).toMatchObject({ outcome: 'pending', problem: null });
    expect(files.child(t.containerId, 'v')?.id).toBe(vanished);
    expect(files.get(999)).toBeUndefined();
    expect(files.walk(0, 1).map((row) => row.id)).toEqual([id]);
    expect(files.walk(id, 10).map((row) => row.id)).toEqual([vanished]);
    expect(files.ofFolder(t.containerId, t.scan, id, 10).map((row) => row.id)).toEqual([vanished]);
  });
});

test('the queue goes by lane, priority and age', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const { transfers } = t.ledger;
    const [a, b, c, large] = ['a', 'b', 'c', 'large'].map((name) =>
      createTransfer(t, recordFile(t, t.containerId, found(name)), name === 'large' ? 1 : 0),
    ) as [number, number, number, number];
    const next = (lane: 0 | 1, limit = 10) => transfers.next(t.jobId, lane, limit).map((row) => row.id);
    transfers.setPriority(c, 1);
    expect(next(0)).toEqual([c, a, b]);
    expect(next(0, 2)).toEqual([c, a]);
    expect(next(1)).toEqual([large]);
    transfers.move(a, 'sending', {}, 1);
    transfers.setKind(b, 'session', 1);
    expect(next(0)).toEqual([c]);
    expect(next(1)).toEqual([b, large]);
    expect(transfers.countLive(t.jobId)).toEqual(new Map([['queued', 3], ['sending', 1]])); // prettier-ignore
    expect(transfers.countLive(999)).toEqual(new Map());
  });
});

test('transfers are listed in order by owner and state', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const { transfers } = t.ledger;
    const other = { ...t, jobId: openJob(t.ledger, t.accountId, '/other') };
    const ids = Array.from({ length: 9 }, (_, index) => {
      const owner = index % 3 === 0 ? other : t;
      return createTransfer(owner, recordFile(owner, t.containerId, found(`file ${index}`)));
    });
    for (const [index, id] of ids.entries()) if (index % 2) transfers.move(id, 'paused', {}, 1);
    const list = (ownerId: number | null, states: ('queued' | 'paused' | 'done')[] | null, after = 0, limit = 100) =>
      transfers.list({ ownerId, states, after, limit }).map((row) => ids.indexOf(row.id));
    expect(list(null, null)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(list(null, null, ids[3], 2)).toEqual([4, 5]);
    expect(list(other.jobId, null)).toEqual([0, 3, 6]);
    expect(list(t.jobId, ['paused'])).toEqual([1, 5, 7]);
    expect(list(null, ['paused', 'queued'], ids[1], 3)).toEqual([2, 3, 4]);
    expect(list(null, ['done'])).toEqual([]);
    expect(list(null, [])).toEqual([]);
  });
});

test('parts belong to a session, and another one voids them', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const { transfers, parts } = t.ledger;
    const id = createTransfer(t, recordFile(t, t.containerId, found('a')));
    transfers.setSession(id, session);
    parts.sending(id, 1, 's1');
    parts.sending(id, 1, 's1');
    parts.done(id, part(1));
    parts.done(id, { ...part(0), origin: 'on-box' });
    expect(parts.list(id)).toEqual([
      { index: 0, state: 'done', sha1: 's0', partId: 'P0', attempts: 0, origin: 'on-box' },
      { index: 1, state: 'done', sha1: 's1', partId: 'P1', attempts: 2, origin: 'sent' },
    ]);
    parts.sending(id, 0, 'again');
    expect(parts.list(id)[0]).toMatchObject({ state: 'sending', sha1: 'again', partId: null, origin: null });
    expect(transfers.get(id)!.session).toEqual(session);
    transfers.setSession(id, { ...session, id: 'another' });
    expect(parts.list(id)).toEqual([]);
  });
});

test('sessions of ours that outlived their transfers are found until they are settled', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const { transfers } = t.ledger;
    const end = (name: string, to: 'aborted' | 'superseded' | 'done', ours: boolean | null) => {
      const id = createTransfer(t, recordFile(t, t.containerId, found(name)));
      if (ours !== null) transfers.setSession(id, { ...session, ours });
      transfers.move(id, to, {}, 1);
      return id;
    };
    const expected = [end('a', 'aborted', true), end('b', 'superseded', true)];
    end('adopted', 'aborted', false);
    end('done', 'done', true);
    end('none', 'aborted', null);
    expect(transfers.orphanSessions(10).map((row) => row.id)).toEqual(expected);
    transfers.setSession(expected[0]!, null);
    expect(transfers.orphanSessions(10).map((row) => row.id)).toEqual([expected[1]]);
  });
});

test('what a transfer is about can be changed', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const { transfers } = t.ledger;
    const id = createTransfer(t, recordFile(t, t.containerId, found('a')));
    const base = { fileId: '5', etag: '1', sha1: null };
    transfers.setTarget(id, 'a (2)', base);
    transfers.setFacts(id, facts({ sizeBytes: 5 }));
    transfers.setIntended(id, 'i');
    transfers.addSentBytes(id, 3);
    transfers.addSentBytes(id, 4);
    const changed = {
      name: 'a (2)',
      base,
      sizeBytes: 5,
      facts: facts({ sizeBytes: 5 }),
      intendedSha1: 'i',
      sentBytes: 7,
    };
    expect(transfers.get(id)).toMatchObject(changed);
    transfers.setTarget(id, 'a', null);
    transfers.setIntended(id, null);
    expect(transfers.get(id)).toMatchObject({ name: 'a', base: null, intendedSha1: null });
    expect(transfers.get(999)).toBeUndefined();
  });
});

test('receipts are listed by job, and only for equal content', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const { receipts } = t.ledger;
    const other = openJob(t.ledger, t.accountId, '/other');
    const { ownerId, ...receipt } = {
      ownerId: t.jobId, path: '/data/a', sizeBytes: 3, sha1: 's', boxSha1: 's', fileId: '1', versionId: null, etag: '0',
      how: 'sent' as const, sentBytes: 3, at: 4,
    }; // prettier-ignore
    receipts.add({ ...receipt, ownerId });
    receipts.add({ ...receipt, ownerId: other, how: 'adopted' });
    expect(receipts.list({ ownerId: t.jobId, after: 0, limit: 10 })).toEqual([
      { id: 1, jobId: t.jobId, pairId: null, ...receipt },
    ]);
    expect(receipts.list({ ownerId: null, after: 0, limit: 10 })).toHaveLength(2);
    expect(receipts.list({ ownerId: null, after: 1, limit: 10 })).toMatchObject([{ jobId: other }]);
    expect(() => receipts.add({ ...receipt, ownerId, boxSha1: 'other' })).toThrow('CHECK');
  });
});

test('a timeline shows its newest thousand entries', async () => {
  const t = await openTestLedger();
  t.db.transaction(() => {
    const { transfers } = t.ledger;
    const id = createTransfer(t, recordFile(t, t.containerId, found('a')));
    for (let index = 1; index <= 1001; index += 1) transfers.move(id, 'queued', { note: String(index) }, index);
    const timeline = t.ledger.timeline.list(id);
    expect(timeline).toHaveLength(1000);
    expect(timeline[0]).toEqual({ at: 2, state: 'queued', note: '2' });
    expect(timeline.at(-1)).toEqual({ at: 1001, state: 'queued', note: '1001' });
  });
});
