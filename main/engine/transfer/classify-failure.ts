import { classOf } from '../../../shared/describe-problem.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { RunResult } from './result.ts';

/** After so many failed runs in a row a transfer asks the user. With backoff up to a minute that is some five minutes. */
export const maxAttempts = 9;
/** Wrong bytes arriving more than three times are no accident. */
const maxDigestAttempts = 3;
/** A run ends with that only after it has lost three sessions, and each has sent the file anew up to where it was lost. */
const maxSessionAttempts = 2;

/**
 * What follows from a problem that a run ended with. Pure; the network gate and the file's new facts are the caller's.
 * @param attempts failed runs so far, this one included
 */
export function classifyFailure(
  problem: Problem,
  attempts: number,
  backoffMs: (attempt: number) => number,
): Extract<RunResult, { kind: 'waiting' | 'failed' | 'blocked' }> {
  switch (classOf(problem)) {
    case 'pause-all':
      return { kind: 'blocked', problem };
    case 'retry-after': {
      // These attempts are not counted, so "at once" would be without end: 370 requests a second were seen.
      const delayMs = Math.max(backoffMs(attempts), problem.retryAfterMs ?? 0);
      return { kind: 'waiting', reason: 'rate', delayMs, problem };
    }
    case 'retry': {
      if (attempts >= attemptsAt(problem)) return { kind: 'failed', problem };
      const delayMs = Math.max(backoffMs(attempts), problem.retryAfterMs ?? 0);
      return { kind: 'waiting', reason: problem.code === 'local.locked' ? 'locked' : 'network', delayMs, problem };
    }
    case 'needs-user':
    case 'give-up':
      return { kind: 'failed', problem };
  }
}

function attemptsAt({ code }: Problem): number {
  if (code === 'content.digest') return maxDigestAttempts;
  return code === 'session.gone' ? maxSessionAttempts : maxAttempts;
}
