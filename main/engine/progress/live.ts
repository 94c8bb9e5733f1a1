import type { Problem } from '../../../shared/problem.ts';
import type { PartState } from '../../../shared/transfer-state.ts';
import type { Clock } from '../../platform/clock.ts';
import type { DoneParts } from './done-parts.ts';
import { SpeedMeter } from './speed.ts';
import { TransferHistory, type AnsweredRequest } from './transfer-history.ts';

/** What is known of a part only while it moves. */
export interface LivePart {
  state: PartState;
  sentBytes: number;
  attempts: number;
  problem: Problem | null;
  speed: SpeedMeter;
}

/** A part that is about to move. */
export function newLivePart(): LivePart {
  return { state: 'pending', sentBytes: 0, attempts: 0, problem: null, speed: new SpeedMeter() };
}

/** So many transfers have their history kept, ended or not: the latest to run. */
const keptHistories = 256;

/** What is known of a transfer only while it runs; the ledger has the rest. */
export interface LiveTransfer {
  ownerId: number;
  /** Parts that are not at rest. */
  parts: Map<number, LivePart>;
  /** Parts that Box has acknowledged; null until the session and what it holds are known. */
  done: DoneParts | null;
  /** Bytes of a direct upload handed to the connection in this try. */
  directBytes: number;
  /** Bytes of parts that Box has acknowledged, resumed ones included. */
  partBytes: number;
  partsDone: number;
  partsTotal: number | null;
  /** Bytes read again from the start, to compare with what is on Box. */
  checkedBytes: number;
  commit: { processed: number; total: number } | null;
  /** Bytes over the wire in this run. */
  sentBytes: number;
  resentBytes: number;
  speed: SpeedMeter;
  history: TransferHistory;
}

export interface OwnerTraffic {
  sentBytes: number;
  resentBytes: number;
  finishedFiles: number;
  startedMs: number;
  speed: SpeedMeter;
}

/** The moving figures of this run, by transfer and by job. Nothing here decides anything. */
export class LiveBoard {
  readonly #clock: Clock;
  readonly #transfers = new Map<number, LiveTransfer>();
  readonly #owners = new Map<number, OwnerTraffic>();
  readonly #histories = new Map<number, TransferHistory>();
  readonly #all = new SpeedMeter();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(transferId: number, ownerId: number): LiveTransfer {
    const live: LiveTransfer = {
      ownerId,
      parts: new Map(),
      done: null,
      directBytes: 0,
      partBytes: 0,
      partsDone: 0,
      partsTotal: null,
      checkedBytes: 0,
      commit: null,
      sentBytes: 0,
      resentBytes: 0,
      speed: new SpeedMeter(),
      history: this.#keepHistory(transferId),
    };
    this.#transfers.set(transferId, live);
    return live;
  }

  end(transferId: number): void {
    this.#transfers.delete(transferId);
  }

  get(transferId: number): LiveTransfer | undefined {
    return this.#transfers.get(transferId);
  }

  /** Transfers that run now, by their ids. */
  running(): ReadonlyMap<number, LiveTransfer> {
    return this.#transfers;
  }

  /** What went over the wire for a transfer in the past, also after it has ended; undefined when too many ran since. */
  history(transferId: number): TransferHistory | undefined {
    return this.#histories.get(transferId);
  }

  /** The latest 50 of Box's answers about a transfer in this run of the engine, the oldest first. */
  requests(transferId: number): readonly AnsweredRequest[] {
    return this.#histories.get(transferId)?.requests ?? [];
  }

  /** Box has answered a call about a transfer. */
  answered(live: LiveTransfer, operation: string, requestId: string): void {
    live.history.answered({ at: this.#clock.now(), operation, requestId });
  }

  #keepHistory(transferId: number): TransferHistory {
    const history = this.#histories.get(transferId) ?? new TransferHistory();
    // Behind all others again.
    this.#histories.delete(transferId);
    this.#histories.set(transferId, history);
    if (this.#histories.size > keptHistories) this.#histories.delete(this.#histories.keys().next().value!);
    return history;
  }

  /** So many more bytes went over the wire, of a part where it is one; `again` when bytes of that place were sent before. */
  sent(live: LiveTransfer, bytes: number, again: boolean, part?: LivePart): void {
    const now = this.#clock.monotonic();
    part?.speed.add(bytes, now);
    live.history.throughput.add(bytes, now);
    const owner = this.traffic(live.ownerId);
    for (const total of [live, owner]) {
      total.sentBytes += bytes;
      if (again) total.resentBytes += bytes;
      total.speed.add(bytes, now);
    }
    this.#all.add(bytes, now);
  }

  traffic(ownerId: number): OwnerTraffic {
    let traffic = this.#owners.get(ownerId);
    if (!traffic) {
      traffic = {
        sentBytes: 0,
        resentBytes: 0,
        finishedFiles: 0,
        startedMs: this.#clock.monotonic(),
        speed: new SpeedMeter(),
      };
      this.#owners.set(ownerId, traffic);
    }
    return traffic;
  }

  /** Forgets the figures of a job: it starts again. */
  reset(ownerId: number): void {
    this.#owners.delete(ownerId);
  }

  /** The rate of all transfers together; null while it can't be trusted. */
  bytesPerSecond(): number | null {
    return this.#all.bytesPerSecond(this.#clock.monotonic());
  }
}
