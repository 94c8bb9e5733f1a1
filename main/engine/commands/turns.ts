import { setImmediate as turn } from 'node:timers/promises';

/** A command that looks at many rows lets others have their turn after so long: the event loop stands still meanwhile. */
const sliceMs = 6;

/** Says when it is time to let others have their turn. */
export class Turns {
  readonly #signal: AbortSignal;
  #begunAtMs = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Resolves at once, or after a turn of the event loop; rejects with the signal's reason once it is aborted. */
  async take(): Promise<void> {
    if (performance.now() - this.#begunAtMs < sliceMs) return;
    await turn();
    this.#signal.throwIfAborted();
    this.#begunAtMs = performance.now();
  }
}
