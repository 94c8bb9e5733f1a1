import { CallError } from '../../../shared/call-error.ts';
import { formatTarget } from '../../../shared/ids.ts';
import type { ProblemCode } from '../../../shared/problem-table.ts';
import type { JobDirector } from '../job/director.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PairDirector } from '../pair/pair-director.ts';
import { canBeRetried, type OwnedProblem, type Problems } from './problems.ts';
import type { TransferCommands } from './transfer-commands.ts';

/** Read before any of it changes, and so many at a time: each is some writes. */
const atOnce = 64;

export interface RetryOptions {
  ledger: Ledger;
  problems: Problems;
  transferCommands: TransferCommands;
  director: JobDirector;
  pairs: PairDirector;
  signal: AbortSignal;
}

/**
 * Tries everything again that failed for one cause (null: for any), and returns how much that is. A job that has ended goes on, with
 * what failed for that cause alone; what is paused stays so. Rejects with what keeps a job from going on, after the others.
 */
export async function retryProblems(options: RetryOptions, code: ProblemCode | null): Promise<number> {
  const { ledger, problems, director } = options;
  const byOwner = new Map<number, OwnedProblem[]>();
  for await (const row of problems.walk()) {
    if ((code !== null && row.code !== code) || !canBeRetried(row)) continue;
    const rows = byOwner.get(row.ownerId);
    if (rows) rows.push(row);
    else byOwner.set(row.ownerId, [row]);
  }
  let done = 0;
  const failures: unknown[] = [];
  for (const [ownerId, rows] of byOwner) {
    try {
      if (ledger.owners.kind(ownerId) === 'pair') done += await retryInPair(options, ownerId, rows);
      else if (director.isRunning(ownerId)) done += await retryTransfers(options, rows);
      else if (ledger.jobs.get(ownerId)?.state !== 'paused') {
        if (code !== null) await reopenInJob(options, rows);
        await director.resume(ownerId, options.signal, code !== null);
        done += rows.length;
      }
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return done;
}

/** Everything in a pair that failed is tried again. Rejects as `refused` where it is paused. */
export async function retryPair(options: RetryOptions, pairId: number): Promise<number> {
  const pair = options.ledger.pairs.get(pairId);
  const text = formatTarget({ kind: 'pair', id: pairId });
  if (!pair || pair.removedAt !== null) {
    throw new CallError('usage', `There is no pair ${text}; "boxcar pairs" lists them.`);
  }
  if (pair.paused) throw new CallError('refused', `${text} is paused: resume ${text}.`);
  const rows: OwnedProblem[] = [];
  for await (const row of options.problems.walk(pairId)) if (canBeRetried(row)) rows.push(row);
  return retryInPair(options, pairId, rows);
}

/** Of a job that runs: what has a transfer. The rest is looked at when the job is run again. */
async function retryTransfers({ ledger, transferCommands }: RetryOptions, rows: readonly OwnedProblem[]) {
  let done = 0;
  const retry = async ({ kind, id }: OwnedProblem) => {
    const transfer = kind === 'file' ? ledger.transfers.live(id) : undefined;
    if (transfer?.state !== 'needs-you') return;
    if (await refusedAlone(transferCommands.queue(transfer.id, 'retry'))) return;
    done += 1;
  };
  for (let from = 0; from < rows.length; from += atOnce) await Promise.all(rows.slice(from, from + atOnce).map(retry));
  return done;
}

/** Of a job that is going to run: failed folders are looked at anyhow. */
async function reopenInJob(options: RetryOptions, rows: readonly OwnedProblem[]): Promise<void> {
  const { ledger } = options;
  await retryTransfers(options, rows);
  for (let from = 0; from < rows.length; from += atOnce) {
    await ledger.write(() => {
      for (const { kind, id } of rows.slice(from, from + atOnce)) {
        if (kind !== 'file' || ledger.transfers.live(id)) continue;
        const file = ledger.files.get(id);
        if (file?.outcome === 'failed' && file.facts) ledger.files.setOutcome(id, 'pending', null);
      }
    });
  }
}

async function retryInPair(options: RetryOptions, pairId: number, rows: readonly OwnedProblem[]): Promise<number> {
  const { ledger, pairs } = options;
  if (ledger.pairs.get(pairId)?.paused) return 0;
  let done = await retryTransfers(options, rows);
  await pairs.exclusive(async () => {
    const run = pairs.run(pairId);
    for (let from = 0; from < rows.length; from += atOnce) {
      const slice = rows.slice(from, from + atOnce);
      const folders = await ledger.write(() => slice.map((row) => reopen(ledger, row)));
      for (const ids of folders) if (ids) for (const id of ids) run?.dirty.set(id, 0);
      done += folders.filter((ids) => ids !== null).length;
    }
    // What could not be read is looked at again.
    run?.rescan();
  });
  pairs.ran();
  return done;
}

/** The folders in which something waits for its plan by it; null where its transfer tries again, or it has settled itself. */
function reopen({ files, pairFiles, tree, transfers }: Ledger, { kind, id }: OwnedProblem): number[] | null {
  if (kind === 'folder') return tree.folder(id)?.state === 'failed' ? tree.reopenFolder(id) : null;
  const file = files.get(id);
  if (!file || transfers.live(id)) return null;
  // With the folder above, just now.
  if (file.outcome === 'pending') return [file.folderId];
  if (file.outcome !== 'failed') return null;
  // Nothing is known of one that could not be looked at: the walk tells.
  if (file.facts !== null) pairFiles.reopen(id);
  return [file.folderId];
}

async function refusedAlone(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return false;
  } catch (error) {
    if (error instanceof CallError) return true;
    throw error;
  }
}
