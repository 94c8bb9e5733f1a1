/** What several runs of the same gave. */
export interface Spread {
  median: number;
  min: number;
  max: number;
  values: number[];
}

/** Median (the mean of the middle two for an even count), least and largest of at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
  return { median, min: sorted[0] ?? 0, max: sorted.at(-1) ?? 0, values: [...values] };
}
