import type { SessionUploadOptions, SessionUploadResult } from './options.ts';

/**
 * Uploads one file through a session of Box, or goes on with the session of an earlier run.
 * Rejects with a BoxError or ProblemError (the session is kept for a later resume), or with the signal's reason.
 */
export function uploadThroughSession(options: SessionUploadOptions): Promise<SessionUploadResult> {
  return Promise.reject(new Error(`not built: ${options.target.kind}`));
}
