import type { TransferRow } from '../../../shared/model.ts';
import { endStates } from '../../../shared/transfer-state.ts';

/** Why there is no map of parts: the key of what is said in its place. */
export function whyNoParts({ kind, state }: Pick<TransferRow, 'kind' | 'state'>) {
  if (kind === 'direct') return 'direct';
  if (kind === 'check') return state === 'done' ? 'adopted' : 'check';
  return endStates.includes(state) ? 'ended' : 'session';
}
