import type { EngineSettings, Schedule, ScheduleCell, TrafficRule } from './settings.ts';

/** Rules repeat after a week; an hour more for one that the change to winter time adds. */
const hoursToLookAhead = 7 * 24 + 2;

/** What the schedule says for a moment, by the local day and hour of its Date. */
export function cellAt(schedule: Schedule, at: Date): ScheduleCell {
  const fromMonday = (at.getDay() + 6) % 7;
  return schedule.days[fromMonday]![at.getHours()]!;
}

/**
 * What limit and schedule say for a moment, and until when. An hour that a change of the clock leaves out has no effect,
 * one that comes twice has it twice.
 */
export function ruleAt(
  settings: Pick<EngineSettings, 'limitBytesPerSecond' | 'schedule'>,
  at: Date,
): Pick<TrafficRule, 'bytesPerSecond' | 'paused' | 'until'> {
  const { limitBytesPerSecond, schedule } = settings;
  if (schedule === null) return { bytesPerSecond: limitBytesPerSecond, paused: false, until: null };
  const cell = cellAt(schedule, at);
  const until = nextOther(schedule, at, cell);
  const limited = Math.min(schedule.bytesPerSecond, limitBytesPerSecond ?? Infinity);
  return { bytesPerSecond: cell === 'limited' ? limited : limitBytesPerSecond, paused: cell === 'paused', until };
}

/** When an hour with another rule begins. Clocks change on the hour, so that the next full hour by today's clock is never too late. */
function nextOther(schedule: Schedule, from: Date, cell: ScheduleCell): number | null {
  let at = from;
  for (let hours = 0; hours < hoursToLookAhead; hours += 1) {
    at = new Date(nextFullHour(at));
    if (cellAt(schedule, at) !== cell) return at.getTime();
  }
  return null;
}

function nextFullHour(at: Date): number {
  const intoHourMs = at.getMinutes() * 60_000 + at.getSeconds() * 1000 + at.getMilliseconds();
  return at.getTime() - intoHourMs + 3_600_000;
}

const pausedBy: Record<NonNullable<TrafficRule['pausedBy']>, string> = {
  you: 'paused by you',
  schedule: 'paused by the schedule',
  battery: 'paused while on battery',
  metered: 'paused on a metered network',
};

/** Why everything is paused, to stand in a sentence: `paused by the schedule until 18:00`, `paused by you`; null while it is not. */
export function pauseText(rule: TrafficRule, now: number): string | null {
  if (!rule.paused) return null;
  const by = pausedBy[rule.pausedBy ?? 'you'];
  return rule.until === null ? by : `${by} until ${localTime(rule.until, now)}`;
}

/** `18:00` today, else with the date: `2030-01-31 18:00`; in local time. */
export function localTime(at: number, now: number): string {
  const [time, today] = [new Date(at), new Date(now)];
  const two = (n: number) => String(n).padStart(2, '0');
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  if (time.toDateString() === today.toDateString()) return clock;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
}
