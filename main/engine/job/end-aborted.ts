import { sameRevision } from '../ledger/facts.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TransferRowData } from '../ledger/transfers.ts';

/**
 * The time to take an abort back is over; within a transaction. Of a pair this revision is given up and no other: a file that
 * has changed meanwhile waits for its plan (`waits`), and one that is aborted stays so until it changes.
 */
export function endAborted(
  ledger: Ledger,
  transfer: Pick<TransferRowData, 'id' | 'ownerId' | 'fileId' | 'facts'>,
  note: string | null,
  now: number,
): 'aborted' | 'waits' | 'refused' {
  // Taken back in the last moment: an earlier write of the same turn.
  if (ledger.transfers.get(transfer.id)?.state !== 'aborting') return 'refused';
  if (!ledger.transfers.move(transfer.id, 'aborted', note === null ? {} : { note }, now)) return 'refused';
  const file = ledger.files.get(transfer.fileId)!;
  // What becomes of one that is no longer here is decided elsewhere.
  if (file.outcome === 'gone' || file.outcome === 'left') return 'aborted';
  const isOther = file.facts !== null && !sameRevision(file.facts, transfer.facts);
  if (isOther && ledger.owners.kind(transfer.ownerId) === 'pair') {
    ledger.files.setOutcome(transfer.fileId, 'pending', null);
    return 'waits';
  }
  ledger.files.setOutcome(transfer.fileId, 'aborted', null);
  return 'aborted';
}
