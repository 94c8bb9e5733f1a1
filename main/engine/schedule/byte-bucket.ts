import type { BodyPace } from '../../box/transport/body-pace.ts';
import type { Clock } from '../../platform/clock.ts';

/** A slice is what flows in this time, so that parts take turns quickly and a new limit is felt at once. */
const sliceMs = 100;
const leastSliceBytes = 1024;
const mostSliceBytes = 2 ** 20;
/** What is saved up while nobody asks: a timer that comes late costs nothing, and ten seconds are 2 % off at most. */
const burstMs = 200;

interface Waiting {
  bytes: number;
  grant: (bytes: number) => void;
}

/**
 * A token bucket over all bodies. Whoever waits gets a slice in its turn, so that parts and small files share the rate
 * evenly. In no span of time leave more than rate x time + `burstBytes`.
 */
export class ByteBucket implements BodyPace {
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  #rate: number | null = null;
  #tokens = 0;
  #filledMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isLimited(): boolean {
    return this.#rate !== null;
  }

  get bytesPerSecond(): number | null {
    return this.#rate;
  }

  /** The most that leaves at once; 0 without a limit. */
  get burstBytes(): number {
    return this.#rate === null ? 0 : Math.max(this.#sliceBytes, (this.#rate * burstMs) / 1000);
  }

  /** null: no limit. Those who wait go on by the new rate. */
  setRate(bytesPerSecond: number | null): void {
    if (bytesPerSecond === this.#rate) return;
    this.#fill();
    this.#rate = bytesPerSecond;
    this.#tokens = Math.min(this.#tokens, this.burstBytes);
    this.#serve();
  }

  async take(bytes: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    if (this.#rate === null || bytes <= 0) return bytes;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const onAbort = () => {
      this.#waiting.splice(this.#waiting.indexOf(entry), 1);
      reject(signal.reason as Error);
      this.#serve();
    };
    const entry: Waiting = {
      bytes,
      grant: (granted) => {
        signal.removeEventListener('abort', onAbort);
        resolve(granted);
      },
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.push(entry);
    this.#serve();
    return promise;
  }

  get #sliceBytes(): number {
    const bytes = ((this.#rate ?? Infinity) * sliceMs) / 1000;
    return Math.floor(Math.min(mostSliceBytes, Math.max(leastSliceBytes, bytes)));
  }

  #fill(): void {
    const now = this.#clock.monotonic();
    const gained = ((this.#rate ?? 0) * (now - this.#filledMs)) / 1000;
    this.#filledMs = now;
    this.#tokens = Math.min(this.burstBytes, this.#tokens + gained);
  }

  /** First come, first served, a slice each. */
  #serve(): void {
    clearTimeout(this.#timer);
    this.#fill();
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const slice = this.#rate === null ? next.bytes : Math.min(next.bytes, this.#sliceBytes);
      const missing = this.#rate === null ? 0 : slice - this.#tokens;
      // Sums of fractions are a little off: less than a byte is no reason to wait.
      if (missing > 0.5) {
        const waitMs = Math.ceil((missing * 1000) / this.#rate!);
        this.#timer = setTimeout(() => this.#serve(), Math.max(1, waitMs));
        return;
      }
      this.#waiting.shift();
      if (this.#rate !== null) this.#tokens -= slice;
      next.grant(slice);
    }
  }
}
