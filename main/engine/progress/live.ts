import type { Problem } from '../../../shared/problem.ts';
import type { PartState } from '../../../shared/transfer-state.ts';
import type { Clock } from '../../platform/clock.ts';
import { SpeedMeter } from './speed.ts';

/** What is known of a part only while it moves. */
export interface LivePart {
  state: PartState;
  sentBytes: number;
  attempts: number;
  problem: Problem | null;
}

/** What is known of a transfer only while it runs; the ledger has the rest. */
export interface LiveTransfer {
  ownerId: number;
  /** Parts that are not at rest. */
  parts: Map<number, LivePart>;
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
  readonly #all = new SpeedMeter();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(transferId: number, ownerId: number): LiveTransfer {
    const live: LiveTransfer = {
      ownerId,
      parts: new Map(),
      directBytes: 0,
      partBytes: 0,
      partsDone: 0,
      partsTotal: null,
      checkedBytes: 0,
      commit: null,
      sentBytes: 0,
      resentBytes: 0,
      speed: new SpeedMeter(),
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

  /** So many more bytes went over the wire; `again` when bytes of that place were sent before. */
  sent(live: LiveTransfer, bytes: number, again: boolean): void {
    const now = this.#clock.monotonic();
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
