import { BoxError } from '../box-error.ts';
import { layGrid } from './grid.ts';
import type { SessionRecord, UploadMemory } from './journal.ts';
import { planResume } from './listing.ts';
import { readListing } from './part-listing.ts';
import { getSession } from './session-calls.ts';
import { callOptions, SessionUnusable, type ActiveSession, type UploadRun } from './upload-run.ts';

/**
 * Takes up the session of an earlier run: what Box lists is to be compared, the rest to be sent. `gone` when Box no
 * longer knows it (404, 410, another user's) or its time is over; SessionUnusable when what it holds fits no grid.
 */
export async function resumeSession(run: UploadRun, memory: UploadMemory): Promise<ActiveSession | 'gone'> {
  const { session } = memory;
  if (isExpired(session, run.clock.now() + run.connection.serverTimeOffsetMs)) return 'gone';
  let listing;
  let grid;
  try {
    const status = await getSession(run.connection, { url: session.endpoints.status }, callOptions(run));
    // The session says how large its parts are; a memory that says otherwise is of something else.
    grid = layGrid(run.source.sizeBytes, status.partSizeBytes);
    if ('refused' in grid) throw new SessionUnusable(grid.refused, run);
    await run.source.assertUnchanged();
    listing = await readListing(run, session.endpoints.listParts, grid, run.signal);
  } catch (error) {
    if (error instanceof BoxError && error.problem.code === 'session.gone') return 'gone';
    throw error;
  }
  const plan = planResume(grid, listing, memory.parts);
  if (plan.unusable !== undefined) throw new SessionUnusable(plan.unusable, run);
  const record = { ...session, partSizeBytes: grid.partSizeBytes, totalParts: grid.count };
  return { record, grid, done: new Map(), compare: plan.compare, missing: plan.missing };
}

/** By Box's clock. A session without a readable expiry lives until Box says otherwise. */
export function isExpired(session: Pick<SessionRecord, 'expiresAt'>, serverNow: number): boolean {
  const expiresAt = Date.parse(session.expiresAt);
  return !Number.isNaN(expiresAt) && expiresAt <= serverNow;
}
