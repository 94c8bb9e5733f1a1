/** The last so many ids, for telling what comes twice. */
export class RecentIds {
  readonly #ids = new Set<string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.delete(id);
    this.#ids.add(id);
    // A set keeps the order in which things came.
    for (const oldest of this.#ids) {
      if (this.#ids.size <= this.#most) return;
      this.#ids.delete(oldest);
    }
  }
}
