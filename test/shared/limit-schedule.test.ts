import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cellAt, localTime, pauseText, ruleAt } from '../../shared/limit-schedule.ts';
import { formatRate, formatSchedule, parseSchedule } from '../../shared/schedule-text.ts';
import { scheduleCellSchema, scheduleSchema, type Schedule } from '../../shared/settings.ts';

const zone = process.env['TZ'];
// Summer time begins on 2026-03-29 at 2:00 and ends on 2026-10-25 at 3:00.
beforeAll(() => void (process.env['TZ'] = 'Europe/Berlin'));
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

function schedule(...rules: string[]): Schedule {
  const parsed = parseSchedule(rules);
  if ('error' in parsed) throw new Error(parsed.error);
  return scheduleSchema.parse(parsed.schedule);
}

const cells = fc.constantFrom(...scheduleCellSchema.options);
const schedules: fc.Arbitrary<Schedule> = fc.record({
  bytesPerSecond: fc.integer({ min: 1000, max: 1_000_000_000 }),
  days: fc.array(fc.array(cells, { minLength: 24, maxLength: 24 }), { minLength: 7, maxLength: 7 }),
});
const moments = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });

describe('the rule of a moment', () => {
  test('without a schedule is the limit, for good', () => {
    const at = new Date(2026, 5, 1, 12);
    expect(ruleAt({ limitBytesPerSecond: 5000, schedule: null }, at)).toEqual({
      bytesPerSecond: 5000, paused: false, until: null,
    }); // prettier-ignore
  });

  test('follows the local hour, and a smaller limit wins', () => {
    const rules = schedule('mon-fri 08:00-18:00 500kB/s', 'daily 22:00-06:00 pause');
    const at = (limit: number | null, ...when: [number, number, number, number, number]) =>
      ruleAt({ limitBytesPerSecond: limit, schedule: rules }, new Date(...when));
    // A Monday.
    expect(at(null, 2026, 5, 1, 8, 0)).toEqual({
      bytesPerSecond: 500_000, paused: false, until: new Date(2026, 5, 1, 18).getTime(),
    }); // prettier-ignore
    expect(at(1000, 2026, 5, 1, 17, 59).bytesPerSecond).toBe(1000);
    expect(at(9_000_000, 2026, 5, 1, 17, 59).bytesPerSecond).toBe(500_000);
    expect(at(9_000_000, 2026, 5, 1, 18, 0).bytesPerSecond).toBe(9_000_000);
    expect(at(null, 2026, 5, 1, 23, 0)).toMatchObject({ paused: true, until: new Date(2026, 5, 2, 6).getTime() });
    expect(at(null, 2026, 5, 6, 12, 0)).toMatchObject({ paused: false, bytesPerSecond: null });
  });

  test('holds in every minute until its end, and another one begins there', () => {
    fc.assert(
      fc.property(schedules, moments, (given, from) => {
        const settings = { limitBytesPerSecond: null, schedule: given };
        const { until } = ruleAt(settings, new Date(from));
        const cell = cellAt(given, new Date(from));
        const end = Math.min(until ?? Infinity, from + 9 * 86_400_000);
        for (let at = from; at < end; at += 600_000) expect(cellAt(given, new Date(at))).toBe(cell);
        if (until === null) return;
        expect(until).toBeGreaterThan(from);
        expect(cellAt(given, new Date(until - 1))).toBe(cell);
        expect(cellAt(given, new Date(until))).not.toBe(cell);
      }),
    );
  });

  test('when clocks change: an hour that is left out has no effect, one that comes twice has it twice', () => {
    const rules = { limitBytesPerSecond: null, schedule: schedule('sun 02:00-03:00 pause') };
    // 01:59 on the last Sunday in March: 02:00 to 03:00 doesn't exist.
    const spring = new Date(2026, 2, 29, 1, 59);
    expect(ruleAt(rules, spring)).toMatchObject({ paused: false, until: new Date(2026, 3, 5, 2).getTime() });
    const autumn = new Date(2026, 9, 25, 1, 30);
    const begins = ruleAt(rules, autumn).until!;
    const ends = ruleAt(rules, new Date(begins)).until!;
    expect(ends - begins).toBe(2 * 3_600_000);
    expect(new Date(ends).getHours()).toBe(3);
  });
});

describe('a schedule as text', () => {
  test('is read back as it was written', () => {
    fc.assert(
      fc.property(schedules, (given) => {
        const text = formatSchedule(given);
        const again = schedule(...text);
        expect(again.days).toEqual(given.days);
        if (given.days.flat().includes('limited')) expect(again.bytesPerSecond).toBe(given.bytesPerSecond);
      }),
    );
  });

  test('is short', () => {
    const rules = ['mon-fri 08:00-18:00 500 kB/s', 'sat-sun 22:00-24:00 pause', 'mon,sun 00:00-06:00 pause'];
    expect(formatSchedule(schedule('mon-fri 8:00-18:00 500kB/s', 'sat,sun 22:00-6:00 pause'))).toEqual(
      expect.arrayContaining(rules.slice(0, 2)),
    );
    expect(formatSchedule(schedule('fri-mon 00:00-24:00 pause', 'sun 10:00-11:00 full'))).toEqual([
      'mon,fri-sat 00:00-24:00 pause',
      'sun 00:00-10:00 pause',
      'sun 11:00-24:00 pause',
    ]);
    expect(formatRate(1_234_567)).toBe('1234567 B/s');
  });

  test.each([
    ['mon', /such as "mon-fri/],
    ['mon-fri 08:30-18:00 pause', /full ones/],
    ['mon-fri 08:00-25:00 pause', /full ones/],
    ['moon 08:00-18:00 pause', /days/],
    ['mon-tue-wed 08:00-18:00 pause', /days/],
    ['mon 08:00-08:00 pause', /length/],
    ['mon 08:00-18:00 fast', /at least 1kB\/s, pause or full/],
    ['mon 08:00-18:00 10', /at least 1kB\/s/],
  ])('%s is refused', (text, why) => {
    expect((parseSchedule([text]) as { error: string }).error).toMatch(why);
  });

  test('has one rate', () => {
    const parsed = parseSchedule(['mon 08:00-18:00 1MB/s', 'tue 08:00-18:00 2MB/s']) as { error: string };
    expect(parsed.error).toMatch(/share one rate/);
  });
});

test('a pause says by whom, and until when', () => {
  const now = new Date(2026, 5, 1, 12).getTime();
  const rule = { bytesPerSecond: null, paused: true, pausedBy: 'schedule' as const, until: now + 6 * 3_600_000 };
  expect(pauseText(rule, now)).toBe('paused by the schedule until 18:00');
  expect(pauseText({ ...rule, pausedBy: 'you', until: null }, now)).toBe('paused by you');
  expect(pauseText({ ...rule, paused: false }, now)).toBeNull();
  expect(localTime(now + 86_400_000, now)).toBe('2026-06-02 12:00');
});
