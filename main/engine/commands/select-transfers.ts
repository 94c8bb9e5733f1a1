import { nameKey } from '../../../shared/box-names.ts';
import type { Target } from '../../../shared/ids.ts';
import { groupOf, type ListFilter, type TransferGroup } from '../../../shared/list-model.ts';
import { activeStates, type TransferState } from '../../../shared/transfer-state.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { shownGroups } from '../ledger/transfer-list.ts';
import { Turns } from './turns.ts';

/** What can be done to many at once. */
export type Action = 'pause' | 'resume' | 'abort' | 'undo' | 'retry' | 'next';

const rowsAtOnce = 1000;

/** The transfers that a filter lets through, to which the action can be done and which are no exception, in the best order for it. */
export async function selectTransfers(
  { ledger, signal }: { ledger: Ledger; signal: AbortSignal },
  action: Action,
  { filter, except = [] }: { filter: ListFilter; except?: readonly number[] | undefined },
): Promise<Target[]> {
  const { text, ownerId } = filter;
  const turns = new Turns(signal);
  // As the list searches: what is done to all that it shows is done to each of them.
  const sought = nameKey(text.trim());
  const states = statesOf(action, filter);
  const left = new Set(except);
  const waiting: number[] = [];
  const active: number[] = [];
  for (const { ownerId: owner, state } of ledger.selection.owners(states, ownerId)) {
    const ids = activeStates.includes(state) ? active : waiting;
    for (let after = 0; ;) {
      const rows = ledger.selection.named(owner, state, after, rowsAtOnce);
      for (const { id, name } of rows) {
        if (!left.has(id) && (sought === '' || nameKey(name).includes(sought))) ids.push(id);
      }
      if (rows.length < rowsAtOnce) break;
      after = rows.at(-1)!.id;
      await turns.take();
    }
  }
  const stops = action === 'pause' || action === 'abort';
  // From the end, and what runs last: else the next ones would start only to be stopped.
  waiting.sort((a, b) => (stops ? b - a : a - b));
  return [...waiting, ...active].map((id) => ({ kind: 'transfer', id }));
}

const possible: Record<Action, readonly TransferState[]> = {
  pause: ['settling', 'queued', 'waiting', ...activeStates],
  resume: ['paused'],
  abort: ['settling', 'queued', 'waiting', 'paused', 'needs-you', ...activeStates],
  undo: [],
  retry: ['needs-you', 'waiting'],
  next: ['settling', 'queued', 'waiting'],
};

function statesOf(action: Action, { group, folded }: ListFilter): readonly TransferState[] {
  const shown: readonly (TransferGroup | null)[] = shownGroups({ group, folded });
  const states = possible[action].filter((state) => shown.includes(groupOf[state]));
  // What is being aborted has left the group that it was aborted in.
  if (action === 'undo' || action === 'resume') return [...states, 'aborting'];
  return action === 'retry' && group === 'done' ? ['aborted'] : states;
}
