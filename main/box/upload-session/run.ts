import { ProblemError } from '../../../shared/problem-error.ts';
import type { Problem } from '../../../shared/problem.ts';
import { BoxError } from '../box-error.ts';
import { afterSessionGone, commitUntilKnown, type CommitOutcome } from './commit.ts';
import { findTarget } from './find-target.ts';
import type { SessionRecord, UploadMemory } from './journal.ts';
import { openSession } from './open-session.ts';
import type { SessionUploadOptions, SessionUploadResult } from './options.ts';
import { readListing } from './part-listing.ts';
import { resumeSession } from './resume-session.ts';
import { sendParts } from './send-parts.ts';
import { abortSession } from './session-calls.ts';
import { callOptions, prepareRun, SessionUnusable, type ActiveSession, type UploadRun } from './upload-run.ts';

/**
 * Uploads one file through a session of Box, or goes on with the session of an earlier run. Resolves when the file is on
 * Box with the SHA-1 of the content. Rejects with a ProblemError (the session is kept for a later resume) or with the
 * signal's reason; a commit whose outcome is open then is settled by the next run from `memory.committingSha1`.
 */
export async function uploadThroughSession(options: SessionUploadOptions): Promise<SessionUploadResult> {
  const run = prepareRun(options);
  let memory = options.memory;
  if (memory?.committingSha1 !== undefined) {
    const settled = await settleCommit(run, memory, memory.committingSha1);
    if ('file' in settled) return settled;
    memory = settled.memory;
  }
  let last: Problem | undefined;
  let session: ActiveSession | undefined;
  if (memory) {
    const resumed = await resumeOrDrop(run, memory);
    if ('result' in resumed) return resumed.result;
    ({ session, last } = resumed);
  }
  for (let opened = 0, digestProblems = 0; ;) {
    if (session === undefined) {
      if (opened >= run.limits.sessions) throw new ProblemError(last ?? lost(run, 'every session was lost'));
      opened += 1;
      session = await openSession(run);
    }
    const outcome = await sendAndCommit(run, session);
    if ('file' in outcome) return outcome;
    session = undefined;
    last = outcome.problem;
    if (last.code === 'content.digest') digestProblems += 1;
    if (digestProblems > 1) throw new BoxError(last);
  }
}

type Resumed = { result: SessionUploadResult } | { session: ActiveSession | undefined; last: Problem | undefined };

/** The old session if it can be gone on with. One that is gone may have become a file; one with foreign bytes is dropped. */
async function resumeOrDrop(run: UploadRun, memory: UploadMemory): Promise<Resumed> {
  try {
    const session = await resumeSession(run, memory);
    if (session !== 'gone') return { session, last: undefined };
    const result = await alreadyThere(run, memory.session);
    return result ? { result } : { session: undefined, last: lost(run, 'the session of an earlier run is gone') };
  } catch (error) {
    if (!(error instanceof SessionUnusable)) throw error;
    await drop(run, memory.session);
    return { session: undefined, last: error.problem };
  }
}

/** The file on Box, if it is the content of now. Sizes are compared first: a digest costs a pass over the file. */
async function alreadyThere(run: UploadRun, session: SessionRecord): Promise<SessionUploadResult | undefined> {
  const file = await findTarget(run);
  if (file?.sha1 === undefined || file.sizeBytes !== run.source.sizeBytes) return undefined;
  await run.source.assertUnchanged();
  const sha1 = await run.source.wholeDigest(run.signal);
  return sha1 === file.sha1 ? { file, sha1, session } : undefined;
}

async function sendAndCommit(
  run: UploadRun,
  session: ActiveSession,
): Promise<SessionUploadResult | { problem: Problem }> {
  for (let round = 1; ; round += 1) {
    const broken = await sendOrSayWhyNot(run, session);
    if (broken) return { problem: broken };
    const sha1 = await run.source.wholeDigest(run.signal);
    await run.source.assertUnchanged();
    await run.journal.committing(sha1);
    const parts = [...session.done.values()];
    const ended: CommitOutcome = await commitUntilKnown(run, { session: session.record, parts, sha1 });
    if (ended.outcome === 'done') return { file: ended.file, sha1, session: session.record };
    // Before anything is thrown away: if the content changed, that is the reason and not Box.
    await run.source.assertUnchanged();
    if (ended.outcome === 'gone') return ended;
    if (ended.outcome === 'digest' || round >= rounds) {
      await drop(run, session.record);
      return ended;
    }
    await takeStock(run, session, ended.problem);
  }
}

/** Sends the parts; a problem when the session is lost for it, while every other failure is thrown. */
async function sendOrSayWhyNot(run: UploadRun, session: ActiveSession): Promise<Problem | undefined> {
  try {
    await sendParts(run, session);
    return undefined;
  } catch (error) {
    if (error instanceof SessionUnusable) {
      await drop(run, session.record);
      return error.problem;
    }
    // No commit was sent, so no file can have come of it; whoever else took the name is told by the next create.
    if (error instanceof BoxError && error.problem.code === 'session.gone') return error.problem;
    throw error;
  }
}

// Parts that Box lost after it had them are sent again this often before the session is given up.
const rounds = 3;

/** Box does not find parts that it had acknowledged: what it lists counts, and the rest is sent again. */
async function takeStock(run: UploadRun, session: ActiveSession, problem: Problem): Promise<void> {
  const listing = await readListing(run, session.record.endpoints.listParts, session.grid, run.signal);
  for (const [index, part] of session.done) {
    const onBox = listing.byIndex.get(index);
    if (onBox?.sha1 === part.sha1) session.done.set(index, { ...part, partId: onBox.partId });
    else if (onBox || !listing.truncated) {
      session.done.delete(index);
      session.missing.push(index);
      run.journal.partFailed(part, problem, 'pending', 0);
    }
  }
}

/**
 * An earlier run sent the commit and never knew what came of it. The intended content is what counts here, not the local
 * file of now: nothing local is read.
 */
async function settleCommit(
  run: UploadRun,
  memory: UploadMemory,
  sha1: string,
): Promise<SessionUploadResult | { memory: UploadMemory | undefined }> {
  const { session } = memory;
  const file = await findTarget(run);
  if (file?.sha1 === sha1) return { file, sha1, session };
  const complete = memory.parts.length === session.totalParts;
  const outcome: CommitOutcome = complete
    ? await commitUntilKnown(run, { session, parts: memory.parts, sha1 })
    : await afterSessionGone(run, { sha1 }, lost(run, 'the commit of an earlier run is not answered'));
  switch (outcome.outcome) {
    case 'done':
      return { file: outcome.file, sha1, session };
    case 'gone':
      return { memory: complete ? undefined : { session, parts: memory.parts } };
    case 'parts-missing':
    case 'digest':
      // Known not to have happened: the parts are compared like after any interruption.
      return { memory: { session, parts: memory.parts } };
  }
}

/** Aborts a session that nothing can come of, if we opened it. That it can't be reached now must not hide why. */
async function drop(run: UploadRun, session: SessionRecord): Promise<void> {
  if (!session.ours) return;
  await abortSession(run.connection, { url: session.endpoints.abort }, callOptions(run)).catch(() => undefined);
  run.signal.throwIfAborted();
}

function lost(run: UploadRun, detail: string): Problem {
  return { code: 'session.gone', operation: 'upload', detail, at: run.clock.now() };
}
