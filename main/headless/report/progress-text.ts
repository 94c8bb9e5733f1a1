import { basename } from 'node:path';
import type { JobProgress } from '../../../shared/progress-contract.ts';
import { problems } from '../../../shared/problem-table.ts';
import type { JobSummary, TransferRow } from '../../../shared/model.ts';
import type { TrafficRule } from '../../../shared/settings.ts';
import { formatBytes, formatDuration } from '../../../shared/units.ts';
import { count, cutEnd, cutMiddle, displayWidth, padTo, printable } from '../text.ts';
import { doneText, stateText } from './transfer-text.ts';
import { pauseLine } from './whole-pause.ts';

export interface Screen {
  columns: number;
  rows: number;
  /** Whether more than ASCII can be shown. */
  unicode: boolean;
  bold(text: string): string;
  dim(text: string): string;
}

const longestBar = 30;
const longestName = 44;
const mostLines = 10;
const mostQuickLines = 2;

/** What the whole job has done, 0 to 1; by files where there are no bytes. */
export function fractionOf(job: JobSummary): number {
  if (job.totalBytes > 0) return Math.min(1, job.doneBytes / job.totalBytes);
  return job.counts.files > 0 ? 1 - job.counts.pending / job.counts.files : 0;
}

/**
 * A frame of the live display: one line for the whole, one for the counts, then a line for each transfer under way. No line is wider
 * than the screen, and there are fewer lines than it has rows; what matters least goes first when room is short.
 */
export function progressFrame(progress: JobProgress, rule: TrafficRule, screen: Screen, now: number): string[] {
  // The last column stays free: some terminals wrap when it is filled.
  const width = Math.max(1, screen.columns - 1);
  const lines = [
    overallLine(progress, rule.paused ? pauseLine(rule, now) : overallState(progress), screen, width),
    screen.dim(cutEnd(countsText(progress.job), width, ellipsisOf(screen))),
  ];
  const room = Math.max(0, screen.rows - lines.length - 1);
  return [...lines, ...transferLines(progress.active, screen, width, room, now)];
}

/** A line for each transfer under way and one for those that have no room, in so many rows. */
export function transferLines(
  active: readonly TransferRow[],
  screen: Screen,
  width: number,
  rows: number,
  now: number,
): string[] {
  const room = Math.max(0, rows - 1);
  // Small files come and go faster than anybody reads: they get one line together, unless they are all there is to see.
  const quick = active.filter(({ kind, state }) => kind !== 'session' && state === 'sending');
  const single = quick.length > mostQuickLines ? active.filter((row) => !quick.includes(row)) : active;
  const shown = single.slice(0, Math.min(room, mostLines));
  const lines = shown.map((row) => transferLine(row, screen, width, now));
  const hidden = active.length - shown.length;
  const what = hidden === quick.length ? 'small file' : 'more transfer';
  if (hidden > 0 && room > 0) lines.push(screen.dim(cutEnd(`  and ${count(hidden, what)}`, width, ellipsisOf(screen))));
  return lines;
}

/**
 * `45 %  1.2 GB of 2.6 GB  45 MB/s  2 min 10 s left`, the bar in front where there is room for it. Why nothing moves is never what
 * goes where room is short.
 */
function overallLine(progress: JobProgress, state: string | undefined, screen: Screen, width: number): string {
  const { job } = progress;
  const fraction = fractionOf(job);
  const percent = `${Math.floor(fraction * 100)} %`.padStart(5);
  const bytes = `${formatBytes(job.doneBytes)} of ${formatBytes(job.totalBytes)}`;
  const speed = progress.bytesPerSecond === null ? '' : `${formatBytes(progress.bytesPerSecond)}/s`;
  const left = progress.etaMs === null ? '' : `${formatDuration(progress.etaMs)} left`;
  const texts = (state === undefined ? [percent, bytes, speed, left] : [percent, bytes, state]).filter(Boolean);
  while (texts.length > 1 && displayWidth(texts.join('  ')) > width) {
    if (state === undefined) texts.pop();
    else texts.splice(texts.length - 2, 1);
  }
  const text = texts.join('  ');
  const barWidth = Math.min(longestBar, width - displayWidth(text) - 4);
  if (barWidth < 8) return screen.bold(cutEnd(text, width, ellipsisOf(screen)));
  return `${bar(fraction, barWidth, screen)} ${screen.bold(text)}`;
}

/** What the whole job is doing where it isn't simply sending. */
function overallState(progress: JobProgress): string | undefined {
  const { job, bytesPerSecond } = progress;
  const waiting = waitingText(progress);
  if (waiting !== undefined && !bytesPerSecond) return waiting;
  if (job.state === 'scanning') return 'reading the folders';
  if (job.state === 'paused') return `paused (boxcar resume j${job.id})`;
  if (job.state === 'blocked' && job.problem) return problems[job.problem.code].title;
  return undefined;
}

/** Why folders wait for their place on Box, while the job goes on. */
export function waitingText({ job }: Pick<JobProgress, 'job'>): string | undefined {
  const isUnderWay = job.state === 'scanning' || job.state === 'active';
  return isUnderWay && job.problem ? problems[job.problem.code].title : undefined;
}

function bar(fraction: number, width: number, screen: Screen): string {
  const full = Math.round(fraction * width);
  const [done, rest] = screen.unicode ? ['█', '░'] : ['#', '.'];
  return `[${done.repeat(full)}${rest.repeat(width - full)}]`;
}

/** `1,204 of 2,000 files, 3 failed, 1 skipped`. */
export function countsText(job: JobSummary): string {
  const { counts } = job;
  const finished = counts.files - counts.pending;
  return [
    `${finished.toLocaleString('en-US')} of ${count(counts.files, 'file')}`,
    counts.adopted > 0 && `${counts.adopted.toLocaleString('en-US')} already on Box`,
    counts.unchanged > 0 && `${counts.unchanged.toLocaleString('en-US')} unchanged`,
    counts.kept > 0 && `${counts.kept.toLocaleString('en-US')} left alone`,
    counts.failed > 0 && `${counts.failed.toLocaleString('en-US')} failed`,
    counts.special > 0 && `${counts.special.toLocaleString('en-US')} skipped`,
  ]
    .filter(Boolean)
    .join(', ');
}

function transferLine(row: TransferRow, screen: Screen, width: number, now: number): string {
  const name = printable(basename(row.path));
  const state = stateText(row, now);
  const nameWidth = Math.max(8, Math.min(longestName, Math.floor(width * 0.4)));
  const done = doneText(row);
  const text = `  ${padTo(cutMiddle(name, nameWidth, ellipsisOf(screen)), nameWidth)}  ${state}${done ? `  ${done}` : ''}`;
  return cutEnd(text, width, ellipsisOf(screen));
}

function ellipsisOf(screen: Screen): string {
  return screen.unicode ? '…' : '..';
}
