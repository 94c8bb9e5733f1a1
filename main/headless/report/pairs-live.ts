import { formatTarget } from '../../../shared/ids.ts';
import type { PairsProgress, PairSummary } from '../../../shared/pair-model.ts';
import { formatBytes, formatDuration } from '../../../shared/units.ts';
import type { TrafficRule } from '../../../shared/settings.ts';
import type { Output } from '../output.ts';
import { count, cutEnd, cutMiddle, printable } from '../text.ts';
import { liveDisplay } from './live-display.ts';
import { eventLines, needsSomebody } from './pair-event-text.ts';
import { pairCountsText, pairStateText } from './pair-text.ts';
import type { PairsReporter } from './pairs-reporter.ts';
import { transferLines, type Screen } from './progress-text.ts';
import { pauseLine } from './whole-pause.ts';

/** What needs somebody and is named above the display as it happens; `boxcar questions` and `boxcar pairs` have all. */
const namedEvents = 50;

/** The display of all pairs on a terminal. */
export function livePairsReporter(output: Output): PairsReporter {
  let last: { progress: PairsProgress; rule: TrafficRule } | undefined;
  let named = 0;
  const display = liveDisplay(output, (screen) => last && pairsFrame(last.progress, last.rule, screen, Date.now()));
  return {
    progress: (progress, rule) => {
      last = { progress, rule };
      display.draw();
    },
    events: (events) => {
      for (const event of events.filter(needsSomebody)) {
        named += 1;
        if (named <= namedEvents) eventLines(event).forEach(display.note);
        if (named === namedEvents) display.note('More is listed by: boxcar questions, boxcar pairs');
      }
    },
    watching: () => undefined,
    note: display.note,
    end: display.end,
  };
}

/**
 * A frame of the display: a line for all, two for each pair, then the transfers under way. No line is wider than the screen, and there
 * are fewer lines than it has rows.
 */
export function pairsFrame(progress: PairsProgress, rule: TrafficRule, screen: Screen, now: number): string[] {
  // The last column stays free: some terminals wrap when it is filled.
  const width = Math.max(1, screen.columns - 1);
  const most = Math.max(1, screen.rows - 1);
  const lines = [
    screen.bold(cutEnd(rule.paused ? pauseLine(rule, now) : overallText(progress), width, ellipsisOf(screen))),
  ];
  const pairRows = progress.pairs.flatMap((pair) => pairRowsOf(pair, screen, width, now));
  const room = most - lines.length - (progress.active.length > 0 ? Math.min(progress.active.length, 4) : 0);
  lines.push(...pairRows.slice(0, Math.max(0, room)));
  const rest = most - lines.length;
  return rest > 0 ? [...lines, ...transferLines(progress.active, screen, width, rest, now)] : lines;
}

function overallText({ pairs, bytesPerSecond, etaMs }: PairsProgress): string {
  if (pairs.length === 0) return 'There are no folder pairs: boxcar add DIR --to FOLDER';
  const sum = (of: (pair: PairSummary) => number) => pairs.reduce((all, pair) => all + of(pair), 0);
  const pending = sum(({ counts }) => counts.pending);
  const questions = sum((pair) => pair.questions);
  const busy = pairs.some(({ state }) => state === 'scanning' || state === 'syncing');
  const texts = [
    pending > 0 ? `${count(pending, 'file')} to send` : busy ? 'Looking for changes' : 'Nothing to do',
    pending > 0 && formatBytes(sum(({ totalBytes, syncedBytes }) => Math.max(0, totalBytes - syncedBytes))),
    bytesPerSecond !== null && pending > 0 && `${formatBytes(bytesPerSecond)}/s`,
    etaMs !== null && pending > 0 && `${formatDuration(etaMs)} left`,
    questions > 0 && `${count(questions, 'open question')} (boxcar questions)`,
  ];
  return texts.filter(Boolean).join('  ');
}

function pairRowsOf(pair: PairSummary, screen: Screen, width: number, now: number): string[] {
  const id = formatTarget({ kind: 'pair', id: pair.id });
  const name = cutMiddle(
    `${printable(pair.path)} -> ${printable(pair.target)}`,
    Math.max(8, width - id.length - 2),
    ellipsisOf(screen),
  );
  const text = `    ${pairStateText(pair, now)}; ${pairCountsText(pair)}`;
  return [`${id}  ${name}`, screen.dim(text)].map((line, at) =>
    at === 0 ? cutEnd(line, width, ellipsisOf(screen)) : screen.dim(cutEnd(text, width, ellipsisOf(screen))),
  );
}

function ellipsisOf(screen: Screen): string {
  return screen.unicode ? '…' : '..';
}
