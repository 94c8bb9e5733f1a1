// The limit from the outside: bytes are counted where they come out of the sandbox's sockets.
import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { systemClock, type Clock } from '../../../main/platform/clock.ts';
import { parseSchedule } from '../../../shared/schedule-text.ts';
import {
  content,
  mebibyte,
  openEngine,
  sessionMinimum,
  TestBox,
  writeOld,
  type TestEngine,
} from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const sampleMs = 25;

interface Sample {
  atMs: number;
  bytes: number;
}

/** Counts what all servers of this process receive, and when. */
class ReceivedBytes {
  readonly samples: Sample[] = [];
  readonly #sockets = new Set<Socket>();
  #ended = 0;

  constructor() {
    const opened = channel('net.server.socket');
    const onSocket = (message: unknown) => {
      const { socket } = message as { socket: Socket };
      this.#sockets.add(socket);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.#ended += socket.bytesRead;
      });
    };
    opened.subscribe(onSocket);
    const timer = setInterval(() => this.sample(), sampleMs);
    onTestFinished(() => {
      opened.unsubscribe(onSocket);
      clearInterval(timer);
    });
  }

  get total(): number {
    return this.#ended + [...this.#sockets].reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }

  sample(): Sample {
    const sample = { atMs: performance.now(), bytes: this.total };
    this.samples.push(sample);
    return sample;
  }

  /** Resolves at the first sample after so many bytes more, or after the time. */
  async until(moreBytes: number, withinMs: number): Promise<Sample> {
    const from = this.sample();
    for (;;) {
      const sample = this.sample();
      if (sample.bytes - from.bytes >= moreBytes || sample.atMs - from.atMs >= withinMs) return sample;
      await delay(sampleMs);
    }
  }

  /** Bytes a second over the time from now on. */
  async rate(durationMs: number): Promise<number> {
    const from = this.sample();
    const to = await this.until(Infinity, durationMs);
    return ((to.bytes - from.bytes) * 1000) / (to.atMs - from.atMs);
  }

  /** The most by which any span since a sample has more than rate x time. */
  excess(since: Sample, bytesPerSecond: number): number {
    let [least, most] = [Infinity, 0];
    for (const { atMs, bytes } of this.samples.filter((sample) => sample.atMs >= since.atMs)) {
      const ahead = bytes - (bytesPerSecond * atMs) / 1000;
      least = Math.min(least, ahead);
      most = Math.max(most, ahead - least);
    }
    return most;
  }
}

async function scene(partSize: number, clock?: Clock) {
  const received = new ReceivedBytes();
  const box = await TestBox.start({ partSize });
  const home = temporaryFolder();
  const engine = await openEngine(box, { home, ...(clock ? { clock } : {}) });
  return { box, engine, home, received };
}

const limitTo = (engine: TestEngine, limitBytesPerSecond: number | null) =>
  engine.commands.setSettings({ changes: { limitBytesPerSecond } });

/** A file of so many MiB that goes up in parts. */
function bigFile(mebibytes: number, name = 'big.bin'): string {
  const path = join(temporaryFolder(), name);
  writeOld(path, content(mebibytes * mebibyte));
  return path;
}

describe('a bandwidth limit', () => {
  test('holds all parts of all files together', { retry: 2, timeout: 60_000 }, async () => {
    const { engine, received } = await scene(2 * mebibyte);
    const rate = 4_000_000;
    await limitTo(engine, rate);
    const since = received.sample();
    const job = await engine.start([bigFile(22, 'a.bin'), bigFile(21, 'b.bin')]);
    await received.until(mebibyte, 10_000);
    const steady = await received.rate(5000);
    expect(steady / rate).toBeGreaterThan(0.9);
    expect(steady / rate).toBeLessThan(1.06);
    // 0.2 s of it at once, and what a busy machine reads late.
    expect(received.excess(since, rate)).toBeLessThan(rate * 0.6);
    await limitTo(engine, null);
    expect((await job.rest()).summary.counts).toMatchObject({ sent: 2, failed: 0 });
  });

  test('holds small files too', { retry: 2, timeout: 60_000 }, async () => {
    const { engine, received } = await scene(2 * mebibyte);
    const rate = 1_000_000;
    await limitTo(engine, rate);
    const root = join(temporaryFolder(), 'tree');
    for (let n = 0; n < 400; n += 1) writeOld(join(root, `${n}.bin`), content(20_000));
    const since = received.sample();
    const job = await engine.start([root]);
    await received.until(100_000, 10_000);
    // Heads of requests and of forms come on top of it.
    expect(await received.rate(3000)).toBeLessThan(rate * 1.2);
    expect(received.excess(since, rate * 1.15)).toBeLessThan(rate);
    await limitTo(engine, null);
    expect((await job.rest()).summary.counts).toMatchObject({ sent: 400, failed: 0 });
  });

  test(
    'is felt within a second by parts on their way: slower, faster, none',
    { retry: 2, timeout: 60_000 },
    async () => {
      const { box, engine, received } = await scene(16 * mebibyte);
      await limitTo(engine, 8_000_000);
      const job = await engine.start([bigFile(48)]);
      await received.until(3 * mebibyte, 10_000);
      await limitTo(engine, 500_000);
      // What the sockets of both sides hold has left already.
      await received.until(Infinity, 1000);
      expect(await received.rate(2000)).toBeLessThan(600_000);
      await limitTo(engine, 5_000_000);
      await received.until(Infinity, 1000);
      expect(await received.rate(2000)).toBeGreaterThan(4_000_000);
      await limitTo(engine, null);
      const { summary } = await job.rest();
      expect(summary.counts).toMatchObject({ sent: 1, failed: 0 });
      expect([...box.partPuts().values()].every((puts) => puts === 1)).toBe(true);
    },
  );

  test('that is low keeps to one part at a time, and more go up once it is lifted', async () => {
    const { box, engine, received } = await scene(8 * mebibyte);
    await limitTo(engine, 100_000);
    const job = await engine.start([bigFile(40)]);
    await received.until(150_000, 10_000);
    // In a minute it carries less than a part.
    expect(box.count('upload-part')).toBe(1);
    let [inFlight, most] = [0, 0];
    box.intercept = ({ route }) => {
      if (route !== 'upload-part') return undefined;
      inFlight += 1;
      most = Math.max(most, inFlight);
      return {
        delayMs: 50,
        afterEffect: () => {
          inFlight -= 1;
          return undefined;
        },
      };
    };
    await limitTo(engine, null);
    expect((await job.rest()).summary.counts).toMatchObject({ sent: 1, failed: 0 });
    expect(most).toBeGreaterThan(1);
  });

  test('is kept, and so is every other setting that was not named', async () => {
    const { box, engine, home } = await scene(mebibyte);
    await limitTo(engine, 5_000_000);
    await engine.commands.setSettings({ changes: { partsInParallel: 2, settleMs: 500 } });
    await engine.commands.pauseAll({ durationMs: null });
    await engine.close();
    const again = await openEngine(box, { home });
    expect(await again.commands.settings({})).toEqual({
      partsInParallel: 2,
      limitBytesPerSecond: 5_000_000,
      schedule: null,
      uploadsPerMinute: null,
      callsPerMinute: null,
      settleMs: 500,
      now: { bytesPerSecond: 5_000_000, paused: true, pausedBy: 'you', until: null },
    });
    const { pairId } = await again.commands.addPair({ path: temporaryFolder(), target: '/in', options: {} });
    expect((await again.commands.pair({ pairId })).options.settleMs).toBe(500);
  });
});

describe('a pause of everything', () => {
  test('stops parts within a second and keeps what was sent; it outlives a restart', { timeout: 60_000 }, async () => {
    const { box, engine, home, received } = await scene(2 * mebibyte);
    await limitTo(engine, 6_000_000);
    const path = bigFile(30);
    const job = await engine.start([path]);
    await job.until(({ active }) => (active[0]?.parts?.done ?? 0) >= 2);
    await engine.commands.pauseAll({ durationMs: null });
    await received.until(Infinity, 1000);
    expect(await received.rate(700)).toBeLessThan(2000);
    const [row] = await engine.commands.transfers({ jobId: job.jobId, after: 0, limit: 10 });
    expect(row).toMatchObject({ state: 'queued', wait: { reason: 'pause', lengthMs: 0 } });
    expect((await engine.commands.why({ path }))[0]?.reason).toBe('Queued; everything is paused by you.');
    const { timeline } = await engine.commands.parts({ transferId: row!.id });
    expect(timeline.at(-1)).toMatchObject({ state: 'queued', note: 'paused by you' });
    await engine.close();

    const again = await openEngine(box, { home });
    const puts = box.count('upload-part');
    const next = await again.start([path]);
    await next.until(({ job: { state } }) => state === 'active');
    await received.until(Infinity, 700);
    expect(box.count('upload-part')).toBe(puts);
    await again.commands.setSettings({ changes: { limitBytesPerSecond: null } });
    await again.commands.resumeAll({});
    expect((await next.rest()).summary.counts).toMatchObject({ sent: 1, failed: 0 });
    // What was under way at the pause at most.
    expect([...box.partPuts().values()].filter((count) => count > 1).length).toBeLessThanOrEqual(4);
    expect(box.count('create-session')).toBe(1);
  });

  test('ends by itself, and a pair goes on too', async () => {
    const { box, engine } = await scene(mebibyte);
    await engine.commands.pauseAll({ durationMs: 1500 });
    const pausedAt = performance.now();
    const root = temporaryFolder();
    writeOld(join(root, 'deep', 'a.txt'), 'a');
    await engine.commands.addPair({ path: root, target: '0', options: { settleMs: 0 } });
    await engine.commands.startPairs({});
    const job = await engine.start([bigFile(1)], { target: await box.makeFolder('0', 'job') });
    const { summary } = await job.rest();
    expect(performance.now() - pausedAt).toBeGreaterThan(1400);
    expect(summary.counts.sent).toBe(1);
    await vi.waitFor(async () => expect((await box.tree()).has('deep/a.txt')).toBe(true), { timeout: 10_000 });
    expect((await engine.commands.settings({})).now.paused).toBe(false);
  });
});

describe('a schedule', () => {
  test('pauses and goes on by the local hour', { timeout: 60_000 }, async () => {
    let offsetMs = new Date(2027, 5, 7, 7, 59, 58).getTime() - Date.now();
    const clock: Clock = { ...systemClock, now: () => Date.now() + offsetMs };
    const { box, engine, received } = await scene(2 * mebibyte, clock);
    const parsed = parseSchedule(['mon 08:00-18:00 pause', 'mon 18:00-19:00 3MB/s']);
    if ('error' in parsed) throw new Error(parsed.error);
    await engine.commands.setSettings({ changes: { schedule: parsed.schedule, limitBytesPerSecond: 1_000_000 } });
    const path = bigFile(sessionMinimum / mebibyte + 4);
    const job = await engine.start([path]);
    await received.until(mebibyte, 10_000);
    offsetMs = new Date(2027, 5, 7, 8).getTime() - Date.now();
    await received.until(Infinity, 1000);
    expect(await received.rate(500)).toBeLessThan(2000);
    const [row] = await engine.commands.transfers({ jobId: job.jobId, after: 0, limit: 10 });
    expect(row).toMatchObject({ state: 'queued', wait: { reason: 'schedule' } });
    // Whoever follows the job sees why nothing moves.
    expect(job.progress.at(-1)?.active).toMatchObject([{ id: row!.id, wait: { reason: 'schedule' } }]);
    expect((await engine.commands.why({ path }))[0]?.reason).toBe(
      'Queued; everything is paused by the schedule until 18:00.',
    );
    await limitTo(engine, null);
    expect((await engine.commands.settings({})).now).toMatchObject({ paused: true, pausedBy: 'schedule' });
    offsetMs = new Date(2027, 5, 7, 18).getTime() - Date.now();
    const done = await job.rest();
    expect(done.summary.counts).toMatchObject({ sent: 1, failed: 0 });
    expect(box.count('create-session')).toBe(1);
  });
});
