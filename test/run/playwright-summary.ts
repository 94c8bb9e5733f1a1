import { relative } from 'node:path';
import type { Reporter, Suite } from '@playwright/test/reporter';
import { noCounts, reportCounts } from './counts.ts';

/** Counts for the closing line; a test that passed only when it was asked again has passed. */
export default class PlaywrightSummary implements Reporter {
  #suite: Suite | undefined;
  #errors = 0;

  onBegin(_config: unknown, suite: Suite): void {
    this.#suite = suite;
  }

  onError(): void {
    this.#errors += 1;
  }

  onEnd(): void {
    const counts = noCounts();
    counts.failed = this.#errors;
    for (const test of this.#suite?.allTests() ?? []) {
      const name = `${relative(process.cwd(), test.location.file)} > ${test.title}`;
      const outcome = test.outcome();
      if (outcome === 'skipped') counts.skipped += 1;
      else if (outcome === 'unexpected') counts.failed += 1;
      else counts.passed += 1;
      if (outcome === 'unexpected') counts.failures.push(name);
      if (outcome === 'flaky') counts.flaky.push(name);
    }
    reportCounts(counts);
  }
}
