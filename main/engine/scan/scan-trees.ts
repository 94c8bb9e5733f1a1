import { on } from 'node:events';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { RuleDescription } from '../ignore/model.ts';
import type { ScanBatch, ScanRoot } from './model.ts';
import { unpackBatch } from './pack.ts';
import type { ScanTask, ScanWorkerMessage } from './protocol.ts';
import { takeScanThread } from './scan-thread.ts';

export interface ScanOptions {
  roots: readonly ScanRoot[];
  /** What is left out, and neither walked nor watched (`describeRules`). Without it everything is told. */
  rules?: RuleDescription | undefined;
  /** The data folder: left out like by a rule, with none to tell, where it lies below a root. */
  leaveOut?: string | undefined;
  /** The roots with their entries, and nothing below: what changed in a folder. */
  shallow?: boolean | undefined;
  /** False: a root that is a link is an entry like any other. */
  followRoots?: boolean | undefined;
  signal: AbortSignal;
}

const aheadBatches = 3;

/**
 * Walks local trees in a worker thread; batches of at most some 2,000 rows, and the walk stays a few batches ahead of the
 * consumer at most. A root's parent comes first, as the "container" (parentKey null, name = its absolute path) whose only
 * entries are the roots in it; a root that is a folder then follows as its child. A root that is a link is followed, as
 * `cp -H` and rsync's `DIR/` do; links below are entries and never followed, so loops can't occur. Problems stand at the
 * entry or folder they are about; the iteration itself rejects only with the signal's reason or `local.internal`. Leaving
 * the loop early ends the thread.
 */
export async function* scanTrees({
  roots,
  rules,
  leaveOut,
  shallow = false,
  followRoots = true,
  signal,
}: ScanOptions): AsyncGenerator<ScanBatch, void, undefined> {
  signal.throwIfAborted();
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const task: ScanTask = {
    roots,
    rules: rules ?? null,
    leaveOut: leaveOut ?? null,
    shallow,
    followRoots,
    taken,
    aheadBatches,
  };
  const worker = takeScanThread();
  try {
    worker.postMessage(task);
    for await (const [message] of on(worker, 'message', { signal, close: ['exit'] }) as AsyncIterable<
      [ScanWorkerMessage]
    >) {
      if ('done' in message) return;
      yield unpackBatch(message.batch);
      Atomics.add(taken, 0, 1);
      Atomics.notify(taken, 0);
    }
    throw new Error('The walking thread ended early');
  } catch (error) {
    signal.throwIfAborted();
    const detail = error instanceof Error ? error.message : String(error);
    const problem = { code: 'local.internal', operation: 'scan', detail, at: Date.now() } as const;
    throw new ProblemError(problem, { cause: error });
  } finally {
    await worker.terminate();
  }
}
