import { appendFileSync } from 'node:fs';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The variable that names the file where the runners of one `npm test` leave their counts, a line each. */
export const countsVariable = 'BOXCAR_TEST_COUNTS';

/** The closing line that continuous integration reads. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Leaves the counts of one runner for `npm test`, or prints them when it was started by itself. */
export function reportCounts(counts: Counts): void {
  const file = process.env[countsVariable];
  if (file) appendFileSync(file, `${JSON.stringify(counts)}\n`);
  else process.stdout.write(`${closingLine(counts)}\n`);
}
