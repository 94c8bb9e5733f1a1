import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { listFilterSchema } from '../../../shared/list-model.ts';
import type { Batch, Outcome, View } from '../../../shared/progress-contract.ts';
import { ProgressHub } from '../../../main/engine/progress/hub.ts';
import { OverviewMaker } from '../../../main/engine/progress/overview-maker.ts';
import type { Clock } from '../../../main/platform/clock.ts';
import { createTransfer, found, recordFile } from '../ledger/support.ts';
import { openScene } from './support-views.ts';

/** Timers go on when the test says so, and the clock with them. */
const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now(), random: () => 0.5 };
const list: View = { kind: 'list', filter: listFilterSchema.parse({}), from: 0, count: 20 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'Date', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function open() {
  const scene = await openScene(clock);
  const { ledger, board, rows, db } = scene;
  const sent: { at: number; subscription: number; batch: Batch }[] = [];
  /** What the other side does with a batch. */
  const fate = { answer: (): Promise<unknown> => Promise.resolve({}) };
  const overview = new OverviewMaker({
    ledger,
    board,
    clock,
    uploadsPerMinute: () => 0,
    downForMs: () => 0,
    rule: () => ({ bytesPerSecond: null, paused: false, pausedBy: null, until: null }),
  });
  const hub = new ProgressHub({
    ledger,
    board,
    rows,
    overview,
    clock,
    pairs: () => ({ pairs: [], bytesPerSecond: null, etaMs: null, active: [] }),
    send: (subscription, batch) => {
      sent.push({ at: performance.now(), subscription, batch });
      return fate.answer();
    },
  });
  onTestFinished(() => hub.close());
  let files = 0;
  const add = () =>
    db.transaction(() => createTransfer(scene, recordFile(scene, scene.containerId, found(`f${(files += 1)}`))));
  return { ...scene, hub, sent, fate, add };
}

describe('progress that is subscribed', () => {
  test('comes at once, after each change, and while nothing happens the engine sleeps', async () => {
    const { hub, sent, add } = await open();
    add();
    hub.subscribe(list);
    hub.subscribe({ kind: 'overview', hidden: false });
    await vi.advanceTimersByTimeAsync(1);
    expect(sent.map(({ batch }) => batch.kind)).toEqual(['list', 'overview']);
    await vi.advanceTimersByTimeAsync(500);
    expect(sent).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
    add();
    await vi.advanceTimersByTimeAsync(1);
    expect(sent.slice(2)).toMatchObject([
      { batch: { kind: 'list', whole: false, counts: { waiting: 2 }, rows: [{}] } },
      { batch: { kind: 'overview', overview: { counts: { waiting: 2 } } } },
    ]);
    await vi.advanceTimersByTimeAsync(500);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is sent ten times a second at most, however often something changes', async () => {
    const { hub, sent, add } = await open();
    hub.subscribe(list);
    for (let n = 0; n < 200; n += 1) {
      add();
      hub.flush();
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(100);
    expect(sent.length).toBeGreaterThan(15);
    expect(sent.length).toBeLessThanOrEqual(21);
    expect(sent.at(-1)!.batch).toMatchObject({ counts: { waiting: 200 } });
  });

  test('waits for the answer, and then newer state has replaced older', async () => {
    const { hub, sent, fate, add } = await open();
    const answer = Promise.withResolvers<unknown>();
    fate.answer = () => answer.promise;
    hub.subscribe(list);
    await vi.advanceTimersByTimeAsync(1);
    for (let n = 0; n < 5; n += 1) {
      add();
      await vi.advanceTimersByTimeAsync(300);
    }
    expect(sent).toHaveLength(1);
    answer.resolve({});
    await vi.advanceTimersByTimeAsync(110);
    expect(sent).toHaveLength(2);
    expect(sent[1]!.batch).toMatchObject({ whole: false, counts: { waiting: 5 } });
  });

  test('is whole again after a batch that did not arrive; who never answers is gone', async () => {
    const { hub, sent, fate, add } = await open();
    add();
    hub.subscribe(list);
    await vi.advanceTimersByTimeAsync(200);
    fate.answer = () => Promise.reject(new Error('lost'));
    add();
    await vi.advanceTimersByTimeAsync(50);
    expect(sent).toHaveLength(2);
    fate.answer = () => Promise.resolve({});
    await vi.advanceTimersByTimeAsync(300);
    expect(sent).toHaveLength(3);
    expect(sent[2]!.batch).toMatchObject({ whole: true, rows: [{}, {}] });
    fate.answer = () => Promise.reject(new Error('gone'));
    add();
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toHaveLength(5);
    add();
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toHaveLength(5);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('looks on while something moves, and until rates have gone down', async () => {
    const { hub, sent, board, jobId, add } = await open();
    const id = add();
    hub.subscribe({ kind: 'transfer', transferId: id });
    await vi.advanceTimersByTimeAsync(300);
    const live = board.begin(id, jobId);
    // The journal of a run writes as it begins.
    add();
    for (let n = 0; n < 40; n += 1) {
      board.sent(live, 100, false);
      live.directBytes += 100;
      await vi.advanceTimersByTimeAsync(100);
    }
    const last = sent.at(-1)!.batch;
    expect(last).toMatchObject({ transfer: { bytesPerSecond: expect.closeTo(1000, -2) as number } });
    expect(sent.length).toBeGreaterThan(30);
    board.end(id);
    await vi.advanceTimersByTimeAsync(7000);
    expect(sent.at(-1)!.batch).toMatchObject({ transfer: { bytesPerSecond: null } });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that is hidden comes once a second', async () => {
    const { hub, sent, add } = await open();
    hub.subscribe({ kind: 'overview', hidden: true });
    for (let n = 0; n < 50; n += 1) {
      add();
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent.length).toBeGreaterThanOrEqual(5);
    expect(sent.length).toBeLessThanOrEqual(7);
    expect(sent.at(-1)!.batch).toMatchObject({ overview: { counts: { waiting: 50 } } });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('what became of files is kept for who follows a job at once, and not for ever', async () => {
    const { hub, sent, jobId } = await open();
    const sentFile = (path: string): Outcome => ({
      ...{ path, outcome: 'sent', sizeBytes: 1, sentBytes: 1, transferId: null, sha1: null },
      ...{ fileId: null, versionId: null, boxName: null, problem: null },
    });
    hub.expect(jobId);
    hub.outcome(jobId, sentFile('early'));
    await vi.advanceTimersByTimeAsync(1000);
    hub.subscribe({ kind: 'outcomes', jobId });
    await vi.advanceTimersByTimeAsync(100);
    expect(sent.map(({ batch }) => batch)).toMatchObject([{ outcomes: [{ path: 'early' }] }]);
    hub.expect(jobId);
    hub.outcome(jobId, sentFile('unfollowed'));
    await vi.advanceTimersByTimeAsync(90_000);
    hub.outcome(jobId, sentFile('late'));
    hub.subscribe({ kind: 'outcomes', jobId });
    await vi.advanceTimersByTimeAsync(100);
    const told = sent.filter(({ subscription }) => subscription === 2);
    expect(told).toEqual([]);
  });

  test('of what does not exist is refused', async () => {
    const { hub } = await open();
    expect(() => hub.subscribe({ kind: 'transfer', transferId: 99 })).toThrow('There is no transfer t99');
  });
});
