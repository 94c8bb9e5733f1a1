import { rangeAt, type Grid } from './grid.ts';
import type { UploadJournal } from './journal.ts';
import type { PartSource } from './part-source.ts';

/** Asks the source for digests in the order of sending, a few parts ahead, so that the connections never wait for them. */
export class DigestsAhead {
  readonly #source: PartSource;
  readonly #journal: UploadJournal;
  readonly #grid: Grid;
  readonly #order: readonly number[];
  readonly #heldParts: number;
  readonly #signal: AbortSignal;
  readonly #asked = new Map<number, Promise<string>>();
  #ahead = 0;

  /** `heldParts`: so many are digested or sent and not yet released, at most (a source may keep their bytes). */
  constructor(args: {
    source: PartSource;
    journal: UploadJournal;
    grid: Grid;
    order: readonly number[];
    heldParts: number;
    signal: AbortSignal;
  }) {
    this.#source = args.source;
    this.#journal = args.journal;
    this.#grid = args.grid;
    this.#order = args.order;
    this.#heldParts = args.heldParts;
    this.#signal = args.signal;
  }

  /** The digest of a part, asked for now or earlier. */
  of(index: number): Promise<string> {
    const digest = this.#asked.get(index) ?? this.#ask(index);
    this.#topUp();
    return digest;
  }

  /** The bytes are read again at the next `of`. */
  forget(index: number): void {
    this.#asked.delete(index);
  }

  /** The part is on Box. */
  release(index: number): void {
    this.#asked.delete(index);
    this.#source.release(rangeAt(this.#grid, index));
    this.#topUp();
  }

  #topUp(): void {
    while (this.#asked.size < this.#heldParts && this.#ahead < this.#order.length && !this.#signal.aborted) {
      void this.#ask(this.#order[this.#ahead]!);
    }
  }

  #ask(index: number): Promise<string> {
    while (this.#ahead < this.#order.length && this.#order[this.#ahead]! <= index) this.#ahead += 1;
    const range = rangeAt(this.#grid, index);
    this.#journal.partHashing(range);
    const digest = this.#source.digestOf(range, this.#signal);
    // Whoever sends the part sees the failure; until then it must not count as unhandled.
    digest.catch(() => undefined);
    this.#asked.set(index, digest);
    return digest;
  }
}
