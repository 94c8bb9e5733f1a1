import { activeStates, type TransferState } from '../../shared/transfer-state.ts';

/** What can be done to transfers; `next` puts them before all that wait. */
export const rowActions = ['next', 'pause', 'resume', 'retry', 'abort'] as const;
export type RowAction = (typeof rowActions)[number];

/** What is asked of the engine. `undo` takes an abort back: what was paused or needed somebody before is so again. */
export type AskedAction = RowAction | 'undo';

/** What the one button of a row does. `undo` takes an abort back. */
export type PrimaryAction = 'pause' | 'resume' | 'undo' | 'retry' | 'open';

const waiting: readonly TransferState[] = ['settling', 'queued', 'waiting'];
/** [Note: committing] What is being finished on Box can be neither paused nor aborted: all its bytes are there. */
const moving = activeStates.filter((state) => state !== 'committing');

const starts: Record<RowAction, readonly TransferState[]> = {
  next: ['settling', 'queued', 'waiting'],
  pause: [...moving, ...waiting],
  resume: ['paused', 'aborting'],
  retry: ['needs-you', 'aborted', 'waiting'],
  abort: [...moving, ...waiting, 'paused', 'needs-you'],
};

/** Whether an action makes sense in a state. */
export function may(action: RowAction, state: TransferState): boolean {
  return starts[action].includes(state);
}

/** What the button of a row does in each state. */
export function primaryOf(state: TransferState): PrimaryAction {
  if (state === 'aborting') return 'undo';
  if (state === 'paused') return 'resume';
  if (state === 'needs-you' || state === 'aborted') return 'retry';
  return may('pause', state) ? 'pause' : 'open';
}

/** What an action asks for in a state: what is being aborted is not resumed, its abort is taken back. */
export function askedFor(action: RowAction, state: TransferState): AskedAction {
  return action === 'resume' && state === 'aborting' ? 'undo' : action;
}

/** What Space does to several: they pause while one of them can, else they go on; null where neither makes sense. */
export function spaceAction(states: readonly TransferState[]): 'pause' | 'resume' | 'undo' | null {
  if (states.some((state) => may('pause', state))) return 'pause';
  if (states.includes('paused')) return 'resume';
  return states.includes('aborting') ? 'undo' : null;
}
