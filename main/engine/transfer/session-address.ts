import { ProblemError } from '../../../shared/problem-error.ts';
import type { ProblemCode } from '../../../shared/problem-table.ts';
import type { BoxConnection } from '../../box/connection.ts';
import type { UploadSession } from '../../box/schema/sessions.ts';
import type { SessionRecord } from '../../box/upload-session/journal.ts';
import { getSession, type SessionAddress } from '../../box/upload-session/session-calls.ts';
import { sessionRecord } from '../../box/upload-session/session-record.ts';

/**
 * A session with the endpoints at which it is now. Box's own are used as they were given: they may lead to another data
 * centre. On this machine a sandbox may listen on another port after each start, so a session whose endpoints stand at
 * another port than the configured one is asked for by its id there first; a server that doesn't know it there may still
 * serve it where it said. One that is found nowhere gets the endpoints that it would have, so that it is found gone there.
 * Rejects with BoxError when it can't be found out now.
 */
export async function locateSession(
  connection: BoxConnection,
  session: SessionRecord,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<SessionRecord> {
  if (!mayHaveMoved(connection, session)) return session;
  const found = await readOrMiss(connection, { sessionId: session.id }, signal);
  if (found) return sessionRecord(found, sizeBytes, connection.endpoints, session.ours);
  if (await readOrMiss(connection, { url: session.endpoints.status }, signal)) return session;
  const { id, expiresAt, partSizeBytes, totalParts } = session;
  const nowhere = { id, expiresAt, partSizeBytes, totalParts, processedParts: 0, endpoints: noEndpoints };
  return sessionRecord(nowhere, sizeBytes, connection.endpoints, session.ours);
}

function mayHaveMoved(connection: BoxConnection, session: SessionRecord): boolean {
  const [configured, stored] = [new URL(connection.endpoints.upload), new URL(session.endpoints.status)];
  return isLoopback(configured) && isLoopback(stored) && configured.origin !== stored.origin;
}

function isLoopback({ hostname }: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

/** Undefined where nobody, or somebody else, answers at the address, or the session isn't known there. */
async function readOrMiss(
  connection: BoxConnection,
  at: SessionAddress,
  signal: AbortSignal,
): Promise<UploadSession | undefined> {
  const atOldPort = 'url' in at;
  try {
    return await getSession(connection, at, { signal });
  } catch (error) {
    signal.throwIfAborted();
    const code = error instanceof ProblemError ? error.problem.code : undefined;
    const misses = atOldPort ? missesAtOldPort : missesByAnswer;
    if (code !== undefined && misses.includes(code)) return undefined;
    throw error;
  }
}

const missesByAnswer: readonly ProblemCode[] = ['session.gone', 'network.not-box', 'box.unexpected'];
const missesAtOldPort: readonly ProblemCode[] = [...missesByAnswer, 'network.unreachable', 'account.sign-in'];

const noEndpoints = {
  uploadPart: undefined,
  commit: undefined,
  abort: undefined,
  listParts: undefined,
  status: undefined,
  logEvent: undefined,
};
