/**
 * The parts that are to be sent, by offset. While a failed part waits for its next try no later one begins, as Box's
 * guide asks ("retry a failed part before sending later ones").
 */
export class PartQueue {
  readonly #pending: readonly number[];
  #next = 0;
  readonly #waiting = new Set<number>();
  #changed = Promise.withResolvers<void>();

  constructor(indexes: Iterable<number>) {
    this.#pending = [...indexes].sort((a, b) => a - b);
  }

  /** Resolves with the next part, once no earlier one waits; undefined when all have been taken. */
  async take(): Promise<number | undefined> {
    while (this.#waiting.size > 0 && this.#next < this.#pending.length) await this.#changed.promise;
    const index = this.#pending[this.#next];
    this.#next += 1;
    return index;
  }

  /** The part failed and waits; its worker keeps it. */
  hold(index: number): void {
    this.#waiting.add(index);
  }

  /** The part is sent again now. */
  resume(index: number): void {
    this.#waiting.delete(index);
    this.#wake();
  }

  /** Ends every wait: nothing is taken any more. */
  close(): void {
    this.#next = this.#pending.length;
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
