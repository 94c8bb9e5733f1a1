import { leastBytesPerSecond, type Schedule, type ScheduleCell } from './settings.ts';
import { formatBytes, parseRate } from './units.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
/** Of a schedule in which no hour is limited. */
const usualBytesPerSecond = 1_000_000;

interface Rule {
  /** From Monday = 0 on. */
  days: number[];
  /** Whole hours; `to` may lie on the day after. */
  from: number;
  to: number;
  value: 'full' | 'paused' | number;
}

/**
 * The schedule of rules such as `mon-fri 08:00-18:00 500kB/s`, `sat,sun 10:00-12:00 full` or `daily 22:00-06:00 pause`;
 * where two meet, the later one counts, and what none names is `full`. An end before its beginning is on the day after.
 * @returns the schedule, or why there is none
 */
export function parseSchedule(rules: readonly string[]): { schedule: Schedule } | { error: string } {
  const grid: ScheduleCell[][] = days.map(() => Array.from({ length: 24 }, () => 'full' as const));
  let bytesPerSecond: number | undefined;
  for (const text of rules) {
    const rule = parseRule(text);
    if (typeof rule === 'string') return { error: `"${text}": ${rule}` };
    if (typeof rule.value === 'number') {
      if (bytesPerSecond !== undefined && bytesPerSecond !== rule.value) {
        return { error: `"${text}": all limited hours share one rate, and another rule has a different one.` };
      }
      bytesPerSecond = rule.value;
    }
    const cell = typeof rule.value === 'number' ? 'limited' : rule.value;
    for (const day of rule.days) {
      for (let hour = rule.from; hour < rule.to; hour += 1) grid[(day + Math.floor(hour / 24)) % 7]![hour % 24] = cell;
    }
  }
  return { schedule: { bytesPerSecond: bytesPerSecond ?? usualBytesPerSecond, days: grid } };
}

/** The schedule as rules that {@link parseSchedule} reads; none where every hour is `full`. */
export function formatSchedule(schedule: Schedule): string[] {
  const byRule = new Map<string, number[]>();
  for (const [day, cells] of schedule.days.entries()) {
    for (const { from, to, cell } of runs(cells)) {
      const value = cell === 'paused' ? 'pause' : `${formatRate(schedule.bytesPerSecond)}`;
      const rule = `${hourText(from)}-${hourText(to)} ${value}`;
      byRule.set(rule, [...(byRule.get(rule) ?? []), day]);
    }
  }
  return [...byRule].map(([rule, onDays]) => `${daysText(onDays)} ${rule}`);
}

/** `500 kB/s`: exact where that is short, so that it may be given again. */
export function formatRate(bytesPerSecond: number): string {
  const text = formatBytes(bytesPerSecond);
  return `${parseRate(text) === bytesPerSecond ? text : `${bytesPerSecond} B`}/s`;
}

function parseRule(text: string): Rule | string {
  const match = /^\s*([a-z,-]+)\s+(\d{1,2}:\d\d)\s*-\s*(\d{1,2}:\d\d)\s+(.+)$/i.exec(text);
  if (!match) return 'It must be days, hours and a rate, such as "mon-fri 08:00-18:00 500kB/s".';
  const onDays = parseDays(match[1]!.toLowerCase());
  if (!onDays) return 'The days must be such as mon-fri, sat,sun or daily.';
  const [from, to] = [parseHour(match[2]!), parseHour(match[3]!)];
  if (from === undefined || to === undefined) return 'The hours must be full ones from 00:00 to 24:00.';
  if (from === to || from === 24) return 'The hours must have a length: 00:00-24:00 is the whole day.';
  const value = parseValue(match[4]!.trim().toLowerCase());
  if (value === undefined) return 'The rule must be a rate of at least 1kB/s, pause or full.';
  return { days: onDays, from, to: to < from ? to + 24 : to, value };
}

function parseDays(text: string): number[] | undefined {
  if (text === 'daily') return days.map((_, day) => day);
  const found: number[] = [];
  for (const part of text.split(',')) {
    const [first, last = first, ...more] = part.split('-').map((name) => days.indexOf(name as (typeof days)[number]));
    if (first === undefined || first < 0 || last! < 0 || more.length > 0) return undefined;
    for (let day = first; ; day = (day + 1) % 7) {
      found.push(day);
      if (day === last) break;
    }
  }
  return found;
}

function parseHour(text: string): number | undefined {
  const [hour, minute] = text.split(':').map(Number);
  return minute === 0 && hour! <= 24 ? hour : undefined;
}

function parseValue(text: string): Rule['value'] | undefined {
  if (text === 'pause' || text === 'paused') return 'paused';
  if (text === 'full') return 'full';
  const rate = parseRate(text);
  return rate !== undefined && rate >= leastBytesPerSecond ? rate : undefined;
}

/** Hours one after the other with the same rule, but for `full`. */
function runs(cells: readonly ScheduleCell[]): { from: number; to: number; cell: ScheduleCell }[] {
  const found: { from: number; to: number; cell: ScheduleCell }[] = [];
  for (const [hour, cell] of cells.entries()) {
    const last = found.at(-1);
    if (last?.cell === cell) last.to = hour + 1;
    else found.push({ from: hour, to: hour + 1, cell });
  }
  return found.filter(({ cell }) => cell !== 'full');
}

const hourText = (hour: number) => `${String(hour).padStart(2, '0')}:00`;

function daysText(onDays: readonly number[]): string {
  if (onDays.length === 7) return 'daily';
  const spans: [number, number][] = [];
  for (const day of onDays) {
    const last = spans.at(-1);
    if (last?.[1] === day - 1) last[1] = day;
    else spans.push([day, day]);
  }
  return spans.map(([first, last]) => (first === last ? days[first] : `${days[first]}-${days[last]}`)).join(',');
}
