import type { Ledger } from '../ledger/ledger.ts';
import { outcomeUnknown } from '../plan/plan-file.ts';

/** Ends the transfers of files that are no longer there locally; one whose commit has no outcome yet gets its outcome first. Within a transaction. */
export function endTransfersOfGone(ledger: Ledger, fileIds: readonly number[], now: number): void {
  for (const fileId of fileIds) {
    const live = ledger.transfers.live(fileId);
    if (!live) continue;
    if (outcomeUnknown(live)) ledger.transfers.move(live.id, 'queued', { note: 'asks for the outcome' }, now);
    else ledger.transfers.move(live.id, 'superseded', { note: 'the file is gone' }, now);
  }
}
