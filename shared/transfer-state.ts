import { z } from 'zod';

/** Every state a transfer can be in; the codes stand in the ledger and in `--json`. */
export const transferStates = [
  'settling',
  'queued',
  'checking',
  'opening',
  'sending',
  'committing',
  'done',
  'paused',
  'waiting',
  'needs-you',
  'aborting',
  'aborted',
  'superseded',
] as const;
export type TransferState = (typeof transferStates)[number];
export const transferStateSchema = z.enum(transferStates);

/** Why a transfer is waiting: for the network, for Box's pace, for the program that writes the file, for a lock on it. */
export const waitReasons = ['network', 'rate', 'writer', 'locked'] as const;
export type WaitReason = (typeof waitReasons)[number];

/** What a queued transfer is shown to wait for while everything is paused, by a person, the schedule or the machine; the ledger has none of it. */
export const heldReasons = ['pause', 'schedule', 'battery', 'metered'] as const;
export type HeldReason = (typeof heldReasons)[number];

/** The states that nothing leaves again but by a new plan or a retry. */
export const endStates: readonly TransferState[] = ['done', 'aborted', 'superseded'];

/** The states that work is going on in; after a crash they all start again from `queued` (committing from `committing`). */
export const activeStates: readonly TransferState[] = ['checking', 'opening', 'sending', 'committing'];

/** Where every transfer may be taken by a wait, by the user or by a newer revision, whatever it is doing. */
const aside: readonly TransferState[] = ['waiting', 'paused', 'needs-you', 'aborting', 'aborted', 'superseded'];

const moves: Record<TransferState, readonly TransferState[]> = {
  settling: ['queued', ...aside],
  queued: ['settling', ...activeStates, 'done', ...aside],
  checking: ['queued', 'opening', 'sending', 'committing', 'done', ...aside],
  opening: ['queued', 'checking', 'sending', 'committing', 'done', ...aside],
  sending: ['queued', 'checking', 'opening', 'committing', 'done', ...aside],
  // [Note: committing] Never superseded or aborted until its outcome is known: Box may have the file already.
  committing: ['queued', 'opening', 'sending', 'done', 'waiting', 'paused', 'needs-you'],
  waiting: ['settling', 'queued', ...activeStates, 'done', ...aside],
  paused: ['queued', 'aborting', 'aborted', 'superseded'],
  'needs-you': ['settling', 'queued', 'done', 'paused', 'aborting', 'aborted', 'superseded'],
  aborting: ['queued', 'paused', 'waiting', 'needs-you', 'aborted'],
  aborted: ['queued'],
  done: [],
  superseded: [],
};

/** Whether a transfer may go from one state to another; staying where it is is always allowed and changes nothing. */
export function mayMove(from: TransferState, to: TransferState): boolean {
  return from === to || moves[from].includes(to);
}

/** Every state of a part. `unsure`: the answer to its PUT was lost and Box is asked for the list of parts. */
export const partStates = ['pending', 'hashing', 'sending', 'unsure', 'done', 'waiting'] as const;
export type PartState = (typeof partStates)[number];

/** Where the bytes of a finished part came from. */
export const partOrigins = ['sent', 'resumed', 'on-box'] as const;
export type PartOrigin = (typeof partOrigins)[number];
