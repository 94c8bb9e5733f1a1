import { InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatQuestion, futureTime, question } from '../../main/headless/option-values.ts';

describe('futureTime', () => {
  const now = new Date(2026, 4, 20, 15, 30, 10).getTime();
  test.each([
    ['18:00', new Date(2026, 4, 20, 18, 0)],
    ['15:31', new Date(2026, 4, 20, 15, 31)],
    ['15:30', new Date(2026, 4, 21, 15, 30)],
    ['0:05', new Date(2026, 4, 21, 0, 5)],
    [' 9:00 ', new Date(2026, 4, 21, 9, 0)],
    ['2026-06-01T10:00', new Date(2026, 5, 1, 10, 0)],
    ['2026-06-01T10:00:00Z', new Date(Date.UTC(2026, 5, 1, 10))],
    ['2026-06-01', new Date(2026, 5, 1)],
  ])('%s', (text, expected) => expect(new Date(futureTime(text, now))).toEqual(expected));

  test.each([
    '',
    '24:00',
    '18:60',
    '18',
    'tomorrow',
    '2026-13-01',
    '2027-02-31',
    '2027-02-29T10:00',
    '2026-05-20T15:00',
    '1',
    '2001',
  ])('not "%s"', (text) => {
    expect(() => futureTime(text, now)).toThrow(InvalidArgumentError);
  });

  test('an hour of the clock is within the next day, and at that hour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        fc.integer({ min: 0, max: 366 }),
        (hours, minutes, days) => {
          const from = new Date(2026, 0, 1 + days, 12, 34, 56).getTime();
          const time = new Date(futureTime(`${hours}:${String(minutes).padStart(2, '0')}`, from));
          expect(time.getTime()).toBeGreaterThan(from);
          // 25 hours: a day on which summer time ends.
          expect(time.getTime() - from).toBeLessThanOrEqual(25 * 3_600_000);
          expect(time.getMinutes()).toBe(minutes);
        },
      ),
    );
  });
});

test('ids of questions are read as they are written', () => {
  expect(question(' Q12 ')).toBe(12);
  expect(question(formatQuestion(7))).toBe(7);
  for (const text of ['12', 'q0', 'q', 'q-1', 'q1x', 'p1']) expect(() => question(text)).toThrow(InvalidArgumentError);
});
