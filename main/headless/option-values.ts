import { InvalidArgumentError } from 'commander';
import { parseTarget, type Target } from '../../shared/ids.ts';
import { leastBytesPerSecond } from '../../shared/settings.ts';
import { parseBytes, parseDuration, parseRate } from '../../shared/units.ts';

/** A parser of whole numbers within limits, for commander: the error names the option and what is allowed. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** A size such as `8MiB`, `20 MB` or `20971520`, in bytes. */
export function size(text: string): number {
  const bytes = parseBytes(text);
  if (bytes !== undefined && bytes > 0) return bytes;
  throw new InvalidArgumentError('It must be a size such as 8MiB, 20MB or 20971520.');
}

/** A rate such as `5MB/s` or `500kB/s` in bytes a second, or `off`. */
export function rate(text: string): number | 'off' {
  if (text.trim().toLowerCase() === 'off') return 'off';
  const bytes = parseRate(text);
  if (bytes !== undefined && bytes >= leastBytesPerSecond) return bytes;
  throw new InvalidArgumentError('It must be a rate such as 5MB/s or 500kB/s, at least 1kB/s, or off.');
}

/** A folder of Box: its id, or a path from the root of the account. */
export function boxFolder(text: string): string {
  if (/^\d{1,30}$/.test(text) || text.startsWith('/')) return text;
  throw new InvalidArgumentError('It must be a folder id (0 is "All Files"), or a path on Box that begins with /.');
}

/** A parser of ids of the given kinds. */
export function target(...kinds: Target['kind'][]): (text: string) => Target {
  return (text) => {
    const parsed = parseTarget(text);
    if (parsed && kinds.includes(parsed.kind)) return parsed;
    const examples = { job: 'a job (j7)', transfer: 'a transfer (t41)', part: 'a part (t41:12)', pair: 'a pair (p3)' };
    const wanted = kinds.map((kind) => examples[kind]).join(' or ');
    throw new InvalidArgumentError(`It must be ${wanted}; "boxcar status" lists them.`);
  };
}

/** A parser of durations such as `2s` or `30m` up to a limit, in ms. */
export function duration(
  least: { ms: number; text: string },
  most: { ms: number; text: string },
): (text: string) => number {
  return (text) => {
    const durationMs = parseDuration(text);
    if (durationMs !== undefined && durationMs >= least.ms && durationMs <= most.ms) return durationMs;
    throw new InvalidArgumentError(
      `It must be a duration such as 2s, 30m, 2h or 1d, from ${least.text} to ${most.text}.`,
    );
  };
}

/** `HH:MM` (today, or tomorrow where that has passed) or an ISO time of the future, as ms since the epoch; without a zone it is local. */
export function futureTime(text: string, now = Date.now()): number {
  const hours = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim());
  if (hours) {
    const time = new Date(now);
    time.setHours(Number(hours[1]), Number(hours[2]), 0, 0);
    // The day after by the calendar: a day with another length of summer time has no 24 hours.
    if (time.getTime() <= now) time.setDate(time.getDate() + 1);
    return time.getTime();
  }
  const [day, clock] = /^(\d{4}-\d\d-\d\d)(T.+)?$/.exec(text.trim())?.slice(1) ?? [];
  // A day alone would be read as one of Greenwich.
  const time = day !== undefined && isDay(day) ? Date.parse(day + (clock ?? 'T00:00')) : Number.NaN;
  if (time > now) return time;
  const why = Number.isNaN(time) ? 'It must be a time such as 18:00 or 2030-01-31T18:00' : 'It is in the past';
  throw new InvalidArgumentError(`${why}.`);
}

/** A 31st of February would be read as one of the days of March. */
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** The id of a question, such as `q12`. */
export function question(text: string): number {
  const id = /^q([1-9]\d{0,14})$/i.exec(text.trim())?.[1];
  if (id !== undefined) return Number(id);
  throw new InvalidArgumentError('It must be a question (q12); "boxcar questions" lists them.');
}

/** The text form of a question's id. */
export function formatQuestion(id: number): string {
  return `q${id}`;
}

/** Gathers an option that may be given several times. */
export function several(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}

/** Whom client credentials stand for: `enterprise:123` or `user:123`. */
export function subject(text: string): { type: 'enterprise' | 'user'; id: string } {
  const match = /^(enterprise|user):(\d{1,20})$/.exec(text.trim());
  if (!match) throw new InvalidArgumentError('It is enterprise:ID or user:ID, as the admin console of Box shows it.');
  return { type: match[1] as 'enterprise' | 'user', id: match[2] ?? '' };
}
