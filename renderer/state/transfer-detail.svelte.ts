import { CallError } from '../../shared/call-error.ts';
import type { TransferBatch } from '../../shared/list-model.ts';
import type { Receipt, TransferRow } from '../../shared/model.ts';
import type { PageCommands } from '../link.ts';
import { EtaGauge } from './eta-gauge.ts';
import { applyMap, type Ranks } from './part-ranks.ts';
import type { Session } from './session.svelte.ts';
import { messageOf } from './toasts.svelte.ts';

export type Timeline = Awaited<ReturnType<PageCommands['timeline']>>;
type Found = Awaited<ReturnType<PageCommands['history']>>;
export type Moving = TransferBatch['moving'][number];

/** History is looked through so far back for the receipt of a transfer. */
const receiptPages = 5;

/** One transfer, followed: its row, the map of its parts, and what is asked for when it comes to another state. */
export class TransferDetail {
  readonly transferId: number;
  /** Null until the first batch. */
  transfer = $state.raw<TransferRow | null>(null);
  etaMs = $state<number | null>(null);
  /** Empty while there is no session. */
  ranks = $state.raw<Ranks>(new Uint8Array());
  /** Parts on the wire, by their index. */
  moving = $state.raw<ReadonlyMap<number, Moving>>(new Map());
  origins = $state.raw<TransferBatch['origins'] | null>(null);
  session = $state.raw<TransferBatch['session']>(null);
  throughput = $state.raw<TransferBatch['throughput'] | null>(null);
  timeline = $state.raw<Timeline | null>(null);
  timelineError = $state<string | null>(null);
  receipt = $state.raw<Receipt | null>(null);
  /** Why there is nothing to show. */
  missing = $state<string | null>(null);
  readonly #session: Pick<Session, 'commands' | 'watch'>;
  readonly #gauge = new EtaGauge();
  #asking = false;
  #askAgain = false;

  constructor(session: Pick<Session, 'commands' | 'watch'>, transferId: number) {
    this.#session = session;
    this.transferId = transferId;
    if (!Number.isSafeInteger(transferId) || transferId < 1) this.missing = String(transferId);
  }

  /** Follows it until the returned function is called. */
  open(): () => void {
    if (this.missing !== null) return () => undefined;
    return this.#session.watch({ kind: 'transfer', transferId: this.transferId }, (batch) => {
      if (batch.kind === 'transfer') this.#take(batch);
    });
  }

  /** Whether it is known at all: a view of an unknown one only stays silent. To be asked with each new link. */
  async check(): Promise<void> {
    if (this.missing !== null) return;
    try {
      const row = await this.#session.commands.transfer({ transferId: this.transferId });
      this.transfer ??= row;
    } catch (error) {
      const gone = error instanceof CallError && (error.code === 'link-lost' || error.code === 'timeout');
      if (!gone && this.transfer === null) this.missing = messageOf(error);
    }
  }

  /** Asks for the timeline; calls while it is being asked for become one that follows. */
  async loadTimeline(): Promise<void> {
    if (this.missing !== null) return;
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#asking = true;
    try {
      do {
        this.#askAgain = false;
        this.timeline = await this.#session.commands.timeline({ transferId: this.transferId });
        this.timelineError = null;
      } while (this.#askAgain);
    } catch (error) {
      this.timelineError = messageOf(error);
    } finally {
      this.#asking = false;
    }
  }

  /** Looks for the proof of a finished upload; stays null where it isn't kept any more or can't be asked for. */
  async loadReceipt(): Promise<void> {
    const { transfer } = this;
    if (transfer?.state !== 'done') return;
    const text = transfer.path.slice(-200);
    let before: number | null = null;
    for (let page = 0; page < receiptPages; page += 1) {
      const found: Found | null = await this.#session.commands.history({ text, before, limit: 100 }).catch(() => null);
      const receipt = found?.receipts.find((one) => provesIt(one, transfer));
      if (receipt) this.receipt = receipt;
      if (!found || receipt || found.next === null) return;
      before = found.next;
    }
  }

  #take(batch: TransferBatch): void {
    this.missing = null;
    this.transfer = batch.transfer;
    const { bytesPerSecond, sizeBytes, doneBytes } = batch.transfer;
    this.etaMs = this.#gauge.push(performance.now(), bytesPerSecond, sizeBytes - doneBytes);
    if (batch.map) this.ranks = applyMap(this.ranks, batch.map);
    this.moving = new Map(batch.moving.map((part) => [part.index, part]));
    this.origins = batch.origins;
    this.session = batch.session;
    this.throughput = batch.throughput;
  }
}

function provesIt(receipt: Receipt, { path, jobId, pairId, sizeBytes }: TransferRow): boolean {
  return (
    receipt.path === path && receipt.jobId === jobId && receipt.pairId === pairId && receipt.sizeBytes === sizeBytes
  );
}
