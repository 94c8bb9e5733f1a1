import { formatTarget, type Target } from '../../../shared/ids.ts';
import type { TransferState } from '../../../shared/transfer-state.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { QueuePlace } from '../ledger/transfer-selection.ts';
import type { Result } from './act-result.ts';
import { Turns } from './turns.ts';

const waits: readonly TransferState[] = ['settling', 'queued', 'waiting'];
const writesAtOnce = 100;

/** Puts transfers before all that wait, in the order in which they stand now. */
export async function putNext(
  { ledger, kick, signal }: { ledger: Ledger; kick: () => void; signal: AbortSignal },
  targets: readonly Target[],
  result: Result,
): Promise<void> {
  const turns = new Turns(signal);
  const places: QueuePlace[] = [];
  for (const target of targets) {
    const place = target.kind === 'transfer' ? ledger.selection.place(target.id) : undefined;
    if (place && waits.includes(place.state)) places.push(place);
    else result.refuse(target, refusal(target, place));
    await turns.take();
  }
  places.sort((a, b) => b.priority - a.priority || a.id - b.id);
  let priority = ledger.selection.placesInFront(places.length);
  for (let from = 0; from < places.length; from += writesAtOnce) {
    const slice = places.slice(from, from + writesAtOnce);
    await ledger.write(() => {
      for (const { id } of slice) ledger.transfers.setPriority(id, priority--);
    });
  }
  result.done += places.length;
  kick();
}

function refusal(target: Target, place: QueuePlace | undefined): string {
  const text = formatTarget(target);
  if (target.kind !== 'transfer') return `${text} is no single upload: name the file (t…).`;
  if (!place) return `There is no transfer ${text}; "boxcar status" lists them.`;
  if (place.state === 'paused') return `${text} is paused: resume it first.`;
  return `${text} does not wait: it is ${place.state}.`;
}
