import { ProblemError } from '../../../shared/problem-error.ts';
import type { Problem } from '../../../shared/problem.ts';
import { backoffMs, sleep } from '../../platform/wait.ts';
import type { FolderRow } from '../ledger/folders.ts';
import type { JobRow } from '../ledger/jobs.ts';
import type { NetworkGate } from '../schedule/network-gate.ts';
import { classifyFailure } from '../transfer/classify-failure.ts';
import { failFolder, placeFolder, type PlacingServices } from './place-folder.ts';

const foldersAtOnce = 4;
/** With those that wait for another try: others go on beside them, but where all of Box fails not every folder need find out. */
const mostAtOnce = 16;

/**
 * Places the folders of one scan, parents before children, a few at a time, while the walk is still finding more. Ends
 * when the walk has ended and every folder has its place or its problem. What passes by itself is waited for and tried again,
 * as a transfer does: a folder takes all that is in it along.
 */
export class Placer {
  readonly #services: PlacingServices;
  readonly #gate: NetworkGate;
  readonly #networkPatienceMs: number;
  readonly #job: JobRow;
  readonly #scan: number;
  readonly #underWay = new Set<number>();
  readonly #backoffBaseMs: number;
  readonly #onPlaced: () => void;
  readonly #onWaiting: (problem: Problem | null) => void;
  /** Why folders wait for another try. */
  readonly #waiting = new Map<number, Problem>();
  #scanned = false;
  #wake = Promise.withResolvers<void>();

  constructor(options: {
    services: PlacingServices;
    gate: NetworkGate;
    networkPatienceMs: number;
    job: JobRow;
    scan: number;
    /** The pause after the first failure of a folder. */
    backoffBaseMs: number;
    onPlaced: () => void;
    /** Folders wait for another try, and why; or none does any more. */
    onWaiting: (problem: Problem | null) => void;
  }) {
    this.#services = options.services;
    this.#gate = options.gate;
    this.#networkPatienceMs = options.networkPatienceMs;
    this.#job = options.job;
    this.#scan = options.scan;
    this.#backoffBaseMs = options.backoffBaseMs;
    this.#onPlaced = options.onPlaced;
    this.#onWaiting = options.onWaiting;
  }

  /** The walk has recorded more. */
  found(): void {
    this.#wake.resolve();
  }

  /** The walk has ended. */
  scanned(): void {
    this.#scanned = true;
    this.#wake.resolve();
  }

  /** Rejects with a ProblemError of class pause-all, or the signal's reason. */
  async run(signal: AbortSignal): Promise<void> {
    const failed = Promise.withResolvers<never>();
    // Awaited in the race below; without a handler a failure between two races would end the process.
    failed.promise.catch(() => undefined);
    const onAbort = () => failed.reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (;;) {
        signal.throwIfAborted();
        this.#wake = Promise.withResolvers<void>();
        this.#startReady(signal, (error) => failed.reject(error));
        if (this.#underWay.size === 0 && this.#scanned) return;
        await Promise.race([this.#wake.promise, failed.promise]);
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #startReady(signal: AbortSignal, onFailed: (error: unknown) => void): void {
    const { size } = this.#underWay;
    const free = Math.min(foldersAtOnce - (size - this.#waiting.size), mostAtOnce - size);
    if (free <= 0) return;
    const ready = this.#services.ledger.folders.ready(this.#job.id, this.#scan, size + free);
    for (const folder of ready.filter(({ id }) => !this.#underWay.has(id)).slice(0, free)) {
      this.#underWay.add(folder.id);
      void this.#place(folder, signal)
        .catch(onFailed)
        .finally(() => {
          this.#underWay.delete(folder.id);
          this.#wake.resolve();
        });
    }
  }

  async #place(folder: FolderRow, signal: AbortSignal): Promise<void> {
    const { folders } = this.#services.ledger;
    for (let attempts = 1; ;) {
      while (this.#gate.isHeld) await sleep(this.#gate.closedForMs(), signal);
      try {
        // A try before this one may have made it.
        await placeFolder(this.#services, this.#job, this.#scan, folders.get(folder.id) ?? folder, signal);
        this.#gate.open();
        this.#onPlaced();
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ProblemError)) throw error;
        const { problem } = error;
        const result = this.#resultOf(problem, attempts);
        if (result.kind === 'blocked') throw error;
        if (result.kind === 'failed') return failFolder(this.#services, folder, problem);
        // An outage and a limit of rate say nothing about this folder.
        if (error.class === 'retry') attempts += 1;
        await this.#wait(folder, problem, result.delayMs, signal);
      }
    }
  }

  /** What follows from a problem, as for a transfer. */
  #resultOf(problem: Problem, attempts: number): ReturnType<typeof classifyFailure> {
    if (problem.code === 'network.unreachable') {
      const delayMs = this.#gate.close();
      if (this.#gate.downForMs() > this.#networkPatienceMs) return { kind: 'blocked', problem };
      return { kind: 'waiting', reason: 'network', delayMs, problem };
    }
    const { clock } = this.#services;
    return classifyFailure(problem, attempts, (nth) => backoffMs(nth, () => clock.random(), this.#backoffBaseMs));
  }

  async #wait(folder: FolderRow, problem: Problem, delayMs: number, signal: AbortSignal): Promise<void> {
    this.#waiting.set(folder.id, problem);
    if (this.#waiting.size === 1) this.#onWaiting(problem);
    // Another folder may take its place meanwhile.
    this.#wake.resolve();
    try {
      await sleep(delayMs, signal);
    } finally {
      this.#waiting.delete(folder.id);
      if (this.#waiting.size === 0 && !signal.aborted) this.#onWaiting(null);
    }
  }
}
