import { BoxError } from '../../box/box-error.ts';
import type { BoxConnection } from '../../box/connection.ts';
import type { SessionRecord } from '../../box/upload-session/journal.ts';
import { getSession } from '../../box/upload-session/session-calls.ts';
import { sessionRecord } from '../../box/upload-session/session-record.ts';

/**
 * Whether the stored endpoints lead to a port of this machine that the server has left: a sandbox may listen on another one
 * after each start. Box's own endpoints never do: they may lead to another data centre, and are used as they were given.
 */
export function hasMoved(connection: BoxConnection, session: SessionRecord): boolean {
  const [configured, stored] = [new URL(connection.endpoints.upload), new URL(session.endpoints.status)];
  return isLoopback(configured) && isLoopback(stored) && configured.origin !== stored.origin;
}

function isLoopback({ hostname }: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}

/**
 * The session as the server describes it now, read by its id at the configured address: all endpoints are another's at once.
 * One that the server no longer knows gets the endpoints that it would have, so that it is found gone there.
 */
export async function readMoved(
  connection: BoxConnection,
  session: SessionRecord,
  sizeBytes: number,
  signal: AbortSignal,
): Promise<SessionRecord> {
  const nowhere = {
    id: session.id,
    expiresAt: session.expiresAt,
    partSizeBytes: session.partSizeBytes,
    totalParts: session.totalParts,
    processedParts: 0,
    endpoints: {
      uploadPart: undefined,
      commit: undefined,
      abort: undefined,
      listParts: undefined,
      status: undefined,
      logEvent: undefined,
    },
  };
  const found = await getSession(connection, { sessionId: session.id }, { signal }).catch((error: unknown) => {
    if (error instanceof BoxError && error.problem.code === 'session.gone') return nowhere;
    throw error;
  });
  return sessionRecord(found, sizeBytes, connection.endpoints, session.ours);
}
