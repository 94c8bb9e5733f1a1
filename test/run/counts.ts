import { appendFileSync, readFileSync } from 'node:fs';

/** What one runner, or all of them together, came to. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** The failed tests by name; fewer than `failed` where a failure belongs to no test. */
  failures: string[];
  /** Tests that failed and then passed when they were asked again; they count as passed. */
  flaky: string[];
}

/** The variable that names the file where the runners of one `npm test` leave their counts, a line each. */
export const countsVariable = 'BOXCAR_TEST_COUNTS';

export function noCounts(): Counts {
  return { passed: 0, failed: 0, skipped: 0, failures: [], flaky: [] };
}

/** What the runners left in `file`, added up; nothing where no runner came so far. */
export function sumOf(file: string): Counts {
  const sum = noCounts();
  for (const line of readFileSync(file, { encoding: 'utf8', flag: 'a+' }).split('\n').filter(Boolean)) {
    const counts = JSON.parse(line) as Counts;
    for (const key of ['passed', 'failed', 'skipped'] as const) sum[key] += counts[key];
    for (const key of ['failures', 'flaky'] as const) sum[key].push(...counts[key]);
  }
  return sum;
}

/** The end of a run: the tests to look at by name, since a log is long and is often cut, and last the line that continuous integration reads. */
export function closing({ passed, failed, skipped, failures, flaky }: Counts): string {
  const named = (title: string, names: string[]) =>
    names.length > 0 ? [title, ...names.map((name) => `  ${name}`)] : [];
  return [
    ...named('Passed only when asked again:', flaky),
    ...named('Failed:', failures),
    `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  ].join('\n');
}

/** Leaves the counts of one runner for `npm test`, or prints them when it was started by itself. */
export function reportCounts(counts: Counts): void {
  const file = process.env[countsVariable];
  if (file) appendFileSync(file, `${JSON.stringify(counts)}\n`);
  else process.stdout.write(`${closing(counts)}\n`);
}
