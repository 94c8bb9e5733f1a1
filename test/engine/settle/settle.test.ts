import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settle, type SettleMemory } from '../../../main/engine/settle/settle.ts';

const wall = 1_700_000_000_000;
const facts = (mtimeMs: number, sizeBytes = 1) => ({
  sizeBytes,
  mtimeNs: `${BigInt(Math.round(mtimeMs)) * 1_000_000n}`,
});
const at = (ms: number, wallMs = wall + ms) => ({ wallMs, monotonicMs: ms });

describe('the first look', () => {
  test('a file last written 2 s ago or more is quiet at once', () => {
    expect(settle(null, facts(wall - 2000), at(0)).verdict).toEqual({ settled: true });
    expect(settle(null, facts(0), at(0)).verdict).toEqual({ settled: true });
  });

  test('a fresh one, or one from the future, is looked at again', () => {
    const again = { settled: false, lookAgainMs: 2000, kind: 'settling' };
    expect(settle(null, facts(wall - 1999), at(0)).verdict).toEqual(again);
    expect(settle(null, facts(wall + 3600_000), at(0)).verdict).toEqual(again);
    expect(settle(null, facts(wall - 100), at(0), 500).verdict).toEqual({ ...again, lookAgainMs: 500 });
  });
});

describe('later looks', () => {
  const seen = settle(null, facts(wall), at(0)).memory;

  test('unchanged for 2 s: quiet, whatever the wall clock did', () => {
    for (const wallMs of [0, wall, wall + 1e9]) {
      expect(settle(seen, facts(wall), at(2000, wallMs)).verdict).toEqual({ settled: true });
      expect(settle(seen, facts(wall), at(1500, wallMs)).verdict).toMatchObject({ settled: false, lookAgainMs: 500 });
    }
    expect(settle(settle(null, facts(wall + 1e9), at(0)).memory, facts(wall + 1e9), at(2000)).verdict.settled).toBe(
      true,
    );
  });

  test('a change starts the wait anew, also one of the mtime alone, also into the past', () => {
    for (const changed of [facts(wall, 2), facts(wall + 5), facts(wall - 1e9)]) {
      const { verdict, memory } = settle(seen, changed, at(2000));
      expect(verdict).toEqual({ settled: false, lookAgainMs: 2000, kind: 'writer' });
      expect(settle(memory, changed, at(4000)).verdict).toEqual({ settled: true });
    }
  });

  test('one that keeps changing is looked at with growing pauses', () => {
    let memory: SettleMemory = seen;
    let now = 0;
    const pauses: number[] = [];
    for (let n = 1; n <= 8; n += 1) {
      const look = settle(memory, facts(wall + now, n), at(now));
      memory = look.memory;
      if (look.verdict.settled) throw new Error('It was never quiet');
      pauses.push(look.verdict.lookAgainMs);
      now += look.verdict.lookAgainMs;
    }
    expect(pauses).toEqual([2000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  test('a log with a line each ten seconds is quiet in between', () => {
    let memory: SettleMemory = seen;
    for (let n = 1; n <= 10; n += 1) memory = settle(memory, facts(wall + n * 10_000, n), at(n * 10_000 + 5000)).memory;
    const { verdict } = settle(memory, facts(wall + 110_000, 11), at(115_000));
    expect(verdict).toMatchObject({ settled: false, lookAgainMs: 2000 });
  });

  test('a monotonic clock of another process does not settle it', () => {
    const { verdict } = settle({ ...seen, sinceMs: 1e9 }, facts(wall), at(0));
    expect(verdict).toEqual({ settled: false, lookAgainMs: 2000, kind: 'settling' });
  });
});

test('followed by its own pauses it settles after the last write and never within settleMs of a change it saw', () => {
  const writes = fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 30 });
  const jumps = fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(writes, jumps, fc.integer({ min: 1, max: 10_000 }), (gapsMs, jumpsMs, settleMs) => {
      let sum = 0;
      const times = gapsMs.map((gap) => (sum += gap));
      const version = (now: number) => times.filter((time) => time <= now).length;
      const factsAt = (now: number) => facts(wall + (times[version(now) - 1] ?? 0), version(now));
      let memory: SettleMemory | null = null;
      let seenSince = 0;
      let lastVersion = -1;
      for (let now = 0, look = 0; ; look += 1) {
        if (version(now) !== lastVersion) seenSince = now;
        lastVersion = version(now);
        const jump = jumpsMs[look % jumpsMs.length]!;
        // The first look may be deceived by the wall clock; it starts with one that is right.
        const result = settle(memory, factsAt(now), at(now, wall + now + (look === 0 ? 0 : jump)), settleMs);
        memory = result.memory;
        if (result.verdict.settled) {
          expect(now - seenSince).toBeGreaterThanOrEqual(settleMs);
          return;
        }
        expect(result.verdict.lookAgainMs).toBeGreaterThan(0);
        expect(result.verdict.lookAgainMs).toBeLessThanOrEqual(60_000);
        now += result.verdict.lookAgainMs;
        expect(now).toBeLessThan(sum + 200_000);
      }
    }),
  );
});
