import type { Reporter, TestModule } from 'vitest/node';
import { noCounts, reportCounts } from './counts.ts';

/** Counts for the closing line; a file that fails to load counts as a failure. */
export default class VitestSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = noCounts();
    counts.failed = unhandledErrors.length;
    for (const module of modules) {
      const errors = module.errors();
      counts.failed += errors.length;
      if (errors.length > 0) counts.failures.push(`${module.relativeModuleId} (the file itself)`);
      for (const test of module.children.allTests()) {
        const name = `${module.relativeModuleId} > ${test.fullName}`;
        const { state } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') counts.failed += 1;
        else counts.skipped += 1;
        if (state === 'failed') counts.failures.push(name);
        if (test.diagnostic()?.flaky === true) counts.flaky.push(name);
      }
    }
    reportCounts(counts);
  }
}
