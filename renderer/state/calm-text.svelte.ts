const leastMs = 5000;

/** A text for a live region: it changes at most every 5 s, and then to what it should say by now. */
export class CalmText {
  shown = $state('');
  #next = '';
  #saidAt = -leastMs;
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(words: string): void {
    this.#next = words;
    if (this.#timer !== undefined || words === this.shown) return;
    const waitMs = Math.max(0, this.#saidAt + leastMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#saidAt = performance.now();
      this.shown = this.#next;
    }, waitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
