import { ProblemError } from '../../../shared/problem-error.ts';
import { sleep } from '../../platform/wait.ts';
import type { FolderRow } from '../ledger/folders.ts';
import type { JobRow } from '../ledger/jobs.ts';
import type { NetworkGate } from '../schedule/network-gate.ts';
import { placeFolder, type PlacingServices } from './place-folder.ts';

const foldersAtOnce = 4;

/**
 * Places the folders of one scan, parents before children, a few at a time, while the walk is still finding more. Ends
 * when the walk has ended and every folder has its place or its problem.
 */
export class Placer {
  readonly #services: PlacingServices;
  readonly #gate: NetworkGate;
  readonly #networkPatienceMs: number;
  readonly #job: JobRow;
  readonly #scan: number;
  readonly #underWay = new Set<number>();
  readonly #onPlaced: () => void;
  #scanned = false;
  #wake = Promise.withResolvers<void>();

  constructor(options: {
    services: PlacingServices;
    gate: NetworkGate;
    networkPatienceMs: number;
    job: JobRow;
    scan: number;
    onPlaced: () => void;
  }) {
    this.#services = options.services;
    this.#gate = options.gate;
    this.#networkPatienceMs = options.networkPatienceMs;
    this.#job = options.job;
    this.#scan = options.scan;
    this.#onPlaced = options.onPlaced;
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
    const free = foldersAtOnce - this.#underWay.size;
    if (free <= 0) return;
    const ready = this.#services.ledger.folders.ready(this.#job.id, this.#scan, foldersAtOnce + free);
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
    for (;;) {
      while (this.#gate.isHeld) await sleep(this.#gate.closedForMs(), signal);
      try {
        await placeFolder(this.#services, this.#job, this.#scan, folder, signal);
        this.#gate.open();
        this.#onPlaced();
        return;
      } catch (error) {
        signal.throwIfAborted();
        const unreachable = error instanceof ProblemError && error.problem.code === 'network.unreachable';
        if (!unreachable) throw error;
        const delayMs = this.#gate.close();
        if (this.#gate.downForMs() > this.#networkPatienceMs) throw error;
        await sleep(delayMs, signal);
      }
    }
  }
}
