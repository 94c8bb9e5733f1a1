import { setImmediate as turn } from 'node:timers/promises';
import { assertNever } from '../../../shared/assert-never.ts';
import { CallError } from '../../../shared/call-error.ts';
import { formatTarget, type Target } from '../../../shared/ids.ts';
import type { ListFilter } from '../../../shared/list-model.ts';
import type { PairCommandOptions } from '../pair/command-options.ts';
import { setPaused } from '../pair/pair-commands.ts';
import { Result, type ActResult } from './act-result.ts';
import { retryPair, type RetryOptions } from './retry-problems.ts';
import { selectTransfers, type Action } from './select-transfers.ts';
import { putNext } from './put-next.ts';

/** Each is some writes, which go into one transaction: more at a time would keep others waiting. */
const atOnce = 64;

export interface ActOptions extends RetryOptions {
  /** There may be something to start, or in another order. */
  kick: () => void;
  pairCommands: PairCommandOptions;
}

/** One action on many; what can't be done to one of them is told, and doesn't stop the others. */
export async function act(
  options: ActOptions,
  action: Action,
  on: { targets: Target[] } | { filter: ListFilter; except?: readonly number[] | undefined },
): Promise<ActResult> {
  if (options.pairCommands.readOnly) throw new CallError('refused', 'This Boxcar was started to look only.');
  const targets = 'targets' in on ? inBestOrder(action, on.targets) : await selectTransfers(options, action, on);
  const result = new Result();
  if (action === 'next') {
    await putNext(options, targets, result);
    return result.told();
  }
  for (let from = 0; from < targets.length; from += atOnce) {
    await Promise.all(targets.slice(from, from + atOnce).map((target) => one(options, action, target, result)));
    await turn();
    options.signal.throwIfAborted();
  }
  const { aborting } = result;
  if (aborting.length > 0) {
    // Counted from here: else the first ones would be beyond recall before the last one is stopped.
    const undoUntil = await options.transferCommands.endAborts(aborting);
    result.undoUntil = Math.max(result.undoUntil ?? 0, undoUntil);
  }
  // Once each: to start a job asks Box for its folder.
  for (const ownerId of result.owners) {
    const target: Target = { kind: 'job', id: ownerId };
    await result.unless(target, () => options.transferCommands.goOn(ownerId, options.signal));
  }
  return result.told();
}

async function one(options: ActOptions, action: Exclude<Action, 'next'>, target: Target, result: Result) {
  const isDone = await result.unless(target, async () => {
    switch (action) {
      case 'pause':
        return pause(options, target);
      case 'resume':
      case 'undo':
        return goOn(options, action, target, result);
      case 'abort':
        return abort(options, target, result);
      case 'retry':
        return retry(options, target, result);
      default:
        return assertNever(action);
    }
  });
  if (isDone) result.done += 1;
}

async function pause({ pairCommands, director, transferCommands }: ActOptions, target: Target): Promise<void> {
  if (target.kind === 'pair') await setPaused(pairCommands, target.id, true, null);
  else if (target.kind === 'job') await director.stop(target.id, 'paused');
  else await transferCommands.pause(transferOf(target));
}

async function goOn(options: ActOptions, why: 'resume' | 'undo', target: Target, result: Result): Promise<void> {
  const { pairCommands, director, transferCommands, signal } = options;
  if (target.kind === 'transfer') {
    const ownerId = await transferCommands.queue(target.id, why);
    if (ownerId !== null) result.owners.add(ownerId);
  } else if (target.kind === 'job') await director.resume(target.id, signal);
  else if (target.kind === 'pair' && why === 'resume') await setPaused(pairCommands, target.id, false);
  else throw new CallError('refused', `${formatTarget(target)} is no upload that could go on.`);
}

async function abort({ transferCommands }: ActOptions, target: Target, result: Result): Promise<void> {
  if (target.kind === 'job') {
    const until = await transferCommands.abortJob(target.id);
    result.undoUntil = Math.max(result.undoUntil ?? 0, until);
    return;
  }
  const id = transferOf(target);
  await transferCommands.beginAbort(id);
  result.aborting.push(id);
}

async function retry(options: ActOptions, target: Target, result: Result): Promise<void> {
  const { transferCommands, signal } = options;
  if (target.kind === 'part') transferCommands.retryPart(target.id, target.part);
  else if (target.kind === 'pair') await retryPair(options, target.id);
  else if (target.kind === 'job') await transferCommands.retryJob(target.id, signal);
  else {
    const ownerId = await transferCommands.queue(target.id, 'retry');
    if (ownerId !== null) result.owners.add(ownerId);
  }
}

/** What is to stop is stopped from the end: else what waits behind would start meanwhile, only to be stopped. */
function inBestOrder(action: Action, targets: readonly Target[]): Target[] {
  const stops = action === 'pause' || action === 'abort';
  return stops ? targets.toSorted((a, b) => b.id - a.id) : [...targets];
}

function transferOf(target: Target): number {
  if (target.kind === 'transfer') return target.id;
  throw new CallError('refused', `${formatTarget(target)} is no upload: name the file or the job (t… or j…).`);
}
