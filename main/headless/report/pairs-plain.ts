import type { PairsProgress } from '../../../shared/pair-model.ts';
import { formatBytes, formatDuration } from '../../../shared/units.ts';
import type { Output } from '../output.ts';
import { count } from '../text.ts';
import { eventLines } from './pair-event-text.ts';
import type { PairsReporter } from './pairs-reporter.ts';
import { pauseLine, wholePause } from './whole-pause.ts';

const lineEveryMs = 5000;

/** Lines for files, pipes and service managers: one for each event, one every five seconds while files go up, and no control character. */
export function plainPairsReporter(output: Output, now = () => performance.now()): PairsReporter {
  let lastAt = now();
  let lastText = '';
  const pause = wholePause();
  return {
    progress: (progress, rule) => {
      const change = pause(rule);
      if (change) output.line(pauseLine(change, Date.now()));
      if (now() - lastAt < lineEveryMs) return;
      const text = progressLine(progress);
      if (text === '' || text === lastText) return;
      lastAt = now();
      lastText = text;
      output.line(text);
    },
    events: (events) => {
      for (const event of events) eventLines(event).forEach((line) => output.line(line));
    },
    watching: (pairs) => output.line(`Keeping ${count(pairs.length, 'folder pair')} up to date, until Ctrl-C.`),
    note: (text) => output.note(text),
    end: () => undefined,
  };
}

/** How far all pairs are together; nothing where nothing is under way. */
function progressLine({ pairs, bytesPerSecond, etaMs }: PairsProgress): string {
  const busy = pairs.filter(({ state }) => state === 'syncing' || state === 'scanning');
  const pending = busy.reduce((sum, pair) => sum + pair.counts.pending, 0);
  if (pending === 0) return '';
  const bytes = busy.reduce((sum, pair) => sum + Math.max(0, pair.totalBytes - pair.syncedBytes), 0);
  const speed = bytesPerSecond === null ? '' : `, ${formatBytes(bytesPerSecond)}/s`;
  const left = etaMs === null ? '' : `, ${formatDuration(etaMs)} left`;
  return `${count(pending, 'file')} to send, ${formatBytes(bytes)}${speed}${left}`;
}
