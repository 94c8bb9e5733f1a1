import { orAborted, sleep } from '../../platform/wait.ts';

/** A handle on a running upload: ends the waiting of its parts at once. */
export class UploadControl {
  readonly #waiting = new Map<number, AbortController>();

  /** Sends a waiting part now; false when that part is not waiting. */
  retryPart(index: number): boolean {
    const waiting = this.#waiting.get(index);
    waiting?.abort();
    return waiting !== undefined;
  }

  /** Sends every waiting part now. */
  retryAll(): void {
    for (const waiting of this.#waiting.values()) waiting.abort();
  }

  /** Called by the pipeline: waits, or less when a retry is asked for; rejects with the signal's reason. */
  async waitForRetry(index: number, delayMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const skip = new AbortController();
    this.#waiting.set(index, skip);
    try {
      await orAborted(
        sleep(delayMs, skip.signal).catch(() => undefined),
        signal,
      );
    } finally {
      skip.abort();
      this.#waiting.delete(index);
    }
  }
}
