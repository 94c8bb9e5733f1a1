import { maxWindowRows } from '../../shared/list-model.ts';

/** A stretch of rows: its first, and how many. */
export interface RowWindow {
  from: number;
  count: number;
}

/** Rows known beyond what is seen, on each side. */
const marginRows = 50;
/** So many of them have to be left, or another window is asked for. */
const leastRows = 15;

/**
 * The window to subscribe for what is seen (first and last row). The one of now is kept while it reaches far enough, so that a
 * small scroll costs nothing. `total`: null while it is not known.
 */
export function windowFor(
  seen: { first: number; last: number },
  now: RowWindow | null,
  total: number | null,
): RowWindow {
  const first = Math.max(0, seen.first);
  const last = Math.max(first, seen.last);
  const end = total === null ? last + 1 : Math.max(total, last + 1);
  if (now) {
    const reachesUp = now.from <= Math.max(0, first - leastRows);
    const reachesDown = now.from + now.count >= Math.min(end, last + 1 + leastRows);
    if (reachesUp && reachesDown) return now;
  }
  const shown = Math.min(last - first + 1, maxWindowRows);
  const margin = Math.min(marginRows, Math.floor((maxWindowRows - shown) / 2));
  // Always the same length: rows that come at the end of a short list are in it already.
  return { from: Math.max(0, first - margin), count: shown + 2 * margin };
}
