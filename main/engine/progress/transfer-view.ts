import { partCodes, type PartMap, type TransferBatch } from '../../../shared/list-model.ts';
import type { Batch } from '../../../shared/progress-contract.ts';
import type { PartState } from '../../../shared/transfer-state.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TransferRowData } from '../ledger/transfers.ts';
import { doneParts, type DoneParts } from './done-parts.ts';
import type { LiveBoard, LiveTransfer } from './live.ts';
import type { RowMaker } from './rows.ts';
import type { StateView } from './state-view.ts';

const codeOfState: Record<Exclude<PartState, 'done'>, string> = {
  pending: partCodes.pending,
  hashing: partCodes.hashing,
  sending: partCodes.sending,
  unsure: partCodes.unsure,
  waiting: partCodes.waiting,
};
/** Two runs that are nearer than this cost less as one. */
const mergedGap = 24;

export interface TransferViewOptions {
  ledger: Ledger;
  board: LiveBoard;
  rows: RowMaker;
  clock: Clock;
  transferId: number;
}

/** One transfer with the map of its parts, of which only what changed is sent. */
export class TransferView implements StateView {
  readonly againMs = Infinity;
  readonly #options: TransferViewOptions;
  #version = -1;
  #transfer: TransferRowData | undefined;
  #wasLive = false;
  /** What the ledger has of the parts while nothing of them moves; as of one moment of the transfer. */
  #stored: { of: string; done: DoneParts | null } | null = null;
  #sentCodes: string | null = null;
  #last = '';

  constructor(options: TransferViewOptions) {
    this.#options = options;
  }

  next(): Batch | undefined {
    const { ledger, board, rows, transferId } = this.#options;
    const live = board.get(transferId);
    const isWritten = this.#version !== ledger.version;
    if (!isWritten && !live && !this.#wasLive && this.#last !== '') return undefined;
    if (isWritten) {
      this.#version = ledger.version;
      this.#transfer = ledger.transfers.get(transferId);
    }
    this.#wasLive = live !== undefined;
    const transfer = this.#transfer;
    if (!transfer) return undefined;
    const done = live?.done ?? this.#storedParts(transfer);
    const codes = done?.codes(overlay(live)) ?? '';
    const map = partMap(this.#sentCodes, codes);
    const { session } = transfer;
    const batch: TransferBatch = {
      transfer: rows.transfer(transfer),
      ...(map ? { map } : {}),
      origins: originsOf(transfer, done, live),
      session: session && {
        id: session.id,
        expiresAt: session.expiresAt,
        partSizeBytes: session.partSizeBytes,
        totalParts: session.totalParts,
      },
      moving: this.#moving(live),
      throughput: this.#throughput(live),
    };
    const text = JSON.stringify(batch);
    if (text === this.#last) return undefined;
    // What the next one is compared with has no map, unless something changes again.
    this.#last = map ? JSON.stringify({ ...batch, map: undefined }) : text;
    this.#sentCodes = codes;
    return { kind: 'transfer', ...batch };
  }

  lost(): void {
    this.#sentCodes = null;
    this.#last = '';
  }

  /** Parts of a transfer that does not run change only together with its own row. */
  #storedParts(transfer: TransferRowData): DoneParts | null {
    const { session } = transfer;
    if (!session) return null;
    const of = `${session.id} ${transfer.state} ${transfer.updatedAt}`;
    if (this.#stored?.of !== of) {
      const { parts } = this.#options.ledger;
      this.#stored = { of, done: doneParts(transfer, session, parts.list(transfer.id)) };
    }
    return this.#stored.done;
  }

  #moving(live: LiveTransfer | undefined): TransferBatch['moving'] {
    const now = this.#options.clock.monotonic();
    const parts = live ? [...live.parts].filter(([, { state }]) => state === 'sending') : [];
    return parts
      .sort(([a], [b]) => a - b)
      .map(([index, { sentBytes, speed }]) => {
        const bytesPerSecond = speed.bytesPerSecond(now);
        return { index, sentBytes, bytesPerSecond: bytesPerSecond === null ? null : Math.round(bytesPerSecond) };
      });
  }

  #throughput(live: LiveTransfer | undefined): TransferBatch['throughput'] {
    const { board, clock, transferId } = this.#options;
    const throughput = board.history(transferId)?.throughput;
    if (!throughput) return { spanMs: 1000, bytes: [] };
    if (live) throughput.advance(clock.monotonic());
    return { spanMs: throughput.spanMs, bytes: throughput.spans };
  }
}

function* overlay(live: LiveTransfer | undefined): Generator<readonly [number, string]> {
  if (!live) return;
  for (const [index, { state }] of live.parts) {
    if (state !== 'done') yield [index, codeOfState[state]] as const;
  }
}

function originsOf(
  transfer: TransferRowData,
  done: DoneParts | null,
  live: LiveTransfer | undefined,
): TransferBatch['origins'] {
  if (transfer.kind === 'session') {
    const { sent, resumed, 'on-box': onBox } = done?.bytes ?? { sent: 0, resumed: 0, 'on-box': 0 };
    const inFlightBytes = live ? live.parts.values().reduce((sum, part) => sum + part.sentBytes, 0) : 0;
    return { onBoxBytes: onBox, resumedBytes: resumed, sentBytes: sent, inFlightBytes };
  }
  const isDone = transfer.state === 'done';
  const wasSent = isDone && transfer.sentBytes > 0;
  return {
    onBoxBytes: isDone && !wasSent ? transfer.sizeBytes : 0,
    resumedBytes: 0,
    sentBytes: wasSent ? transfer.sizeBytes : 0,
    inFlightBytes: isDone ? 0 : Math.min(transfer.sizeBytes, live?.directBytes ?? 0),
  };
}

/** What tells who knows `before` of `now`; undefined when they are the same. */
export function partMap(before: string | null, now: string): PartMap | undefined {
  if (before === now) return undefined;
  if (before?.length !== now.length) return { codes: now };
  const changes: { from: number; codes: string }[] = [];
  let [from, to] = [-1, -1];
  for (let at = 0; at < now.length; at += 1) {
    if (now.charCodeAt(at) === before.charCodeAt(at)) continue;
    if (from >= 0 && at - to > mergedGap) {
      changes.push({ from, codes: now.slice(from, to) });
      from = at;
    }
    if (from < 0) from = at;
    to = at + 1;
  }
  changes.push({ from, codes: now.slice(from, to) });
  return { changes };
}
