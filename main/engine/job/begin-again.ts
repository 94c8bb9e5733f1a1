import type { Ledger } from '../ledger/ledger.ts';
import { endAborted } from './end-aborted.ts';

/**
 * A start of the engine, within a transaction: nothing is under way. What was is queued again, and an abort that nobody took
 * back before the last engine ended is one.
 */
export function beginAgain(ledger: Ledger, now: number): void {
  ledger.jobs.stopAll();
  ledger.transfers.resetActive(now);
  const aborting = { ownerId: null, states: ['aborting'], after: 0, limit: -1 } as const;
  for (const transfer of ledger.transfers.list(aborting)) endAborted(ledger, transfer, 'Boxcar was started', now);
}
