import { backoffMs } from '../../platform/wait.ts';
import type { Clock } from '../../platform/clock.ts';

/** While it is held, whoever asks is to ask again after so long. */
const heldLookMs = 500;

/**
 * Whether Box can be reached, and anything is to go there at all. Closed by the first transfer that finds it unreachable, so that the others need not find
 * out too; each time it opens again for a try, and each failed try closes it for longer.
 */
export class NetworkGate {
  readonly #clock: Clock;
  readonly #backoffBaseMs: number;
  #failures = 0;
  #closedUntilMs = 0;
  #downSinceMs: number | null = null;
  #held = false;

  /** @param backoffBaseMs the pause after the first failure */
  constructor(clock: Clock, backoffBaseMs = 1000) {
    this.#clock = clock;
    this.#backoffBaseMs = backoffBaseMs;
  }

  /** Whole ms until transfers may be started again; 0 when they may now. */
  closedForMs(): number {
    const outageMs = Math.max(0, Math.ceil(this.#closedUntilMs - this.#clock.monotonic()));
    return this.#held ? Math.max(heldLookMs, outageMs) : outageMs;
  }

  /** Everything is paused. */
  get isHeld(): boolean {
    return this.#held;
  }

  /** Lets nothing start, whether Box is reached or not, until it is called with false. */
  hold(held: boolean): void {
    this.#held = held;
  }

  /** How long Box has been unreachable; 0 when it is reached. */
  downForMs(): number {
    return this.#downSinceMs === null ? 0 : this.#clock.monotonic() - this.#downSinceMs;
  }

  /** A transfer could not reach Box. Those that fail while the gate is closed are the same outage. Returns the whole ms to wait. */
  close(): number {
    const now = this.#clock.monotonic();
    this.#downSinceMs ??= now;
    if (now >= this.#closedUntilMs) {
      this.#failures += 1;
      this.#closedUntilMs = now + backoffMs(this.#failures, () => this.#clock.random(), this.#backoffBaseMs, 30_000);
    }
    return this.closedForMs();
  }

  /** Box has answered. */
  open(): void {
    this.#failures = 0;
    this.#closedUntilMs = 0;
    this.#downSinceMs = null;
  }
}
