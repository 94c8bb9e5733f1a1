/** Reads the seconds that a file is to be quiet as ms; undefined for what a pair doesn't take (0 to 3,600, to the ms). */
export function settleMsOf(text: string): number | undefined {
  const seconds = numberOf(text);
  if (seconds === undefined || seconds > 3600) return undefined;
  return Math.round(seconds * 1000);
}

/** Reads the days between two readings of a quiet file; undefined for what a pair doesn't take (whole, 0 to 3,650). */
export function scrubDaysOf(text: string): number | undefined {
  const days = numberOf(text);
  return days === undefined || days > 3650 || !Number.isInteger(days) ? undefined : days;
}

/** With a point or a comma, as the languages write it. */
function numberOf(text: string): number | undefined {
  const trimmed = text.trim().replace(',', '.');
  return /^\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : undefined;
}
