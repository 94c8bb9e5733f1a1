import { describe, expect, test } from 'vitest';
import { pairOptionsSchema } from '../../../shared/pair-model.ts';
import type { TrafficRule } from '../../../shared/settings.ts';
import { beginAgain } from '../../../main/engine/job/begin-again.ts';
import { OverviewMaker } from '../../../main/engine/progress/overview-maker.ts';
import { OverviewView } from '../../../main/engine/progress/overview-view.ts';
import { createTransfer, facts, found, openJob, problem, recordFile, recordFolder } from '../ledger/support.ts';
import { openScene, type Scene } from './support-views.ts';

const megabyte = 1_000_000;
const session = {
  id: 's', partSizeBytes: megabyte, totalParts: 10, expiresAt: '2030-01-01T00:00:00Z', ours: true,
  endpoints: { uploadPart: 'u', commit: 'c', abort: 'a', listParts: 'l', status: 's' },
}; // prettier-ignore

const noRule: TrafficRule = { bytesPerSecond: null, paused: false, pausedBy: null, until: null };

async function open(downForMs = () => 0, rule = () => noRule) {
  const scene = await openScene();
  const make = (uploadsPerMinute = 0) =>
    new OverviewMaker({ ...scene, uploadsPerMinute: () => uploadsPerMinute, downForMs, rule });
  return { ...scene, make };
}

function addFile(scene: Scene, name: string, sizeBytes: number): { fileId: number; transferId: number } {
  const fileId = recordFile(scene, scene.containerId, { ...found(name), facts: facts({ sizeBytes }) });
  return { fileId, transferId: createTransfer(scene, fileId) };
}

describe('the overview', () => {
  test('counts what is left of jobs that go on and of pairs, without what is on Box or on the wire already', async () => {
    const scene = await open();
    const { db, ledger, jobId, board, accountId } = scene;
    const overview = scene.make();
    expect(overview.make()).toMatchObject({ left: { files: 0, bytes: 0 }, etaMs: null, pairs: 0, continued: 0 });
    const [small, large] = db.transaction(() => {
      ledger.jobs.setState(jobId, 'active', null, 1);
      return [addFile(scene, 'small', 500), addFile(scene, 'large', 10 * megabyte - 5)] as const;
    });
    expect(overview.make().left).toEqual({ files: 2, bytes: 10 * megabyte + 495 });
    db.transaction(() => {
      ledger.transfers.setKind(large.transferId, 'session', 1);
      ledger.transfers.setSession(large.transferId, session);
      // The last one is shorter.
      for (const index of [0, 9]) {
        ledger.parts.done(large.transferId, {
          index, offset: 0, sizeBytes: 1, partId: 'p', sha1: 'a', origin: 'sent',
        }); // prettier-ignore
      }
    });
    // The file is as large as its transfer by then.
    db.transaction(() => ledger.transfers.setFacts(large.transferId, facts({ sizeBytes: 10 * megabyte - 5 })));
    expect(overview.make().left).toEqual({ files: 2, bytes: 8 * megabyte + 500 });
    const live = board.begin(large.transferId, jobId);
    live.partsDone = 2;
    live.partBytes = 2 * megabyte - 5;
    live.parts.set(3, { state: 'sending', sentBytes: 1000, attempts: 1, problem: null, speed: live.speed });
    board.begin(small.transferId, jobId).directBytes = 100;
    expect(overview.make().left).toEqual({ files: 2, bytes: 8 * megabyte + 500 - 1100 });
    // A job that was stopped, and its transfers, are not going on.
    db.transaction(() => ledger.jobs.setState(jobId, 'stopped', null, 1));
    expect(overview.make().left).toEqual({ files: 0, bytes: 0 });
    const pairId = db.transaction(
      () =>
      ledger.pairs.add({
        accountId, path: '/p', pathRaw: null, target: '0', targetFolderId: '0', options: pairOptionsSchema.parse({}), now: 1,
      }), // prettier-ignore
    );
    db.transaction(() => {
      const folderId = recordFolder(ledger, pairId, 0, null, '/p');
      ledger.files.record({
        ownerId: pairId,
        folderId,
        scan: 0,
        now: 1,
        ...found('x'),
        facts: facts({ sizeBytes: 77 }),
      });
    });
    expect(overview.make()).toMatchObject({ left: { files: 1, bytes: 77 }, pairs: 1 });
    db.transaction(() => ledger.pairs.setPaused(pairId, true, null));
    expect(overview.make()).toMatchObject({ left: { files: 0, bytes: 0 }, pairs: 1 });
  });

  test('the time left waits until the tree is read, and counts the pace of Box', async () => {
    const scene = await open();
    const { db, ledger, jobId, board, clock } = scene;
    const overview = scene.make(60);
    const { transferId } = db.transaction(() => {
      ledger.jobs.setState(jobId, 'scanning', null, 1);
      return [1, 2, 3].map((one) => addFile(scene, `f${one}`, 1000))[0]!;
    });
    const live = board.begin(transferId, jobId);
    for (let n = 0; n < 30; n += 1) {
      clock.pass(100);
      board.sent(live, 100, false);
    }
    expect(overview.make()).toMatchObject({ bytesPerSecond: expect.closeTo(1000, -2) as number, etaMs: null });
    db.transaction(() => ledger.jobs.setState(jobId, 'active', null, 1));
    // 3,000 bytes at 1,000 a second are 3 s; so are three files at one a second.
    expect(overview.make().etaMs).toBeCloseTo(3000, -3);
    expect(scene.make(6).make().etaMs).toBe(30_000);
  });

  test('tells what stops everything, and not what stops one job or file', async () => {
    let downForMs = 0;
    const scene = await open(() => downForMs);
    const { db, ledger, jobId, accountId, clock } = scene;
    const overview = scene.make();
    const [first, other] = db.transaction(() => {
      const { transferId } = addFile(scene, 'a', 5);
      ledger.transfers.move(transferId, 'needs-you', { problem }, 5);
      ledger.jobs.setState(jobId, 'blocked', { ...problem, code: 'target.not-found' }, 1);
      return [transferId, openJob(ledger, accountId, '/other')] as const;
    });
    expect(overview.make().problem).toBeNull();
    const signIn = { ...problem, code: 'account.sign-in' as const, at: 9 };
    db.transaction(() => ledger.jobs.setState(other, 'blocked', signIn, 1));
    expect(overview.make()).toMatchObject({ problem: signIn, counts: { 'needs-you': 1 } });
    downForMs = 2000;
    const down = overview.make().problem;
    expect(down).toMatchObject({ code: 'network.unreachable', at: clock.now() - 2000 });
    clock.pass(500);
    downForMs = 2501;
    expect(overview.make().problem).toBe(down);
    downForMs = 0;
    // Something goes up, so that not everything is stopped.
    db.transaction(() => {
      ledger.transfers.move(first, 'queued', {}, 6);
      ledger.transfers.move(first, 'sending', {}, 6);
    });
    expect(overview.make().problem).toBeNull();
  });

  test('counts what goes on from before: of what something had left this machine', async () => {
    const scene = await open();
    const { db, ledger } = scene;
    const ids = db.transaction(() => {
      const made = ['queued', 'sent off', 'in parts', 'paused', 'done'].map(
        (name) => addFile(scene, name, 9).transferId,
      );
      const [, direct, parts, paused, done] = made as [number, number, number, number, number];
      ledger.transfers.move(direct, 'sending', { intendedSha1: 'a'.repeat(40) }, 5);
      for (const id of [parts, paused, done]) ledger.transfers.setSession(id, session);
      ledger.transfers.move(parts, 'sending', {}, 5);
      ledger.transfers.move(paused, 'paused', {}, 5);
      ledger.transfers.move(done, 'done', {}, 5);
      beginAgain(ledger, 6);
      return made;
    });
    const overview = scene.make();
    expect(overview.make().continued).toBe(3);
    // What begins now has not been under way before.
    db.transaction(() => {
      ledger.transfers.setIntended(ids[0]!, 'a'.repeat(40));
      ledger.transfers.move(ids[1]!, 'done', {}, 7);
      ledger.transfers.move(ids[3]!, 'aborted', {}, 7);
    });
    expect(overview.make().continued).toBe(1);
  });

  test('counts files and folders that have a problem, and open questions, nothing twice', async () => {
    const scene = await open();
    const { db, ledger, jobId, scan, containerId } = scene;
    const overview = scene.make();
    db.transaction(() => {
      const { fileId } = addFile(scene, 'a', 5);
      ledger.files.setOutcome(fileId, 'failed', problem);
      ledger.folders.fail(recordFolder(ledger, jobId, scan, containerId, 'x'), problem);
      ledger.questions.ask(
        { ownerId: jobId, kind: 'conflict', fileId, folderId: null, path: 'a', text: 't', detail: {} },
        1,
      );
    });
    // What a question is open about is counted there.
    expect(overview.make()).toMatchObject({ problems: 1, questions: 1 });
  });

  test('says what holds of limit and pause, and is another one when that changes', async () => {
    let rule = noRule;
    const { make, clock } = await open(undefined, () => rule);
    const overview = make();
    const view = new OverviewView(
      () => overview.make(),
      () => clock.monotonic(),
      false,
    );
    expect(view.next()).toMatchObject({ overview: { rule: { paused: false } } });
    expect(view.next()).toBeUndefined();
    rule = { ...noRule, paused: true, pausedBy: 'battery' };
    expect(view.next()).toMatchObject({ overview: { rule: { pausedBy: 'battery' } } });
  });

  test('that nobody looks at is sent once a second', async () => {
    const { db, ledger, jobId, clock, make } = await open();
    const overview = make();
    const view = new OverviewView(
      () => overview.make(),
      () => clock.monotonic(),
      true,
    );
    const change = (state: 'active' | 'stopped') => db.transaction(() => ledger.jobs.setState(jobId, state, null, 1));
    const write = () =>
      db.transaction(() => recordFile({ db, ledger, jobId, scan: 1 } as never, 1, found(`f${clock.now()}`)));
    change('active');
    expect(view.next()).toMatchObject({ kind: 'overview' });
    clock.pass(300);
    write();
    expect(view.next()).toBeUndefined();
    expect(view.againMs).toBe(700);
    clock.pass(700);
    expect(view.next()).toMatchObject({ overview: { left: { files: 1 } } });
    expect(view.againMs).toBe(Infinity);
    clock.pass(5000);
    expect(view.next()).toBeUndefined();
  });
});
