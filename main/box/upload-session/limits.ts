import type { UploadLimits } from './options.ts';

/** What Boxcar uses; tests shorten them. */
export const usualLimits: UploadLimits = {
  partAttempts: 10,
  digestRetries: 2,
  backoffBaseMs: 1000,
  backoffMaxMs: 60_000,
  commitTimeoutMs: 2 * 60 * 60 * 1000,
  commitPollMs: 1000,
  commitPartsTries: 10,
  sessions: 3,
};
