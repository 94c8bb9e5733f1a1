import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { transferLabels, waitLabels } from '../../../shared/labels.ts';
import type { Answer } from '../../../shared/pair-model.ts';
import type { Problem } from '../../../shared/problem.ts';
import { formatDuration } from '../../../shared/units.ts';
import { namesBetween } from '../ignore/inside.ts';
import type { FileRow } from '../ledger/files.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TransferRowData } from '../ledger/transfers.ts';

export interface Explanation {
  path: string;
  /** The job or the pair that knows it: one of the two. */
  jobId: number | null;
  pairId: number | null;
  transferId: number | null;
  reason: string;
  problem: Problem | null;
  checkedAt: number | null;
}

type Asked = { now: number; held: string | null };

/**
 * {@link explainPath}, also for another way to the same: through a link, or in another case where the disk does not tell them apart.
 * What is not there is known by its own path alone.
 */
export async function explainAnyPath(ledger: Ledger, path: string, asked: Asked): Promise<Explanation[]> {
  const found = explainPath(ledger, path, asked);
  if (found.length > 0) return found;
  const real = await realpath(path).catch(() => path);
  return real === path ? [] : explainPath(ledger, real, asked);
}

/**
 * What holds a local path, in each job and pair that knows it: the rule, the state or the problem. Empty when none does.
 * @param held why everything is paused: `paused by the schedule until 18:00`
 */
export function explainPath(ledger: Ledger, path: string, { now, held }: Asked): Explanation[] {
  const explanations: Explanation[] = [];
  for (const container of ledger.folders.containers()) {
    const names = namesBetween(container.name, path)?.map(({ name }) => name);
    if (!names || names.length === 0) continue;
    let folder = container;
    for (const name of names.slice(0, -1)) {
      const child = ledger.folders.child(folder.id, name);
      if (!child) break;
      folder = child;
      if (child.state === 'failed') break;
    }
    const last = names.at(-1)!;
    // What was on Box in a folder that was removed there is not there any more, whatever its own row remembers.
    const isRemoved = folder.problem?.code === 'pair.removed-on-box';
    const isParent = ledger.folders.path(folder.id).display === dirname(path);
    const file = isParent && !isRemoved ? ledger.files.child(folder.id, last) : undefined;
    const at = { path, ...ledger.owners.ref(container.ownerId) };
    if (file) explanations.push({ ...at, ...explainFile(ledger, file, now, held) });
    else {
      const own = ledger.folders.child(folder.id, last) ?? (folder.state === 'failed' ? folder : undefined);
      if (own) {
        const reason =
          own.state === 'failed'
            ? 'The folder, and all in it, cannot go up.'
            : own.state === 'planned'
              ? 'The folder is on Box.'
              : 'The folder waits for its place on Box.';
        explanations.push({ ...at, transferId: null, reason, problem: own.problem, checkedAt: null });
      }
    }
  }
  return explanations;
}

function explainFile(
  ledger: Ledger,
  file: FileRow,
  now: number,
  held: string | null,
): Omit<Explanation, 'path' | 'jobId' | 'pairId'> {
  const transfer = ledger.transfers.latest(file.id);
  const shown = {
    transferId: transfer?.id ?? null,
    problem: file.problem ?? transfer?.problem ?? null,
    checkedAt: file.seenAt,
  };
  switch (file.outcome) {
    case 'sent':
    case 'adopted':
    case 'unchanged':
      return { ...shown, reason: `It is on Box as file ${file.box?.fileId ?? '?'}, SHA-1 ${file.sha1 ?? '?'}.` };
    case 'kept':
      return { ...shown, reason: explainKept(ledger, file) };
    case 'special':
      return { ...shown, reason: 'It is no regular file.' };
    case 'left':
      return { ...shown, reason: 'It is no longer here, and was left on Box.' };
    case 'gone':
      return { ...shown, reason: 'It was no longer there when its folder was last read.' };
    case 'aborted':
      return { ...shown, reason: 'Its upload was aborted.' };
    case 'failed':
      return { ...shown, reason: 'It needs you.' };
    case 'pending':
      return {
        ...shown,
        reason: transfer ? explainTransfer(transfer, now, held) : explainUnplanned(held),
      };
  }
}

function explainUnplanned(held: string | null): string {
  return held === null ? 'It waits until its folder has its place on Box.' : `It waits; everything is ${held}.`;
}

/** Why a file is here only, or other content stands for it on Box. */
function explainKept(ledger: Ledger, { id, ownerId, problem }: FileRow): string {
  const { owners, questions } = ledger;
  const other = 'Box has other content under this name, and';
  if (owners.kind(ownerId) === 'job') return `${other} --if-exists skip left it as it is.`;
  const question = questions.aboutFile('removed-on-box', id);
  if (question) return `It was removed on Box, and question q${question.id} waits for an answer.`;
  if (problem?.code === 'pair.removed-on-box') return "It was removed on Box, and stays here only by the pair's rule.";
  if (problem) return `${other} --conflicts skip left it as it is.`;
  const answered = questions.answerAbout(id)?.answer;
  return (answered && keptBy[answered]) ?? 'It stays here only.';
}

const keptBy: Partial<Record<Answer, string>> = {
  leave: 'It was removed on Box, and stays here only, as was answered.',
  'take-box': 'Box has other content under this name, which stays, as was answered.',
  skip: 'Box does not take its name, and it is left out, as was answered.',
};

function explainTransfer(transfer: TransferRowData, now: number, held: string | null): string {
  const { wait } = transfer;
  if (transfer.state === 'queued' && held !== null) return `Queued; everything is ${held}.`;
  if (transfer.state !== 'waiting' || !wait) return `${transferLabels[transfer.state]}.`;
  // [Note: waits] A clock set back never makes one longer than it was meant.
  const leftMs = Math.min(wait.lengthMs, Math.max(0, wait.startedAt + wait.lengthMs - now));
  return `${waitLabels[wait.reason]}; next try in ${formatDuration(leftMs)}.`;
}
