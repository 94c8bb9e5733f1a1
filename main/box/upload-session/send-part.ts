import type { ProblemError } from '../../../shared/problem-error.ts';
import type { Problem } from '../../../shared/problem.ts';
import { BoxError } from '../box-error.ts';
import type { BoxPart } from '../schema/sessions.ts';
import type { DigestsAhead } from './digests-ahead.ts';
import { rangeAt } from './grid.ts';
import { findPart } from './listing.ts';
import type { PartQueue } from './part-queue.ts';
import type { SharedListing } from './part-listing.ts';
import type { PartRange } from './part-source.ts';
import { uploadPart } from './session-calls.ts';
import { callOptions, retryDelayMs, SessionUnusable, type ActiveSession, type UploadRun } from './upload-run.ts';

/** What the sending of parts shares. */
export interface Sending {
  run: UploadRun;
  session: ActiveSession;
  queue: PartQueue;
  digests: DigestsAhead;
  listing: SharedListing;
  signal: AbortSignal;
}

type TryOutcome = { stored: BoxPart } | { failed: ProblemError } | { unsure: Problem };

/**
 * Brings one part to Box, however often it takes; resolves once its answer is stored. Rejects with what can't pass by
 * itself, and after `partAttempts` consecutive failures with the last one.
 */
export async function sendPart(sending: Sending, index: number): Promise<void> {
  const { run, session } = sending;
  const range = rangeAt(session.grid, index);
  let digestFailures = 0;
  const progress = monotonicProgress(run, range);
  for (let attempt = 1; ; attempt += 1) {
    const sha1 = await sending.digests.of(index);
    const outcome = await holdingSlot(sending, range, sha1, attempt, progress);
    if (outcome === 'done') return;
    const { problem } = outcome;
    if (attempt >= run.limits.partAttempts) throw exhausted(run, range, outcome);
    if (problem.code === 'content.digest') {
      digestFailures += 1;
      if (digestFailures > run.limits.digestRetries) throw outcome;
      sending.digests.forget(index);
    }
    await waitForTurn(sending, range, outcome.problem, retryDelayMs(run, attempt, problem));
  }
}

/**
 * After the last try. A part that Box always says it has and never lists (one beyond the reach of paging, for one) is
 * cured by a new session only.
 */
function exhausted(run: UploadRun, range: PartRange, last: ProblemError): ProblemError {
  if (last.problem.code !== 'part.unsure') return last;
  return new SessionUnusable(`what Box holds of part ${range.index} can't be found out`, run);
}

/** One try, with the slot held until its answer is stored: beyond 10,000 parts only the memory has it. */
async function holdingSlot(
  sending: Sending,
  range: PartRange,
  sha1: string,
  attempt: number,
  progress: (sentBytes: number) => void,
): Promise<'done' | ProblemError> {
  const { run, session, signal } = sending;
  const free = await run.partGate.acquire(range.sizeBytes, signal);
  try {
    signal.throwIfAborted();
    await run.source.assertUnchanged();
    await run.journal.partSending(range, sha1, attempt);
    let outcome = await tryPart(sending, range, sha1, progress);
    if ('unsure' in outcome) {
      run.journal.partFailed(range, outcome.unsure, 'unsure', 0);
      outcome = await settle(sending, range, sha1, outcome.unsure);
    }
    if ('failed' in outcome) return outcome.failed;
    if ('unsure' in outcome) return new BoxError(outcome.unsure, { ambiguous: true });
    const part = { ...range, partId: outcome.stored.partId, sha1, origin: 'sent' as const };
    session.done.set(range.index, part);
    await run.journal.partDone(part);
    sending.digests.release(range.index);
    return 'done';
  } finally {
    free();
  }
}

async function tryPart(
  { run, session, signal }: Sending,
  range: PartRange,
  sha1: string,
  onProgress: (sentBytes: number) => void,
): Promise<TryOutcome> {
  const open = () => run.source.read(range, signal);
  const part = { ...range, totalBytes: session.grid.sizeBytes, sha1, open, onProgress };
  try {
    const stored = await uploadPart(
      run.connection,
      { url: session.record.endpoints.uploadPart },
      part,
      callOptions(run, signal),
    );
    if (stored === undefined) return { unsure: unsure(run, range, 'Box took the part and did not say what it stored') };
    const same = stored.offset === range.offset && stored.sizeBytes === range.sizeBytes && stored.sha1 === sha1;
    return same ? { stored } : { unsure: unsure(run, range, 'Box answered with another part than was sent') };
  } catch (error) {
    return sortFailure(error, signal);
  }
}

/** What may pass becomes an outcome; what can't is thrown on. */
function sortFailure(error: unknown, signal: AbortSignal): TryOutcome {
  signal.throwIfAborted();
  if (!(error instanceof BoxError)) throw error;
  if (error.class === 'pause-all' || error.problem.code === 'session.gone') throw error;
  // A defect of ours is not cured by sending again, whatever Box may hold now.
  if (error.problem.code === 'local.internal') throw error;
  if (error.ambiguous) return { unsure: error.problem };
  if (error.class === 'retry' || error.class === 'retry-after') return { failed: error };
  throw error;
}

/** Asks Box what it holds of a part whose answer was lost. */
async function settle(sending: Sending, range: PartRange, sha1: string, doubt: Problem): Promise<TryOutcome> {
  const { run, listing, signal } = sending;
  let finding;
  try {
    finding = findPart(await listing.fresh(), range.index, sha1);
  } catch (error) {
    return sortFailure(error, signal);
  }
  if (finding === 'differs') throw new SessionUnusable(`Box holds other bytes as part ${range.index}`, run);
  // Absent: sent again. The digest of a part that was refused for it is asked anew; here the bytes just didn't arrive.
  return finding === 'absent' ? { unsure: doubt } : { stored: finding.found };
}

async function waitForTurn(sending: Sending, range: PartRange, problem: Problem, delayMs: number): Promise<void> {
  const { run, queue, signal } = sending;
  run.journal.partFailed(range, problem, 'waiting', delayMs);
  queue.hold(range.index);
  try {
    await run.control.waitForRetry(range.index, delayMs, signal);
  } finally {
    queue.resume(range.index);
  }
}

function unsure(run: UploadRun, range: PartRange, detail: string): Problem {
  return { code: 'part.unsure', operation: `PUT part ${range.index}`, detail, at: run.clock.now() };
}

/** A part that is sent again does not take back what its first try has shown. */
function monotonicProgress(run: UploadRun, range: PartRange): (sentBytes: number) => void {
  let most = 0;
  return (sentBytes) => {
    if (sentBytes <= most) return;
    most = sentBytes;
    run.journal.partProgress(range, sentBytes);
  };
}
