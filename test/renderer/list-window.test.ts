import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maxWindowRows } from '../../shared/list-model.ts';
import { windowFor, type RowWindow } from '../../renderer/state/list-window.ts';

test('the window covers what is seen, holds at most what may be asked, and stays while it reaches', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200_000 }),
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.nat(200_000), { maxLength: 30 }),
      (total, shown, steps) => {
        let window: RowWindow | null = null;
        for (const step of steps) {
          const first = Math.min(step, Math.max(0, total - shown));
          const last = Math.min(total - 1, first + shown - 1);
          const next = windowFor({ first, last }, window, total);
          expect(next.count).toBeLessThanOrEqual(maxWindowRows);
          expect(next.from).toBeLessThanOrEqual(first);
          expect(next.from + next.count).toBeGreaterThan(last);
          // A row up or down never asks for another one.
          expect(windowFor({ first: Math.max(0, first - 1), last }, next, total)).toBe(next);
          window = next;
        }
      },
    ),
  );
});

test('a list that fits is asked for once', () => {
  const window = windowFor({ first: 0, last: 9 }, null, 40);
  expect(windowFor({ first: 30, last: 39 }, window, 40)).toBe(window);
});

test('a list that grew below the window is asked for anew', () => {
  const window = windowFor({ first: 0, last: 9 }, null, 10);
  expect(windowFor({ first: window.count - 3, last: window.count - 1 }, window, 500)).not.toBe(window);
});
