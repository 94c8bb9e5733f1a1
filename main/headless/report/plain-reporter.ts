import type { JobProgress } from '../../../shared/progress-contract.ts';
import { problems } from '../../../shared/problem-table.ts';
import { formatBytes, formatDuration } from '../../../shared/units.ts';
import type { Output } from '../output.ts';
import { printable } from '../text.ts';
import { countsText, fractionOf, waitingText } from './progress-text.ts';
import type { Reporter } from './reporter.ts';
import { pauseLine, wholePause } from './whole-pause.ts';

const lineEveryMs = 5000;

/** Lines for files and pipes: one every five seconds, one for each failure, and never a control character. */
export function plainReporter(output: Output, now = () => performance.now()): Reporter {
  let lastAt = now();
  let lastText = '';
  const pause = wholePause();
  return {
    progress: (progress, rule) => {
      const change = pause(rule);
      if (change) output.line(pauseLine(change, Date.now()));
      if (now() - lastAt < lineEveryMs) return;
      const text = progressLine(progress);
      if (text === lastText) return;
      lastAt = now();
      lastText = text;
      output.line(text);
    },
    outcomes: (outcomes) => {
      for (const { outcome, path, problem } of outcomes) {
        if (outcome === 'failed' && problem) output.line(`failed: ${printable(path)}: ${problems[problem.code].title}`);
      }
    },
    note: (text) => output.note(text),
    end: () => undefined,
  };
}

function progressLine(progress: JobProgress): string {
  const { job, bytesPerSecond, etaMs } = progress;
  const speed = bytesPerSecond === null ? '' : `, ${formatBytes(bytesPerSecond)}/s`;
  const left = etaMs === null ? '' : `, ${formatDuration(etaMs)} left`;
  const reading = job.state === 'scanning' ? 'reading the folders, ' : '';
  const percent = `${Math.floor(fractionOf(job) * 100)} %`;
  const bytes = `${formatBytes(job.doneBytes)} of ${formatBytes(job.totalBytes)}`;
  const waiting = waitingText(progress);
  return `${percent}: ${reading}${countsText(job)}, ${bytes}${speed}${left}${waiting === undefined ? '' : ` (${waiting})`}`;
}
