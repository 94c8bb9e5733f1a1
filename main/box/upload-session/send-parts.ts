import { DigestsAhead } from './digests-ahead.ts';
import { SharedListing, readListing } from './part-listing.ts';
import { PartQueue } from './part-queue.ts';
import { sendPart, type Sending } from './send-part.ts';
import { SessionUnusable, type ActiveSession, type UploadRun } from './upload-run.ts';

/**
 * Sends what is missing and, beside it, compares what is on Box with the local bytes; resolves when every part of the
 * grid is on Box and known to be ours. The first failure stops the others, and is thrown once they have stopped.
 */
export async function sendParts(run: UploadRun, session: ActiveSession): Promise<void> {
  const stop = new AbortController();
  const onAbort = () => stop.abort(run.signal.reason);
  run.signal.throwIfAborted();
  run.signal.addEventListener('abort', onAbort, { once: true });
  const queue = new PartQueue(session.missing);
  let failure: { error: unknown } | undefined;
  const guarded = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      failure ??= { error };
      stop.abort(error);
      queue.close();
    }
  };
  const { parallelParts, heldParts } = heldLimits(run, session.grid.partSizeBytes);
  const order = session.missing.toSorted((a, b) => a - b);
  const signal = stop.signal;
  const sending: Sending = {
    run,
    session,
    queue,
    digests: new DigestsAhead({ ...run, grid: session.grid, order, heldParts, signal }),
    listing: new SharedListing(() => readListing(run, session.record.endpoints.listParts, session.grid, signal)),
    signal,
  };
  const workers = Array.from({ length: Math.min(parallelParts, order.length) }, () =>
    guarded(async () => {
      for (let index = await queue.take(); index !== undefined; index = await queue.take()) {
        await sendPart(sending, index);
      }
    }),
  );
  try {
    await Promise.all([...workers, guarded(() => compareParts(run, session, signal))]);
  } finally {
    run.signal.removeEventListener('abort', onAbort);
  }
  run.signal.throwIfAborted();
  if (failure) throw failure.error;
  session.missing = [];
}

/** Fewer parts at once where the source keeps their bytes and Box wants large ones. */
export function heldLimits(
  run: Pick<UploadRun, 'parallelParts' | 'maxHeldBytes'>,
  partSizeBytes: number,
): { parallelParts: number; heldParts: number } {
  const fitting = Math.max(1, Math.floor((run.maxHeldBytes ?? Infinity) / partSizeBytes));
  const heldParts = Math.min(run.parallelParts + 2, fitting);
  return { heldParts, parallelParts: Math.min(run.parallelParts, heldParts) };
}

/** In offset order, two at a time: the next digest is under way while the last one is noted. */
async function compareParts(run: UploadRun, session: ActiveSession, signal: AbortSignal): Promise<void> {
  const open = session.compare.toSorted((a, b) => a.index - b.index);
  const compareNext = async () => {
    for (let part = open.shift(); part !== undefined; part = open.shift()) {
      signal.throwIfAborted();
      run.journal.partHashing(part);
      const sha1 = await run.source.digestOf(part, signal);
      if (sha1 !== part.sha1) throw new SessionUnusable(`Box holds other bytes as part ${part.index}`, run);
      session.done.set(part.index, part);
      await run.journal.partDone(part);
      run.source.release(part);
    }
  };
  await Promise.all([compareNext(), compareNext()]);
  session.compare = [];
}
