const settleMs = 3000;
const memoryMs = 5000;
const mostDeviation = 0.35;
/** Nobody plans with more. */
const longestMs = 7 * 86_400_000;

/** The time that one file still takes, once its rate has been steady for some seconds; null until then. */
export class EtaGauge {
  #since: number | null = null;
  #at = 0;
  #rate = 0;
  #deviation = 0;

  /** `at` in ms, `bytesPerSecond` as it was measured, `restBytes` still to go. */
  push(at: number, bytesPerSecond: number | null, restBytes: number): number | null {
    if (bytesPerSecond === null || bytesPerSecond <= 0 || restBytes <= 0) {
      this.#since = null;
      return null;
    }
    if (this.#since === null) {
      [this.#since, this.#at, this.#rate, this.#deviation] = [at, at, bytesPerSecond, 0];
      return null;
    }
    const weight = 1 - Math.exp(-Math.max(0, at - this.#at) / memoryMs);
    const off = Math.abs(bytesPerSecond - this.#rate) / Math.max(this.#rate, bytesPerSecond);
    this.#deviation += (off - this.#deviation) * weight;
    this.#rate += (bytesPerSecond - this.#rate) * weight;
    this.#at = at;
    // The mean began at none: what it can't have seen yet is left out of it.
    const deviation = this.#deviation / (1 - Math.exp(-(at - this.#since) / memoryMs));
    if (at - this.#since < settleMs || deviation > mostDeviation) return null;
    const etaMs = (restBytes / this.#rate) * 1000;
    return etaMs <= longestMs ? etaMs : null;
  }
}
