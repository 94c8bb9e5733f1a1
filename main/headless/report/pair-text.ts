import { formatTarget } from '../../../shared/ids.ts';
import type { PairState, PairSummary, PairWatchReport } from '../../../shared/pair-model.ts';
import { problems } from '../../../shared/problem-table.ts';
import { formatBytes, formatDuration } from '../../../shared/units.ts';
import { problemText } from '../output.ts';
import { count, printable } from '../text.ts';

const stateLabels: Record<PairState, string> = {
  stopped: 'not kept up to date now',
  scanning: 'reading the folder',
  syncing: 'bringing Box up to date',
  synced: 'up to date',
  paused: 'paused',
  blocked: 'stopped by a problem',
};

/** Fallback folders that are named in a list for people; --json has up to a hundred. */
const namedFolders = 5;

/** What a pair is doing, in words: `paused until 18:00`. */
export function pairStateText({ state, pausedUntil, scan, problem }: PairSummary, now: number): string {
  if (state === 'paused' && pausedUntil !== null) return `paused until ${timeText(pausedUntil, now)}`;
  if (state === 'blocked' && problem) return `stopped: ${problems[problem.code].title}`;
  if (state === 'scanning' && scan) {
    return `reading the folder: ${count(scan.files, 'file')} in ${count(scan.folders, 'folder')} so far`;
  }
  return stateLabels[state];
}

/** A moment to come for people: the hour of today, or the date too. */
export function timeText(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  const hour = then.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (then.toDateString() === today.toDateString()) return hour;
  const pad = (number: number) => String(number).padStart(2, '0');
  return `${then.getFullYear()}-${pad(then.getMonth() + 1)}-${pad(then.getDate())} ${hour}`;
}

/** `1,204 of 2,000 files on Box (1.2 GB of 2.1 GB), 3 to send, 1 failed`. */
export function pairCountsText({ counts, totalBytes, syncedBytes }: PairSummary): string {
  const bytes =
    syncedBytes === totalBytes ? formatBytes(totalBytes) : `${formatBytes(syncedBytes)} of ${formatBytes(totalBytes)}`;
  const more = (number: number, text: string) => number > 0 && `${number.toLocaleString('en-US')} ${text}`;
  return [
    `${counts.synced.toLocaleString('en-US')} of ${count(counts.files, 'file')} on Box (${bytes})`,
    more(counts.pending, 'to send'),
    more(counts.failed, 'failed'),
    more(counts.kept, 'left alone'),
    more(counts.special, counts.special === 1 ? 'special file skipped' : 'special files skipped'),
    more(counts.left, 'deleted here and left on Box'),
    more(counts.failedFolders, counts.failedFolders === 1 ? 'folder failed' : 'folders failed'),
  ]
    .filter(Boolean)
    .join(', ');
}

/** How a folder is watched: `watching 12 folders (the system allows 65,536)`. */
export function watchText({ mode, watches, limit, fallbackCount }: PairWatchReport): string {
  const folders = count(watches, 'folder');
  const allowed = limit === null ? '' : ` (the system allows ${limit.toLocaleString('en-US')})`;
  const again = `${count(fallbackCount, 'folder')} read again each minute instead`;
  switch (mode) {
    case 'watching':
      return `watching ${folders}${allowed}`;
    case 'starting':
      return `about to watch: ${folders} so far${allowed}`;
    case 'partly':
      return `watching ${folders}${allowed}, ${again}`;
    case 'polling':
      return `not watched${allowed}: ${again}`;
  }
}

/** The folders that can't be watched, with reason and remedy. */
export function fallbackLines({ fallbackFolders, fallbackCount }: PairWatchReport, most = namedFolders): string[] {
  const lines = fallbackFolders
    .slice(0, most)
    .flatMap(({ path, reason, remedy }) => [`${printable(path)}: ${printable(reason)}`, `  -> ${printable(remedy)}`]);
  const shown = Math.min(most, fallbackFolders.length);
  return fallbackCount > shown && fallbackFolders.length > most
    ? [...lines, `and ${(fallbackCount - shown).toLocaleString('en-US')} more; --json names up to 100`]
    : lines;
}

/** A pair as `boxcar pairs` shows it, with its questions and everything that keeps it from being watched. */
export function pairLines(pair: PairSummary, now: number, home: string): string[] {
  const { problem, watch, scannedAt, questions } = pair;
  const lines = [
    `${formatTarget({ kind: 'pair', id: pair.id })}  ${printable(pair.path)} -> ${printable(pair.target)}`,
    `    ${pairStateText(pair, now)}; ${pairCountsText(pair)}`,
  ];
  if (problem) lines.push(`    ${problemText(problem)}`);
  const scanned = scannedAt === null ? 'never read to the end yet' : `read ${agoText(scannedAt, now)}`;
  lines.push(`    ${[scanned, watch && watchText(watch)].filter(Boolean).join('; ')}`);
  if (watch) lines.push(...fallbackLines(watch).map((line) => `      ${line}`));
  if (questions > 0) lines.push(`    ${count(questions, 'open question')}: boxcar questions${home}`);
  return lines;
}

function agoText(at: number, now: number): string {
  const agoMs = now - at;
  // A clock that was put back since.
  if (agoMs < 0) return `at ${new Date(at).toISOString()}`;
  return agoMs < 1000 ? 'just now' : `${formatDuration(agoMs)} ago`;
}
