import { transferStates, endStates } from '../../../shared/transfer-state.ts';
import type { PairCommandOptions } from './command-options.ts';

const rowsAtOnce = 500;

/**
 * Removes a pair: what is committing gets its outcome first, its other sessions are aborted, and its rows go. Box and the receipts
 * stay as they are. What was cut off goes on at the next start.
 */
export async function removePair(options: PairCommandOptions, pairId: number): Promise<void> {
  const { services, director, janitor } = options;
  const { ledger, clock } = services;
  await ledger.write(() => ledger.pairs.setRemoved(pairId, clock.now()));
  await director.exclusive(async () => {
    const isCommitting = (id: number) => ledger.transfers.get(id)?.state === 'committing';
    await director.end(pairId, isCommitting);
    const live = transferStates.filter((state) => !endStates.includes(state));
    await ledger.write(() => {
      for (const { id } of ledger.transfers.list({ ownerId: pairId, states: live, after: 0, limit: -1 })) {
        ledger.transfers.move(id, 'aborted', { note: 'its pair was removed' }, clock.now());
      }
    });
    await janitor.sweepAll();
    for (let more = true; more;) more = await ledger.write(() => ledger.pairs.removeRows(pairId, rowsAtOnce));
    ledger.folders.forgetPaths();
  });
}
