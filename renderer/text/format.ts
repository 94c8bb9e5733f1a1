import { formatDuration } from '../../shared/units.ts';
import { text } from './text.svelte.ts';

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

/** To make a formatter takes some 30 times as long as to use it, and a list that is scrolled formats hundreds a second. */
const kept = new Map<string, Intl.NumberFormat>();

function formatter(language: string, form: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${language} ${form}`;
  const found = kept.get(key) ?? new Intl.NumberFormat(language, options);
  kept.set(key, found);
  return found;
}

/** `1.4 GB`, in powers of 1000 as disks and Box count them, in the words of the language. */
export function bytes(size: number): string {
  let [value, unit] = [size, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  // The short form of a byte is its whole word, and the narrow one has no space.
  if (unit === 0) return `${count(value)} B`;
  const fractionDigits = value >= 99.95 ? 0 : 1;
  return formatter(text.language, `${units[unit]} ${fractionDigits}`, {
    style: 'unit',
    unit: units[unit]!,
    unitDisplay: 'short',
    minimumFractionDigits: fractionDigits,
    maximumFractionDigits: fractionDigits,
  }).format(value);
}

/** `12.3 MB/s`. */
export function rate(bytesPerSecond: number): string {
  return `${bytes(bytesPerSecond)}/s`;
}

export function count(value: number): string {
  return formatter(text.language, 'count', {}).format(value);
}

/** 0..1 as whole percent; 100 % only when it is all. */
export function percent(share: number): string {
  const whole = share >= 1 ? 1 : Math.min(0.99, Math.floor(share * 100) / 100);
  return formatter(text.language, 'percent', { style: 'percent' }).format(whole);
}

/** `3 min 20 s`: the signs of the units are the same in the languages that there are. */
export const duration = formatDuration;

/** The time of day, with the date when it is not today. */
export function moment(at: number, now = Date.now()): string {
  const [then, today] = [new Date(at), new Date(now)];
  const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
  const sameDay = then.toDateString() === today.toDateString();
  return new Intl.DateTimeFormat(text.region, sameDay ? time : { dateStyle: 'medium', timeStyle: 'short' }).format(
    then,
  );
}

/** A moment to the second, with its date: for what has to be compared with a log. */
export function exactMoment(at: number): string {
  return new Intl.DateTimeFormat(text.region, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(at));
}
