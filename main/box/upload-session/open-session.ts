import { BoxError } from '../box-error.ts';
import type { UploadSession } from '../schema/sessions.ts';
import { sleep } from '../../platform/wait.ts';
import { layGrid, type Grid } from './grid.ts';
import type { SentPart, SessionRecord } from './journal.ts';
import { planResume } from './listing.ts';
import { readListing } from './part-listing.ts';
import { abortSession, createSession, createVersionSession } from './session-calls.ts';
import { sessionRecord } from './session-record.ts';
import { callOptions, retryDelayMs, type ActiveSession, type UploadRun } from './upload-run.ts';

/** Opens a session for the upload, or takes over the one that Box says is open already, if all it holds is ours. */
export async function openSession(run: UploadRun): Promise<ActiveSession> {
  await run.source.assertUnchanged();
  await run.journal.sessionOpening();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await opened(run, await create(run));
    } catch (error) {
      run.signal.throwIfAborted();
      if (!(error instanceof BoxError)) throw error;
      if (error.problem.code === 'session.conflict') return adopt(run, error);
      if (attempt >= createAttempts || !mayPass(error)) throw error;
      // After a lost answer a session may stand that nobody knows of: Box either tells of it (session_conflict) or lets
      // it expire. There is no way to list sessions.
      await sleep(retryDelayMs(run, attempt, error.problem), run.signal);
    }
  }
}

const createAttempts = 5;

function mayPass(error: BoxError): boolean {
  return (
    error.class !== 'pause-all' && (error.ambiguous || ['box.busy', 'box.rate-limit'].includes(error.problem.code))
  );
}

function create({ connection, target, source, ...run }: UploadRun): Promise<UploadSession> {
  const options = { signal: run.signal, headers: run.headers };
  return target.kind === 'new'
    ? createSession(connection, { ...target, sizeBytes: source.sizeBytes }, options)
    : createVersionSession(connection, { ...target, sizeBytes: source.sizeBytes }, options);
}

async function opened(run: UploadRun, session: UploadSession): Promise<ActiveSession> {
  const grid = layGrid(run.source.sizeBytes, session.partSizeBytes);
  const record = sessionRecord(session, run.source.sizeBytes, run.connection.endpoints, true);
  if ('refused' in grid) {
    await abortSession(run.connection, { url: record.endpoints.abort }, callOptions(run)).catch(() => undefined);
    throw oddSession(run, grid.refused);
  }
  await run.journal.sessionOpened(record);
  return active(record, grid, [], allParts(grid));
}

/**
 * A `session_conflict`: most likely a session of ours whose answer was lost. It is used when its grid fits and every part
 * in it equals our bytes; else it is somebody's, and left alone.
 */
async function adopt(run: UploadRun, conflict: BoxError): Promise<ActiveSession> {
  const { session } = conflict;
  const grid = session && layGrid(run.source.sizeBytes, session.partSizeBytes);
  if (session === undefined || grid === undefined || 'refused' in grid) throw conflict;
  if (session.totalParts !== undefined && session.totalParts !== grid.count) throw conflict;
  const record = sessionRecord(session, run.source.sizeBytes, run.connection.endpoints, false);
  const listing = await readListing(run, record.endpoints.listParts, grid, run.signal);
  const plan = planResume(grid, listing, []);
  if (plan.unusable !== undefined || listing.truncated) throw conflict;
  for (const part of plan.compare) {
    if ((await run.source.digestOf(part, run.signal)) !== part.sha1) throw conflict;
  }
  await run.journal.sessionOpened(record);
  const parts = plan.compare.map((part): SentPart => ({ ...part, origin: 'on-box' }));
  for (const part of parts) {
    await run.journal.partDone(part);
    run.source.release(part);
  }
  return active(record, grid, parts, plan.missing);
}

function active(record: SessionRecord, grid: Grid, done: readonly SentPart[], missing: number[]): ActiveSession {
  return { record, grid, done: new Map(done.map((part) => [part.index, part])), compare: [], missing };
}

function allParts(grid: Grid): number[] {
  return Array.from({ length: grid.count }, (_, index) => index);
}

/** A session that no upload can be made of. */
export function oddSession(run: Pick<UploadRun, 'clock'>, detail: string): BoxError {
  return new BoxError({
    code: 'box.unexpected',
    operation: 'create upload session',
    detail: `Box opened a session that does not fit: ${detail}`,
    at: run.clock.now(),
  });
}
