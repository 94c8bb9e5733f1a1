import type { Batch } from '../../../shared/progress-contract.ts';

/** What one subscription shows of the state of things: newer state replaces older. */
export interface StateView {
  /** The next batch; undefined while nothing has changed since the last one. */
  next(): Batch | undefined;
  /** Goes on with what takes longer than a look may take. Returns after how many ms to call it again; Infinity: at the next look. */
  work?(): number;
  /** The last batch has not arrived: the next one is whole. */
  lost(): void;
  /** After how many ms to look again though nothing moves and nothing is written; Infinity: not before then. */
  readonly againMs: number;
}

/** Made anew at each look, and sent whole when it is another than before. */
export class WholeView implements StateView {
  readonly againMs: number;
  readonly #make: () => Batch | undefined;
  #last = '';

  constructor(make: () => Batch | undefined, againMs: number) {
    this.#make = make;
    this.againMs = againMs;
  }

  next(): Batch | undefined {
    const batch = this.#make();
    const text = JSON.stringify(batch);
    if (text === this.#last) return undefined;
    this.#last = text;
    return batch;
  }

  lost(): void {
    this.#last = '';
  }
}
