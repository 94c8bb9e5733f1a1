import type { HeldReason, PartState, TransferState, WaitReason } from './transfer-state.ts';

/** What people read for each state, in the terminal and on the screens. */
export const transferLabels: Record<TransferState, string> = {
  settling: 'Waiting until the file is quiet',
  queued: 'Queued',
  checking: 'Checking what is already there',
  opening: 'Opening an upload session',
  sending: 'Sending',
  committing: 'Finishing on Box',
  done: 'Done',
  paused: 'Paused',
  waiting: 'Waiting',
  'needs-you': 'Needs you',
  aborting: 'Aborting',
  aborted: 'Aborted',
  superseded: 'Replaced by a newer revision',
};

export const waitLabels: Record<WaitReason | HeldReason, string> = {
  network: 'Waiting for the network',
  rate: 'Waiting because Box asked to slow down',
  writer: 'Waiting for the program that writes the file',
  locked: 'Waiting for the program that holds the file',
  pause: 'Paused with everything else',
  schedule: 'Paused by the schedule',
  battery: 'Paused while on battery',
  metered: 'Paused on a metered network',
};

export const partLabels: Record<PartState, string> = {
  pending: 'Pending',
  hashing: 'Hashing',
  sending: 'Sending',
  unsure: 'Asking Box whether it arrived',
  done: 'Done',
  waiting: 'Waiting to try again',
};
