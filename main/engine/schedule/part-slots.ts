import type { PartGate } from '../../box/upload-session/options.ts';

interface Waiting {
  sizeBytes: number;
  admit: () => void;
}

/**
 * The slots for parts of all transfers together: so many at a time, and no more bytes in flight than the connection
 * carries in about a minute, down to one part. First come, first served.
 */
export class PartSlots implements PartGate {
  #slots: number;
  readonly #bytesPerSecond: () => number | null;
  readonly #waiting: Waiting[] = [];
  #used = 0;
  #bytes = 0;

  /** @param bytesPerSecond the measured rate; null while it is not known, which does not limit */
  constructor(slots: number, bytesPerSecond: () => number | null) {
    this.#slots = slots;
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** How many parts may go up at a time from now on. */
  setSlots(slots: number): void {
    this.#slots = slots;
    this.#admitWaiting();
  }

  get slots(): number {
    return this.#slots;
  }

  async acquire(sizeBytes: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (!this.#admits(sizeBytes) || this.#waiting.length > 0) await this.#queue(sizeBytes, signal);
    else this.#take(sizeBytes);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#used -= 1;
      this.#bytes -= sizeBytes;
      this.#admitWaiting();
    };
  }

  #queue(sizeBytes: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      this.#waiting.splice(this.#waiting.indexOf(entry), 1);
      reject(signal.reason as Error);
      this.#admitWaiting();
    };
    const entry: Waiting = {
      sizeBytes,
      admit: () => {
        signal.removeEventListener('abort', onAbort);
        this.#take(sizeBytes);
        resolve();
      },
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.push(entry);
    return promise;
  }

  #admitWaiting(): void {
    for (let next = this.#waiting[0]; next && this.#admits(next.sizeBytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      next.admit();
    }
  }

  #admits(sizeBytes: number): boolean {
    if (this.#used === 0) return true;
    const rate = this.#bytesPerSecond();
    return this.#used < this.#slots && (rate === null || this.#bytes + sizeBytes <= rate * 60);
  }

  #take(sizeBytes: number): void {
    this.#used += 1;
    this.#bytes += sizeBytes;
  }
}
