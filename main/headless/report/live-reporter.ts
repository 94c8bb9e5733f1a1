import type { JobProgress } from '../../../shared/progress-contract.ts';
import { problems } from '../../../shared/problem-table.ts';
import type { TrafficRule } from '../../../shared/settings.ts';
import type { Output } from '../output.ts';
import { printable } from '../text.ts';
import { liveDisplay } from './live-display.ts';
import { progressFrame } from './progress-text.ts';
import type { Reporter } from './reporter.ts';

/** Failures that are named above the display as they happen; the list at the end has all of them. */
const namedFailures = 20;

/** The display of a job on a terminal. */
export function liveReporter(output: Output): Reporter {
  let last: { progress: JobProgress; rule: TrafficRule } | undefined;
  let failures = 0;
  const display = liveDisplay(output, (screen) => last && progressFrame(last.progress, last.rule, screen, Date.now()));
  return {
    progress: (progress, rule) => {
      last = { progress, rule };
      display.draw();
    },
    outcomes: (outcomes) => {
      for (const { outcome, path, problem } of outcomes) {
        if (outcome !== 'failed' || !problem) continue;
        failures += 1;
        if (failures <= namedFailures) display.note(`failed: ${printable(path)}: ${problems[problem.code].title}`);
        if (failures === namedFailures) display.note('More failures are listed at the end.');
      }
    },
    note: display.note,
    end: display.end,
  };
}
