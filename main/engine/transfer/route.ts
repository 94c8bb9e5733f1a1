import type { TransferKind } from '../../../shared/model.ts';
import { largeLane, smallLane } from '../ledger/transfers.ts';

/**
 * From this size on a file goes up in parts. Box documents "20 MB" as the least for a session, and its own tests use
 * 20 × 1024 × 1024; whether the sizes between 20,000,000 and this are taken is not known, so they go in one request.
 */
export const sessionMinimumBytes = 20_971_520;

/** How a file of this size goes up, and in which lane. */
export function routeFor(sizeBytes: number): { kind: Exclude<TransferKind, 'check'>; lane: 0 | 1 } {
  return sizeBytes < sessionMinimumBytes ? { kind: 'direct', lane: smallLane } : { kind: 'session', lane: largeLane };
}
