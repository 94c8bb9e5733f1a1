import { describe, expect, onTestFinished, test } from 'vitest';
import { latenessMs, watchForSleep } from '../../main/app/sleep-watch.ts';
import { systemClock } from '../../main/platform/clock.ts';

describe('how late a tick is', () => {
  const at = (wallMs: number, monotonicMs: number) => ({ wallMs, monotonicMs });
  test.each([
    ['on time', at(5000, 5000), 0],
    ['the monotonic clock stood still during sleep', at(65_000, 5001), 60_000],
    ['the monotonic clock went on, the wall clock was put back', at(-3_600_000, 65_000), 60_000],
    ['the wall clock was put back and nothing else', at(-3_600_000, 5000), 0],
  ])('%s', (_, now, expected) => expect(latenessMs(at(0, 0), now, 5000)).toBe(expected));
});

test('a tick that comes 15 s late is told once; one that comes less late is not', async () => {
  let aheadMs = 0;
  let asked = 0;
  const clock = {
    ...systemClock,
    now: () => {
      asked += 1;
      return systemClock.now() + aheadMs;
    },
  };
  const slept: number[] = [];
  const woke = Promise.withResolvers<void>();
  const end = watchForSleep({
    clock,
    tickMs: 1,
    onWake: (sleptMs) => {
      slept.push(sleptMs);
      woke.resolve();
    },
  });
  onTestFinished(end);
  const ticks = async (number: number) => {
    for (const until = asked + number; asked < until;) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  await ticks(3);
  aheadMs = 10_000;
  await ticks(3);
  expect(slept).toEqual([]);
  aheadMs = 30_000;
  await woke.promise;
  await ticks(3);
  expect(slept).toHaveLength(1);
  end();
  aheadMs = 90_000;
  const before = asked;
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect([asked, slept.length]).toEqual([before, 1]);
});
