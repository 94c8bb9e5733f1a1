import { CallError } from '../../../shared/call-error.ts';

const mostAtOnce = 6;
const mostWaiting = 64;

/** Bounds how many dropped files are written at once; the others wait for their turn, unread. */
export class DropSlots {
  #free = mostAtOnce;
  readonly #waiting: (() => void)[] = [];

  /** @throws CallError `refused` when too many wait already; the signal's reason when it is aborted meanwhile. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#waiting.length >= mostWaiting) {
      throw new CallError('refused', 'Too many files arrive at once. Wait until some of them are here.');
    }
    const turn = Promise.withResolvers<void>();
    this.#waiting.push(turn.resolve);
    const onAbort = () => {
      const at = this.#waiting.indexOf(turn.resolve);
      if (at === -1) return;
      this.#waiting.splice(at, 1);
      turn.reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort);
    try {
      await turn.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}
