import fc from 'fast-check';
import { expect, test } from 'vitest';
import { niceScale, ratesOf, stepsPath, timeTicks } from '../../renderer/screens/transfer/plot-scale.ts';
import { whyNoParts } from '../../renderer/screens/transfer/why-no-parts.ts';

test('the marks of the axis are round, start at 0, and reach over the peak', () => {
  expect(niceScale(12_300_000)).toEqual({ ticks: [0, 5e6, 10e6, 15e6], top: 15e6 });
  fc.assert(
    fc.property(fc.double({ min: 1, max: 1e12, noNaN: true }), fc.integer({ min: 1, max: 8 }), (max, wanted) => {
      const { ticks, top } = niceScale(max, wanted);
      expect(ticks[0]).toBe(0);
      expect(top).toBe(ticks.at(-1));
      expect(top).toBeGreaterThanOrEqual(max * (1 - 1e-6));
      expect(top).toBeLessThanOrEqual(max * 10);
      expect(ticks.length).toBeLessThanOrEqual(wanted + 2);
      const step = ticks[1]!;
      const leading = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
      expect([1, 2, 5, 10].some((round) => Math.abs(leading - round) < 1e-6)).toBe(true);
    }),
  );
});

test('nothing sent, or nonsense, has an axis too', () => {
  for (const max of [0, -5, Number.NaN, Number.POSITIVE_INFINITY]) expect(niceScale(max).top).toBeGreaterThan(0);
});

test('the marks of time are round and lie within the span', () => {
  expect(timeTicks(200_000, 4)).toEqual([60_000, 120_000, 180_000]);
  expect(timeTicks(3000)).toEqual([]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 90 * 86_400_000 }), fc.integer({ min: 1, max: 12 }), (spanMs, wanted) => {
      const ticks = timeTicks(spanMs, wanted);
      expect(ticks.length).toBeLessThanOrEqual(wanted);
      ticks.forEach((tick, index) => {
        expect(tick).toBeGreaterThan(0);
        expect(tick).toBeLessThanOrEqual(spanMs);
        expect(tick).toBe(ticks[0]! * (index + 1));
        expect(tick % 5000).toBe(0);
      });
    }),
  );
});

test('the span that is not over yet is left out of the rates', () => {
  expect(ratesOf({ spanMs: 2000, bytes: [4000, 6000, 10] })).toEqual([2000, 3000]);
  expect(ratesOf({ spanMs: 1000, bytes: [5] })).toEqual([]);
  expect(ratesOf({ spanMs: 1000, bytes: [] })).toEqual([]);
});

test('the outline stays within the plot', () => {
  expect(stepsPath([5, 10], 10, { width: 100, height: 50 })).toBe('M0,25H50L50,0H100');
  expect(stepsPath([], 10, { width: 100, height: 50 })).toBe('');
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 120 }), (rates) => {
      const numbers = stepsPath(rates, niceScale(Math.max(...rates)).top, { width: 300, height: 100 })
        .split(/[MLH,]/)
        .filter(Boolean)
        .map(Number);
      expect(numbers.every((value) => value >= 0 && value <= 300)).toBe(true);
    }),
  );
});

test('in the place of a map stands why there is none', () => {
  expect(whyNoParts({ kind: 'direct', state: 'sending' })).toBe('direct');
  expect(whyNoParts({ kind: 'check', state: 'queued' })).toBe('check');
  expect(whyNoParts({ kind: 'check', state: 'done' })).toBe('adopted');
  expect(whyNoParts({ kind: 'session', state: 'opening' })).toBe('session');
  expect(whyNoParts({ kind: 'session', state: 'done' })).toBe('ended');
});
