import type { Batch } from '../../../shared/progress-contract.ts';

/** A feed that nobody reads is cut here; the receipts have what was dropped. */
const maxQueued = 200_000;
const perBatch = 500;

/** What happened, in order: nothing is skipped, unless nobody reads it. */
export class Feed<T> {
  readonly #queued: T[];
  readonly #batchOf: (entries: T[], lost: number) => Batch;
  #lost = 0;

  constructor(batchOf: (entries: T[], lost: number) => Batch, early: T[] = []) {
    this.#batchOf = batchOf;
    this.#queued = early;
  }

  get isEmpty(): boolean {
    return this.#queued.length === 0;
  }

  add(entry: T): void {
    if (this.#queued.length < maxQueued) this.#queued.push(entry);
    else this.#lost += 1;
  }

  next(): Batch | undefined {
    return this.isEmpty ? undefined : this.#batchOf(this.#queued.splice(0, perBatch), this.#lost);
  }
}
