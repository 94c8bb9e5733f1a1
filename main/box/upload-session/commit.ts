import { ProblemError } from '../../../shared/problem-error.ts';
import type { Problem } from '../../../shared/problem.ts';
import { sleep } from '../../platform/wait.ts';
import { BoxError } from '../box-error.ts';
import { getFile } from '../files.ts';
import type { BoxFile } from '../schema/items.ts';
import { findTarget } from './find-target.ts';
import type { SentPart, SessionRecord } from './journal.ts';
import { commitSession, getSession } from './session-calls.ts';
import { callOptions, retryDelayMs, type UploadRun } from './upload-run.ts';

/** How a commit can end, but for rejecting: then its outcome is open, or it is the user's to decide. */
export type CommitOutcome =
  | { outcome: 'done'; file: BoxFile }
  /** The session is gone and the file is not there. */
  | { outcome: 'gone'; problem: Problem }
  /** Box misses parts that it had acknowledged, and time does not help. */
  | { outcome: 'parts-missing'; problem: Problem }
  /** Box put together other bytes than were digested here. */
  | { outcome: 'digest'; problem: Problem };

/** What is committed. */
export interface Commit {
  session: SessionRecord;
  parts: readonly SentPart[];
  /** Hex, of the whole content: what the file is to be, whatever becomes of the local one meanwhile. */
  sha1: string;
}

interface CommitState {
  etag: string | undefined;
  startedAt: number;
  polls: number;
  partsTries: number;
  etagsTaken: number;
  failures: number;
}

/**
 * Commits until the outcome is known. A 202 is asked again when Box says, for `commitTimeoutMs`; after a lost answer the
 * session and the file are looked at before anything is sent again. Nothing is ever uploaded twice for want of an answer.
 */
export async function commitUntilKnown(run: UploadRun, commit: Commit): Promise<CommitOutcome> {
  const state: CommitState = {
    etag: run.target.kind === 'version' ? run.target.ifMatch : undefined,
    startedAt: run.clock.monotonic(),
    polls: 0,
    partsTries: 0,
    etagsTaken: 0,
    failures: 0,
  };
  for (;;) {
    const known = await tryCommit(run, commit, state);
    if (known) return known;
  }
}

async function tryCommit(run: UploadRun, commit: Commit, state: CommitState): Promise<CommitOutcome | undefined> {
  try {
    const answer = await commitSession(
      run.connection,
      { url: commit.session.endpoints.commit },
      { sha1: commit.sha1, parts: commit.parts, attributes: run.attributes, ifMatch: state.etag },
      callOptions(run),
    );
    if (answer.outcome === 'committed')
      return { outcome: 'done', file: await asIntended(run, commit.sha1, answer.file) };
    state.failures = 0;
    await waitForBox(run, commit, state, answer.retryAfterMs);
    return undefined;
  } catch (error) {
    run.signal.throwIfAborted();
    if (!(error instanceof BoxError)) throw error;
    return afterFailure(run, commit, state, error);
  }
}

async function afterFailure(
  run: UploadRun,
  commit: Commit,
  state: CommitState,
  error: BoxError,
): Promise<CommitOutcome | undefined> {
  const { problem } = error;
  const { code } = problem;
  if (error.class === 'pause-all') throw error;
  if (code === 'session.gone') return afterSessionGone(run, commit, problem);
  if (code === 'content.digest') return { outcome: 'digest', problem };
  if (code === 'conflict.changed-on-box') return afterStaleEtag(run, commit, state, error);
  if (code === 'name.taken') return afterNameTaken(run, commit, error);
  if (code === 'session.parts-missing') {
    state.partsTries += 1;
    if (state.partsTries > run.limits.commitPartsTries) return { outcome: 'parts-missing', problem };
    // Right after the last part Box may not see it yet (rclone#97).
    await sleep(retryDelayMs(run, state.partsTries, problem), run.signal);
    return undefined;
  }
  return afterTrouble(run, commit, state, error);
}

/** What may pass is repeated, at most `partAttempts` times in a row; where the commit may have happened, Box is asked first. */
async function afterTrouble(
  run: UploadRun,
  commit: Commit,
  state: CommitState,
  error: BoxError,
): Promise<CommitOutcome | undefined> {
  if (error.ambiguous) {
    const known = await settled(run, commit, error.problem);
    if (known) return known;
  } else if (error.class !== 'retry' && error.class !== 'retry-after') {
    throw error;
  }
  state.failures += 1;
  if (state.failures >= run.limits.partAttempts) throw error;
  await sleep(retryDelayMs(run, state.failures, error.problem), run.signal);
  return undefined;
}

/** 202: shows how far Box is, and waits as long as it asked, or from 1 s growing to 10. */
async function waitForBox(
  run: UploadRun,
  commit: Commit,
  state: CommitState,
  askedMs: number | undefined,
): Promise<void> {
  const { commitPollMs, commitTimeoutMs } = run.limits;
  if (run.clock.monotonic() - state.startedAt > commitTimeoutMs) {
    const detail = 'Box has been putting the parts together for too long';
    const operation = 'commit upload session';
    throw new ProblemError({ code: 'box.not-ready', operation, detail, at: run.clock.now(), retryAfterMs: askedMs });
  }
  const growing = Math.min(commitPollMs * 10, commitPollMs * 2 ** Math.min(state.polls, 30));
  // Retry-After: 0, a fraction or a date that is nearly over would be a loop without a pause.
  const delayMs = askedMs !== undefined && askedMs > 0 ? Math.max(askedMs, commitPollMs) : growing;
  state.polls += 1;
  const { session } = commit;
  // Only for the eye: when it can't be read, the commit tells soon enough.
  const status = await getSession(run.connection, { url: session.endpoints.status }, callOptions(run)).catch(
    () => undefined,
  );
  run.signal.throwIfAborted();
  run.journal.commitPending(status?.processedParts ?? 0, session.totalParts, delayMs);
  await sleep(delayMs, run.signal);
}

/** The answer was lost: the session first, then the file, so that a commit between the two looks is seen. */
async function settled(run: UploadRun, commit: Commit, problem: Problem): Promise<CommitOutcome | undefined> {
  const alive = await sessionLives(run, commit.session);
  if (!alive) return afterSessionGone(run, commit, problem);
  const file = await findTarget(run);
  return file?.sha1 === commit.sha1 ? { outcome: 'done', file } : undefined;
}

async function sessionLives(run: UploadRun, session: SessionRecord): Promise<boolean> {
  try {
    await getSession(run.connection, { url: session.endpoints.status }, callOptions(run));
    return true;
  } catch (error) {
    if (error instanceof BoxError && error.problem.code === 'session.gone') return false;
    throw error;
  }
}

/** A commit ends its session: the file is looked for a few times, since Box may show it a little later. */
export async function afterSessionGone(
  run: UploadRun,
  commit: Pick<Commit, 'sha1'>,
  problem: Problem,
): Promise<CommitOutcome> {
  for (let look = 1; ; look += 1) {
    const file = await findTarget(run);
    if (file?.sha1 === commit.sha1) return { outcome: 'done', file };
    if (look >= 3) return { outcome: 'gone', problem };
    await sleep(retryDelayMs(run, look, { ...problem, retryAfterMs: undefined }), run.signal);
  }
}

/** 412: only the etag moved, or our own commit did it, or somebody changed the file. */
async function afterStaleEtag(
  run: UploadRun,
  commit: Commit,
  state: CommitState,
  error: BoxError,
): Promise<CommitOutcome | undefined> {
  const file = await findTarget(run);
  if (file?.sha1 === commit.sha1) return { outcome: 'done', file };
  const base = run.target.kind === 'version' ? run.target.baseSha1 : undefined;
  const onlyEtagMoved = base !== undefined && file?.sha1 === base && file.etag !== undefined;
  if (!onlyEtagMoved || file.etag === state.etag || state.etagsTaken >= 5) throw error;
  state.etag = file.etag;
  state.etagsTaken += 1;
  return undefined;
}

/** 409: the name was only checked when the session was opened. The same content under it is what was wanted. */
async function afterNameTaken(run: UploadRun, commit: Commit, error: BoxError): Promise<CommitOutcome> {
  const standing = error.conflicts.find((item) => item.type === 'file');
  const file = standing ? await getFile(run.connection, standing.id, callOptions(run)) : await findTarget(run);
  if (file?.sha1 === commit.sha1) return { outcome: 'done', file };
  throw error;
}

/** The file as Box has it now; its SHA-1 must be the intended one. */
async function asIntended(run: UploadRun, sha1: string, file: BoxFile): Promise<BoxFile> {
  const told = file.sha1 === undefined ? await getFile(run.connection, file.id, callOptions(run)) : file;
  if (told.sha1 === sha1) return told;
  const detail = `file ${told.id} has SHA-1 ${told.sha1 ?? 'unknown'} on Box and ${sha1} here`;
  const operation = 'commit upload session';
  throw new ProblemError({ code: 'content.digest', operation, detail, at: run.clock.now(), item: told.id });
}
