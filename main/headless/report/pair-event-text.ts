import { formatTarget } from '../../../shared/ids.ts';
import type { Outcome } from '../../../shared/progress-contract.ts';
import type { PairEvent } from '../../../shared/pair-model.ts';
import { problems } from '../../../shared/problem-table.ts';
import { formatBytes, formatDuration } from '../../../shared/units.ts';
import { formatQuestion } from '../option-values.ts';
import { problemText } from '../output.ts';
import { count, printable } from '../text.ts';
import { fallbackLines, watchText } from './pair-text.ts';

/** What an event says to a person, in lines; none for what is nothing new (a file that stands on Box as it is). */
export function eventLines(event: PairEvent): string[] {
  switch (event.type) {
    case 'synced':
      return [syncedLine(event)];
    case 'question': {
      const { id, pairId, path, text, answers } = event.question;
      return [
        `${pair(pairId)}: ${printable(path)}: ${printable(text)}`,
        `    boxcar answer ${formatQuestion(id)} ${answers.join('|')}`,
      ];
    }
    case 'watching':
      if (event.report.mode === 'starting') return [];
      return [
        `${pair(event.pairId)}: ${watchText(event.report)}`,
        ...fallbackLines(event.report).map((line) => `    ${line}`),
      ];
    case 'scanned': {
      const { files, folders, ignored, bytes, durationMs } = event;
      const without = ignored > 0 ? `, ${ignored.toLocaleString('en-US')} ignored` : '';
      const found = `${count(files, 'file')} in ${count(folders, 'folder')}, ${formatBytes(bytes)}${without}`;
      return [`${pair(event.pairId)}: read in ${formatDuration(durationMs)}: ${found}`];
    }
    case 'file':
      return fileLines(event.pairId, event.outcome);
    case 'moved':
      return [`${pair(event.pairId)}: moved: ${printable(event.from)} -> ${printable(event.to)}`];
    case 'trashed':
      return [`${pair(event.pairId)}: moved to Box's trash: ${printable(event.path)}`];
    case 'left':
      return [`${pair(event.pairId)}: deleted here and left on Box: ${printable(event.path)}`];
    case 'problem':
      return [`${pair(event.pairId)}: ${problemText(event.problem)}`];
  }
}

/** What needs somebody, and so stays above a live display. */
export function needsSomebody(event: PairEvent): boolean {
  if (event.type === 'file') return event.outcome.outcome === 'failed';
  return event.type === 'question' || event.type === 'problem';
}

function pair(id: number): string {
  return formatTarget({ kind: 'pair', id });
}

function fileLines(pairId: number, { path, outcome, sizeBytes, boxName, problem }: Outcome): string[] {
  const as = boxName === null ? '' : ` as ${printable(boxName)}`;
  switch (outcome) {
    case 'sent':
      return [`${pair(pairId)}: sent: ${printable(path)}${as} (${formatBytes(sizeBytes)})`];
    case 'adopted':
      return [`${pair(pairId)}: on Box already: ${printable(path)}${as}`];
    case 'failed':
    case 'aborted':
    case 'special': {
      const why = problem ? `: ${problems[problem.code].title}` : '';
      const what = outcome === 'special' ? 'skipped' : outcome;
      return [`${pair(pairId)}: ${what}: ${printable(path)}${why}`];
    }
    case 'kept':
      return [`${pair(pairId)}: left alone: ${printable(path)}`];
    case 'unchanged':
      return [];
  }
}

function syncedLine({ pairs, files, questions, failed }: PairEvent & { type: 'synced' }): string {
  const open = [
    questions > 0 && `${count(questions, 'open question')} (boxcar questions)`,
    failed > 0 && `${count(failed, 'file')} failed`,
  ].filter(Boolean);
  const but = open.length > 0 ? ` but for ${open.join(' and ')}` : '';
  return `Up to date${but}: ${count(files, 'file')} in ${count(pairs, 'folder pair')}.`;
}
