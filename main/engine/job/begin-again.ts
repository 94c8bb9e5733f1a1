import type { Ledger } from '../ledger/ledger.ts';

/**
 * A start of the engine, within a transaction: nothing is under way. What was is queued again, and an abort that nobody took
 * back before the last engine ended is one.
 */
export function beginAgain(ledger: Ledger, now: number): void {
  ledger.jobs.stopAll();
  ledger.transfers.resetActive(now);
  const aborting = { ownerId: null, states: ['aborting'], after: 0, limit: -1 } as const;
  for (const { id, fileId } of ledger.transfers.list(aborting)) {
    ledger.transfers.move(id, 'aborted', { note: 'Boxcar was started' }, now);
    ledger.files.setOutcome(fileId, 'aborted', null);
  }
}
