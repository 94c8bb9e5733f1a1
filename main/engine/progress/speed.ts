/** Bytes per second over the last seconds; says nothing until it has seen enough to be trusted. */
export class SpeedMeter {
  readonly #buckets: { at: number; bytes: number }[] = [];
  #firstMs: number | null = null;

  static readonly windowMs = 5000;
  static readonly trustedAfterMs = 2000;
  static readonly bucketMs = 100;

  add(bytes: number, nowMs: number): void {
    this.#firstMs ??= nowMs;
    const last = this.#buckets.at(-1);
    if (last && nowMs - last.at < SpeedMeter.bucketMs) last.bytes += bytes;
    else this.#buckets.push({ at: nowMs, bytes });
    this.#trim(nowMs);
  }

  /** Null until bytes have flowed for two seconds; 0 when they flowed and stopped. */
  bytesPerSecond(nowMs: number): number | null {
    if (this.#firstMs === null || nowMs - this.#firstMs < SpeedMeter.trustedAfterMs) return null;
    this.#trim(nowMs);
    const spanMs = Math.min(SpeedMeter.windowMs, nowMs - this.#firstMs);
    return (this.#buckets.reduce((sum, bucket) => sum + bucket.bytes, 0) * 1000) / spanMs;
  }

  #trim(nowMs: number): void {
    while (this.#buckets.length > 0 && nowMs - this.#buckets[0]!.at > SpeedMeter.windowMs) this.#buckets.shift();
  }
}
