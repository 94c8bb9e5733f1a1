import type { BoxEndpoints } from '../connection.ts';
import type { UploadSession } from '../schema/sessions.ts';
import type { SessionRecord } from './journal.ts';

/**
 * What is kept of a session that Box opened. Endpoints stand as Box gave them (they may lead to another data centre); one
 * that it left out is derived from the id. A session without an expiry gets none (""): it lives as long as Box says.
 */
export function sessionRecord(
  session: UploadSession,
  sizeBytes: number,
  endpoints: BoxEndpoints,
  ours: boolean,
): SessionRecord {
  const given = session.endpoints;
  const base = given.status ?? given.abort ?? given.uploadPart ?? sessionUrl(endpoints, session.id);
  return {
    id: session.id,
    partSizeBytes: session.partSizeBytes,
    totalParts: Math.ceil(sizeBytes / session.partSizeBytes),
    expiresAt: session.expiresAt ?? '',
    endpoints: {
      uploadPart: given.uploadPart ?? base,
      commit: given.commit ?? `${base}/commit`,
      abort: given.abort ?? base,
      listParts: given.listParts ?? `${base}/parts`,
      status: given.status ?? base,
      logEvent: given.logEvent,
    },
    ours,
  };
}

/** The session's URL by its id. Only for sessions whose URL is not known: the one that Box gives is nearer. */
export function sessionUrl(endpoints: BoxEndpoints, sessionId: string): string {
  return `${endpoints.upload}/files/upload_sessions/${encodeURIComponent(sessionId)}`;
}
