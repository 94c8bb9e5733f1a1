import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDuration } from '../../shared/units.ts';

describe('parseDuration', () => {
  test.each([
    ['2s', 2000],
    ['30m', 1_800_000],
    ['30 min', 1_800_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['90s', 90_000],
    ['250ms', 250],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    [' 1H 30M ', 5_400_000],
    ['0s', 0],
  ])('%s', (text, durationMs) => expect(parseDuration(text)).toBe(durationMs));

  test.each([
    '',
    ' ',
    '30',
    'm',
    '-2s',
    '2 weeks',
    '2s!',
    '1h,30m',
    '1e3s',
    '9999999999999d',
    'constructor',
    '1__proto__',
  ])('not "%s"', (text) => expect(parseDuration(text)).toBeUndefined());

  test('any whole number of a unit is that many of it', () => {
    const units = fc.constantFrom<[string, number]>(
      ['ms', 1],
      ['s', 1e3],
      ['m', 6e4],
      ['min', 6e4],
      ['h', 36e5],
      ['d', 864e5],
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100_000 }),
        units,
        fc.constantFrom('', ' '),
        (number, [unit, unitMs], space) => {
          expect(parseDuration(`${number}${space}${unit}`)).toBe(number * unitMs);
        },
      ),
    );
  });

  test('any other text is no duration, and no crash', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const durationMs = parseDuration(text);
        expect(durationMs === undefined || (Number.isSafeInteger(durationMs) && /\d/.test(text))).toBe(true);
      }),
    );
  });
});
