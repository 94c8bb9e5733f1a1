// Conditions of the indexes on transfers. A query is served by such an index only where it says the same: see schema.ts, also for why
// they are no lists.
import type { TransferState } from '../../../shared/transfer-state.ts';

/** In one of these states, in the order in which the index names them. */
export function inStates(states: readonly TransferState[]): string {
  return `(${states.map((state) => `transfer.state = '${state}'`).join(' OR ')})`;
}

/** Has not ended. */
export const isLive = "transfer.state <> 'done' AND transfer.state <> 'aborted' AND transfer.state <> 'superseded'";
