import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ByteBucket } from '../../../main/engine/schedule/byte-bucket.ts';
import { systemClock } from '../../../main/platform/clock.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const forever = new AbortController().signal;

interface Grant {
  taker: number;
  atMs: number;
  bytes: number;
}

/** Takers that always want so many bytes more; what each got, and when. */
function takers(bucket: ByteBucket, wants: readonly number[], signal = forever): Grant[] {
  const grants: Grant[] = [];
  const take = async (taker: number, bytes: number) => {
    for (;;) {
      const got = await bucket.take(bytes, signal);
      grants.push({ taker, atMs: systemClock.monotonic(), bytes: got });
    }
  };
  wants.forEach((bytes, taker) => void take(taker, bytes).catch(() => undefined));
  return grants;
}

const sum = (grants: readonly Grant[]) => grants.reduce((total, { bytes }) => total + bytes, 0);

describe('a bucket of bytes', () => {
  test('gives in no span more than rate x time + burst, and within 5 % of the rate over ten seconds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1000, max: 200_000_000 }),
        fc.array(fc.integer({ min: 1, max: 2 ** 20 }), { minLength: 1, maxLength: 5 }),
        async (rate, wants) => {
          const stop = new AbortController();
          const bucket = new ByteBucket(systemClock);
          bucket.setRate(rate);
          // Who always wants a byte alone would be asked for each of them.
          const grants = takers(
            bucket,
            wants.map((bytes) => Math.max(bytes, Math.ceil(rate / 1000))),
            stop.signal,
          );
          await vi.advanceTimersByTimeAsync(10_000);
          stop.abort();
          expect(Math.abs(sum(grants) / (rate * 10) - 1)).toBeLessThan(0.05 + bucket.burstBytes / (rate * 10));
          // Any span: from the first grant on, and short ones later.
          const starts = [0, ...Array.from({ length: 50 }, (_, n) => n)];
          for (const [index, first] of starts.entries()) {
            const span = grants.slice(first, index === 0 ? undefined : first + 20);
            const spanMs = (span.at(-1)?.atMs ?? 0) - (span[0]?.atMs ?? 0);
            expect(sum(span)).toBeLessThanOrEqual((rate * spanMs) / 1000 + bucket.burstBytes + 1);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test('saves up no more than its burst while nobody asks', async () => {
    const bucket = new ByteBucket(systemClock);
    bucket.setRate(1_000_000);
    await vi.advanceTimersByTimeAsync(60_000);
    const grants = takers(bucket, [2 ** 20]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(sum(grants)).toBeLessThanOrEqual(1_000_000 + bucket.burstBytes);
    expect(bucket.burstBytes).toBe(200_000);
  });

  test('shares evenly: nobody starves, whoever wants more', async () => {
    const bucket = new ByteBucket(systemClock);
    bucket.setRate(2_000_000);
    const grants = takers(bucket, [2 ** 20, 2 ** 20, 2 ** 20, 300_000, 2 ** 20]);
    await vi.advanceTimersByTimeAsync(10_000);
    const shares = [0, 1, 2, 3, 4].map((taker) => sum(grants.filter((grant) => grant.taker === taker)));
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(200_000);
    // One that wants little is served in its turn, and not after all that wait.
    expect(grants.slice(0, 5).map(({ taker }) => taker)).toEqual([0, 1, 2, 3, 4]);
  });

  test('a new rate holds for those who wait already: faster, slower and none', async () => {
    const bucket = new ByteBucket(systemClock);
    bucket.setRate(1000);
    const stop = new AbortController();
    const grants = takers(bucket, [2 ** 20], stop.signal);
    await vi.advanceTimersByTimeAsync(3000);
    expect(sum(grants)).toBeLessThanOrEqual(4024);
    bucket.setRate(1_000_000);
    grants.length = 0;
    await vi.advanceTimersByTimeAsync(1000);
    expect(sum(grants)).toBeGreaterThan(900_000);
    bucket.setRate(1000);
    grants.length = 0;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sum(grants)).toBeLessThan(12_100);
    expect(sum(grants)).toBeGreaterThan(8900);
    stop.abort();
    const waiting = bucket.take(500_000, forever);
    bucket.setRate(null);
    expect(await waiting).toBe(500_000);
    expect(bucket.isLimited).toBe(false);
  });

  test('waiting ends with the signal at once, and the others go on', async () => {
    const bucket = new ByteBucket(systemClock);
    bucket.setRate(1000);
    const stop = new AbortController();
    const stopped = bucket.take(2 ** 20, stop.signal);
    const other = bucket.take(10, forever);
    stop.abort(new Error('stopped'));
    await expect(stopped).rejects.toThrow('stopped');
    await vi.advanceTimersByTimeAsync(20);
    expect(await other).toBe(10);
    await expect(bucket.take(1, stop.signal)).rejects.toThrow('stopped');
    expect(vi.getTimerCount()).toBe(0);
  });
});
