import type { Ledger } from '../ledger/ledger.ts';
import { largeLane, smallLane, type TransferRowData } from '../ledger/transfers.ts';
import type { NetworkGate } from './network-gate.ts';

/** Why a running transfer is stopped; the transfer's last state follows from it. */
export type StopReason = 'pause' | 'abort' | 'suspend' | 'block' | 'supersede' | 'hold';

/** The reason of the signal that stops a transfer. */
export class Stopped extends Error {
  readonly why: StopReason;

  constructor(why: StopReason) {
    super(`stopped: ${why}`);
    this.name = 'Stopped';
    this.why = why;
  }
}

/** A lane is filled up when this part of it has come free. */
const fillParts = 4;

interface Running {
  ownerId: number;
  lane: 0 | 1;
  controller: AbortController;
  /** Still in its place of the lane. */
  holdsPlace: boolean;
  done: Promise<void>;
}

export interface SchedulerOptions {
  ledger: Ledger;
  gate: NetworkGate;
  /**
   * Runs one transfer to a state in the ledger that is not `queued`-and-due; never rejects. `release` may be called once that
   * state is written, when only something small is left to do: the next transfer takes the place in the lane.
   */
  run: (transfer: TransferRowData, signal: AbortSignal, release: () => void) => Promise<void>;
  /** How many transfers a lane runs at a time: small, large. */
  capacities: readonly [number, number];
  /** Called when a transfer has ended its run, and when an owner has no work left that could be started. */
  onRan: (ownerId: number) => void;
}

/**
 * Starts transfers, two lanes side by side so that small files never wait behind a huge one. It decides when, never what:
 * order and state are the ledger's.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #owners = new Set<number>();
  readonly #running = new Map<number, Running>();
  readonly #used: [number, number] = [0, 0];
  readonly #timers = new Map<number, NodeJS.Timeout>();
  #kicked = false;
  #closed = false;
  #gateTimer: NodeJS.Timeout | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  addOwner(ownerId: number): void {
    this.#owners.add(ownerId);
    this.kick();
  }

  /** Starts no more of the owner's transfers and stops the running ones but those to be kept; resolves when they have ended. */
  async removeOwner(
    ownerId: number,
    why: StopReason,
    keep: (transferId: number) => boolean = () => false,
  ): Promise<void> {
    this.#owners.delete(ownerId);
    await Promise.all(
      [...this.#running]
        .filter(([, run]) => run.ownerId === ownerId)
        .map(([id, run]) => (keep(id) ? run.done : this.stop(id, why))),
    );
  }

  has(ownerId: number): boolean {
    return this.#owners.has(ownerId);
  }

  isRunning(transferId: number): boolean {
    return this.#running.has(transferId);
  }

  runningOf(ownerId: number): number {
    return this.#count((run) => run.ownerId === ownerId);
  }

  /** Stops one transfer; resolves when it has. */
  async stop(transferId: number, why: StopReason): Promise<void> {
    const run = this.#running.get(transferId);
    run?.controller.abort(new Stopped(why));
    await run?.done;
  }

  /** Stops everything that runs but what is to be kept; its owners stay. */
  async stopAll(why: StopReason, keep: (transferId: number) => boolean): Promise<void> {
    await Promise.all([...this.#running.keys()].filter((id) => !keep(id)).map((id) => this.stop(id, why)));
  }

  /** Calls back after the time, once; a later call for the same transfer replaces an earlier one. */
  later(transferId: number, delayMs: number, callback: () => void): void {
    clearTimeout(this.#timers.get(transferId));
    if (this.#closed) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(transferId);
        callback();
      },
      Math.min(delayMs, 2 ** 31 - 1),
    );
    this.#timers.set(transferId, timer);
  }

  cancelLater(transferId: number): void {
    clearTimeout(this.#timers.get(transferId));
    this.#timers.delete(transferId);
  }

  /** There may be something to start. Gathered, since a folder of files is planned in one turn. */
  kick(): void {
    if (this.#kicked || this.#closed) return;
    this.#kicked = true;
    setImmediate(() => {
      this.#kicked = false;
      if (!this.#closed) this.#fill();
    });
  }

  /** Stops everything; resolves when it has. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#gateTimer);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#owners.clear();
    await Promise.all([...this.#running.keys()].map((id) => this.stop(id, 'suspend')));
  }

  #fill(): void {
    const closedForMs = this.#options.gate.closedForMs();
    if (closedForMs > 0) {
      clearTimeout(this.#gateTimer);
      this.#gateTimer = setTimeout(() => this.kick(), closedForMs);
      return;
    }
    for (const lane of [smallLane, largeLane] as const) this.#fillLane(lane);
  }

  /** What was put before all others comes first; else owners take turns, so that a job of many files does not keep another one waiting. */
  #fillLane(lane: 0 | 1): void {
    const capacity = this.#options.capacities[lane];
    const free = capacity - this.#used[lane];
    // Some at a time: what is asked for many costs little more than for one. Those under way make room by and by.
    if (free <= 0 || (this.#used[lane] > 0 && free < capacity / fillParts)) return;
    const queues = [...this.#owners].map((ownerId) => {
      // A started transfer is `queued` in the ledger until its first write is committed.
      const due = this.#options.ledger.transfers.inLine(ownerId, lane, free + this.#used[lane]);
      return due.filter(({ id }) => !this.#running.has(id));
    });
    const running = [...this.#owners].map((ownerId) => this.#runningIn(ownerId, lane));
    for (let started = 0; started < free; started += 1) {
      const comesFirst = (n: number, best: number) => {
        const ahead = queues[n]![0]!.priority - queues[best]![0]!.priority;
        return ahead === 0 ? running[n]! < running[best]! : ahead > 0;
      };
      const first = queues.reduce(
        (best, queue, n) => (queue.length > 0 && (best < 0 || comesFirst(n, best)) ? n : best),
        -1,
      );
      if (first < 0) return;
      running[first]! += 1;
      this.#start(this.#options.ledger.transfers.get(queues[first]!.shift()!.id)!);
    }
  }

  #runningIn(ownerId: number, lane: 0 | 1): number {
    return this.#count((run) => run.ownerId === ownerId && run.lane === lane && run.holdsPlace);
  }

  #count(is: (run: Running) => boolean): number {
    let count = 0;
    for (const run of this.#running.values()) if (is(run)) count += 1;
    return count;
  }

  #start(transfer: TransferRowData): void {
    const controller = new AbortController();
    const { lane, ownerId, id } = transfer;
    this.#used[lane] += 1;
    this.cancelLater(id);
    const run: Running = { ownerId, lane, controller, holdsPlace: true, done: Promise.resolve() };
    const release = () => {
      if (!run.holdsPlace) return;
      run.holdsPlace = false;
      this.#used[lane] -= 1;
      this.kick();
    };
    this.#running.set(id, run);
    run.done = this.#options.run(transfer, controller.signal, release).finally(() => {
      this.#running.delete(id);
      release();
      this.#options.onRan(ownerId);
    });
  }
}
