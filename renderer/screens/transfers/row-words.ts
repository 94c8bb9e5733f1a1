import type { TransferRow } from '../../../shared/model.ts';
import { shownPath } from '../../../shared/spool-path.ts';
import { count, duration, moment, percent } from '../../text/format.ts';
import { text } from '../../text/text.svelte.ts';

/** From here on the time of day says when it goes on, below it the seconds. */
const soonMs = 60_000;

/** The name of a file and the folder that it lies in, as people know them. */
export function nameOf({ path }: Pick<TransferRow, 'path'>): { name: string; folder: string; path: string } {
  const shown = shownPath(path);
  const cut = Math.max(shown.lastIndexOf('/'), shown.lastIndexOf('\\'));
  return { name: shown.slice(cut + 1) || shown, folder: shown.slice(0, Math.max(0, cut)), path: shown };
}

/** Whether a row goes on at a time that is near: then its words change with the clock. */
export function countsDown({ wait }: TransferRow, now: number): boolean {
  return wait !== null && wait.lengthMs > 0 && wait.startedAt + wait.lengthMs - now < soonMs;
}

/** What a row is doing and why: never a state alone where there is a reason. */
export function stateLine(row: TransferRow, now: number): string {
  const { line } = text.now.transfers;
  const labels = text.now.states.transfer;
  switch (row.state) {
    case 'sending':
      return again(row, sendingLine(row));
    case 'committing':
      if (!row.commit) return line.finishingSoon;
      return line.finishing(count(row.commit.processed), count(row.commit.total));
    case 'queued':
      return row.wait ? waitLine(row.wait, now) : again(row, line.queued);
    case 'waiting': {
      if (!row.wait) return row.problem ? line.because(labels.waiting, problemTitle(row)) : labels.waiting;
      return waitLine(row.wait, now, row.wait.reason === 'rate' ? '' : problemTitle(row));
    }
    case 'needs-you':
      return row.problem ? problemTitle(row) : labels['needs-you'];
    case 'paused':
      return row.doneBytes > 0 ? line.pausedAt(percent(shareOf(row))) : labels.paused;
    case 'aborting':
      return line.aborting;
    case 'aborted':
      return line.abortedAt(moment(row.updatedAt, now));
    case 'done':
      return line.doneAt(moment(row.updatedAt, now));
    case 'settling':
      return row.wait ? waitLine(row.wait, now) : labels.settling;
    case 'checking':
    case 'opening':
    case 'superseded':
      return again(row, labels[row.state]);
  }
}

/** How much of a file is on Box or handed to the connection, 0 to 1. */
export function shareOf({ sizeBytes, doneBytes, state }: TransferRow): number {
  if (state === 'done' || state === 'committing') return 1;
  return sizeBytes > 0 ? Math.min(1, doneBytes / sizeBytes) : 0;
}

/** The shares of the strip: of whole parts what Box has acknowledged, of the rest what is under way. */
export function stripOf(row: TransferRow): { done: number; moving: number; begun: number; parts: number } {
  const share = shareOf(row);
  const { parts } = row;
  if (!parts || parts.total === 0) {
    const isSure = row.state === 'done' || row.state === 'committing';
    return { done: isSure ? 1 : 0, moving: isSure ? 0 : share, begun: 0, parts: 1 };
  }
  const done = Math.min(share, parts.done / parts.total);
  const moving = share - done;
  const reach = Math.min(1, (parts.done + parts.inFlight) / parts.total);
  return { done, moving, begun: Math.max(0, reach - share), parts: parts.total };
}

function problemTitle({ problem }: TransferRow): string {
  return problem ? text.now.problems[problem.code].title : '';
}

function sendingLine(row: TransferRow): string {
  const { line } = text.now.transfers;
  if (!row.parts || row.parts.total === 0) return line.sendingShare(percent(shareOf(row)));
  return line.sendingParts(count(row.parts.done), count(row.parts.total));
}

function again({ attempts }: TransferRow, words: string): string {
  return attempts > 1 ? text.now.transfers.line.again(words, count(attempts)) : words;
}

function waitLine({ reason, startedAt, lengthMs }: NonNullable<TransferRow['wait']>, now: number, why = ''): string {
  const { line } = text.now.transfers;
  const base = text.now.states.wait[reason];
  const label = why === '' ? base : line.because(base, why);
  const leftMs = startedAt + lengthMs - now;
  if (lengthMs === 0 || leftMs <= 0) return label;
  if (leftMs >= soonMs) return line.until(label, moment(startedAt + lengthMs, now));
  return line.goesOnIn(label, duration(Math.ceil(leftMs / 1000) * 1000));
}
