import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../main/platform/clock.ts';
import { Bucket, isBoxHost, Pacer, paceFor, pauseMs } from '../../../main/engine/schedule/pacer.ts';
import { NetworkGate } from '../../../main/engine/schedule/network-gate.ts';
import { TestClock } from '../../support/engine-clock.ts';

describe('a bucket', () => {
  test('gives no more places in any minute than the limit, and nearly as many to who always wants one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 400 }),
        (limit, pauses) => {
          const bucket = new Bucket(limit);
          const given: number[] = [];
          let now = 0;
          for (const pause of [...pauses, ...Array.from({ length: limit }, () => 0)]) {
            now += pause;
            given.push(now + bucket.take(now));
          }
          given.sort((a, b) => a - b);
          for (let n = limit; n < given.length; n += 1)
            expect(given[n]! - given[n - limit]!).toBeGreaterThanOrEqual(60_000 - 1e-6);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('wastes little of it, and waits for nobody at first', () => {
    const bucket = new Bucket(240);
    const waits = Array.from({ length: 480 }, () => bucket.take(0));
    expect(waits.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 0));
    expect(waits.at(-1)! / 60_000).toBeLessThan(2.1);
  });

  test('without a limit never waits', () => {
    const bucket = new Bucket(0);
    expect(Array.from({ length: 10_000 }, () => bucket.take(0)).every((wait) => wait === 0)).toBe(true);
  });
});

describe('the pace', () => {
  test('is known for hosts of Box alone, and what was set counts for every host', () => {
    expect(paceFor('upload.box.com', {})).toEqual({ uploadsPerMinute: 240, callsPerMinute: 1000 });
    expect(paceFor('127.0.0.1:8080', {})).toEqual({ uploadsPerMinute: 0, callsPerMinute: 0 });
    expect(paceFor('127.0.0.1:8080', { callsPerMinute: 7 })).toEqual({ uploadsPerMinute: 0, callsPerMinute: 7 });
    expect(paceFor('api.box.com', { uploadsPerMinute: 0 })).toEqual({ uploadsPerMinute: 0, callsPerMinute: 1000 });
    expect(['box.com', 'upload.app.box.com', 'box.com:443'].every(isBoxHost)).toBe(true);
    expect(['notbox.com', 'box.com.evil.org', 'localhost'].some(isBoxHost)).toBe(false);
  });

  describe('over time', () => {
    const clock: Clock = { now: () => Date.now(), monotonic: () => Date.now(), random: () => 0.5 };
    test('a 429 stops every call to the host until its time is over, and no other host', async () => {
      const pacer = new Pacer(clock, {});
      const order: string[] = [];
      pacer.slowDown({ host: 'upload.box.com', kind: 'upload' }, 80);
      const signal = new AbortController().signal;
      const call = (host: string, kind: 'upload' | 'call') =>
        pacer.before({ host, kind }, signal).then(() => order.push(host));
      await Promise.all([call('api.box.com', 'call'), call('upload.box.com', 'upload'), call('127.0.0.1:1', 'call')]);
      expect(order[0]).toBe('127.0.0.1:1');
      expect(order.slice(1).sort()).toEqual(['api.box.com', 'upload.box.com']);
    });

    test('waiting ends with the signal', async () => {
      const pacer = new Pacer(clock, { callsPerMinute: 1 });
      const controller = new AbortController();
      await pacer.before({ host: 'here', kind: 'call' }, controller.signal);
      const waiting = pacer.before({ host: 'here', kind: 'call' }, controller.signal);
      controller.abort(new Error('stop'));
      await expect(waiting).rejects.toThrow('stop');
    });
  });
});

describe('the pause after a 429', () => {
  test('is what Box says, or else grows with each in a row up to a minute, never to the same instant for all', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }), (refusals, random) => {
        const lengthMs = pauseMs(refusals, undefined, () => random, 1000);
        const ceiling = Math.min(60_000, 1000 * 2 ** Math.min(refusals - 1, 30));
        expect(lengthMs).toBeGreaterThanOrEqual(ceiling / 2);
        expect(lengthMs).toBeLessThanOrEqual(ceiling);
        expect(pauseMs(refusals, 0, () => random, 1000)).toBe(lengthMs);
        expect(pauseMs(refusals, 250, () => random, 1000)).toBe(250);
      }),
    );
  });

  const upload = { host: 'upload.box.com', kind: 'upload' } as const;
  const call = { host: 'api.box.com', kind: 'call' } as const;

  /** The pauses of so many refusals, each of a call that left when the one before was over. */
  function pauses(clock: TestClock, pacer: Pacer, count: number, between: () => void = () => undefined): number[] {
    return Array.from({ length: count }, () => {
      pacer.slowDown(upload, undefined);
      const lengthMs = pacer.pausedForMs(call.host);
      clock.pass(lengthMs);
      between();
      return lengthMs;
    });
  }

  test('doubles for a host, whatever else it answers meanwhile, until it takes such a call', () => {
    const clock = new TestClock();
    const pacer = new Pacer(clock, {});
    expect(pauses(clock, pacer, 8)).toEqual([750, 1500, 3000, 6000, 12_000, 24_000, 45_000, 45_000]);
    expect(pauses(clock, pacer, 1, () => pacer.passed(call))).toEqual([45_000]);
    expect(pauses(clock, pacer, 1, () => pacer.passed(upload))).toEqual([45_000]);
    expect(pauses(clock, pacer, 2)).toEqual([750, 1500]);
    pacer.slowDown(upload, 5000);
    clock.pass(5000);
    expect(pauses(clock, pacer, 1)).toEqual([3000]);
    expect(pacer.pausedForMs('127.0.0.1:1')).toBe(0);
  });

  test('is one for all that left before it began, refused or not', () => {
    const clock = new TestClock();
    const pacer = new Pacer(clock, {});
    for (let n = 0; n < 16; n += 1) pacer.slowDown(upload, undefined);
    pacer.passed(upload);
    expect(pacer.pausedForMs(upload.host)).toBe(750);
    clock.pass(750);
    expect(pauses(clock, pacer, 1)).toEqual([1500]);
  });
});

describe('the gate to the network', () => {
  test('is closed once per outage and longer each time, in whole ms, and open once Box has answered', () => {
    const clock = new TestClock();
    const gate = new NetworkGate(clock);
    expect(gate.closedForMs()).toBe(0);
    expect(gate.downForMs()).toBe(0);
    const first = gate.close();
    clock.pass(0.25);
    // Ten transfers find out about the same outage.
    expect(gate.close()).toBe(first);
    expect(Number.isInteger(gate.closedForMs())).toBe(true);
    clock.pass(first);
    const second = gate.close();
    expect(second).toBeGreaterThan(first);
    expect(gate.downForMs()).toBeGreaterThanOrEqual(first);
    for (let n = 0; n < 20; n += 1) clock.pass(gate.close());
    expect(gate.close()).toBeLessThanOrEqual(30_000);
    gate.open();
    expect([gate.closedForMs(), gate.downForMs()]).toEqual([0, 0]);
    expect(gate.close()).toBe(first);
  });
});
