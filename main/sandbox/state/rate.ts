import { BoxError } from '../http/box-error.ts';

const windowMs = 60_000;

/** Counts calls in a sliding minute. Refused calls don't count, so a client that obeys Retry-After gets through. */
export class RateLimit {
  readonly #perMinute: number | undefined;
  #times: number[] = [];
  #first = 0;

  constructor(perMinute: number | undefined) {
    this.#perMinute = perMinute;
  }

  /** @throws BoxError 429 rate_limit_exceeded with the seconds after which one more call will pass. */
  take(nowMs = Date.now()): void {
    if (this.#perMinute === undefined) return;
    while ((this.#times[this.#first] ?? Infinity) <= nowMs - windowMs) this.#first++;
    if (this.#first > 10_000) {
      this.#times = this.#times.slice(this.#first);
      this.#first = 0;
    }
    const oldest = this.#times[this.#first];
    if (oldest === undefined || this.#times.length - this.#first < this.#perMinute) {
      this.#times.push(nowMs);
      return;
    }
    const seconds = Math.max(1, Math.ceil((oldest + windowMs - nowMs) / 1000));
    throw new BoxError(429, 'rate_limit_exceeded', 'Request rate limit exceeded, please try again later', null, {
      'retry-after': String(seconds),
    });
  }
}
