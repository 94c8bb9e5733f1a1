import { CallError } from '../../shared/call-error.ts';
import { backoffMs, sleep } from '../platform/wait.ts';
import { HintBatch, type Hints } from './watch/hint-batch.ts';
import type { WatchReport } from './watch/watcher.ts';

const defaultRetryMs = 1000;

export interface WatchNewsOptions {
  hint: (hints: Hints) => Promise<void>;
  report: (report: WatchReport) => Promise<void>;
  /** Aborted when nobody is to be told any more. */
  signal: AbortSignal;
  onError: (error: unknown) => void;
  /** The first pause before a call that got no answer is made again; see `backoffMs`. */
  retryMs?: number;
}

/**
 * Brings what the watcher noticed of one pair to the engine: one call of each kind at a time. Hints that come meanwhile are
 * merged (more than 1,000 folders: an overflow), a newer report replaces the one that waits.
 */
export class WatchNews {
  readonly #options: WatchNewsOptions;
  readonly #hints = new HintBatch();
  #report: WatchReport | null = null;
  #isHinting = false;
  #isReporting = false;
  #failures = 0;

  constructor(options: WatchNewsOptions) {
    this.#options = options;
  }

  hint(folders: readonly string[], overflow: boolean): void {
    if (overflow) this.#hints.noteOverflow(0);
    else for (const folder of folders) this.#hints.note(folder, 0);
    if (!this.#isHinting) void this.#tellHints();
  }

  report(report: WatchReport): void {
    this.#report = report;
    if (!this.#isReporting) void this.#tellReports();
  }

  async #tellHints(): Promise<void> {
    this.#isHinting = true;
    while (this.#hints.dueAtMs() !== null && !this.#options.signal.aborted) {
      const hints = this.#hints.take();
      const isTold = await this.#tell(() => this.#options.hint(hints));
      // Nobody knows what of it arrived: reading all of the pair is right in any case.
      if (!isTold) this.#hints.noteOverflow(0);
    }
    this.#isHinting = false;
  }

  async #tellReports(): Promise<void> {
    this.#isReporting = true;
    while (this.#report && !this.#options.signal.aborted) {
      const report = this.#report;
      this.#report = null;
      const isTold = await this.#tell(() => this.#options.report(report));
      if (!isTold) this.#report ??= report;
    }
    this.#isReporting = false;
  }

  /** False where it has to be told again. A refusal is final: the pair is gone, or the engine is. */
  async #tell(call: () => Promise<void>): Promise<boolean> {
    const { signal, onError, retryMs = defaultRetryMs } = this.#options;
    try {
      await call();
      this.#failures = 0;
      return true;
    } catch (error) {
      if (signal.aborted) return true;
      onError(error);
      if (error instanceof CallError && error.code !== 'timeout' && error.code !== 'internal') return true;
      this.#failures += 1;
      await sleep(backoffMs(this.#failures, Math.random, retryMs), signal).catch(() => undefined);
      return false;
    }
  }
}
