import { ProblemError } from '../../../shared/problem-error.ts';
import type { BoxConnection } from '../../box/connection.ts';
import { longPoll, longPollServer, type LongPollServer } from '../../box/long-poll.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { sleep } from '../../platform/wait.ts';

export interface EventWaitOptions {
  connection: BoxConnection;
  clock: Clock;
  log: Logger;
  pollMs: number;
  refusedMs: number;
}

/** So many long polls that broke in a row count as refused: something on the way does not let them live. */
const mostBroken = 3;

/** Waits until it is worth looking at the events: by Box's long poll, or for a while where that is refused (a proxy). */
export class EventWait {
  readonly #options: EventWaitOptions;
  #server: LongPollServer | null = null;
  #retries = 0;
  #broken = 0;
  #refusedUntilMs = -Infinity;

  constructor(options: EventWaitOptions) {
    this.#options = options;
  }

  /** Whether the long poll is refused for now. */
  get isPolling(): boolean {
    return this.#options.clock.monotonic() < this.#refusedUntilMs;
  }

  /** The network may be another one: what was refused is tried again. */
  reset(): void {
    this.#server = null;
    this.#refusedUntilMs = -Infinity;
    this.#broken = 0;
  }

  /** Resolves when something may have happened behind the position. Rejects with the signal's reason alone. */
  async until(position: string, signal: AbortSignal): Promise<void> {
    if (this.isPolling) return sleep(this.#options.pollMs, signal);
    const { connection } = this.#options;
    try {
      this.#server ??= await this.#findServer(signal);
      const told = await longPoll(connection, this.#server, position, { signal });
      this.#broken = 0;
      this.#retries = told === 'timeout' ? this.#retries + 1 : 0;
      if (told === 'reconnect' || this.#retries > this.#server.maxRetries) this.#server = null;
    } catch (error) {
      signal.throwIfAborted();
      this.#failed(error);
    }
  }

  async #findServer(signal: AbortSignal): Promise<LongPollServer> {
    this.#retries = 0;
    return longPollServer(this.#options.connection, { signal });
  }

  #failed(error: unknown): void {
    const { clock, log, refusedMs } = this.#options;
    this.#server = null;
    this.#broken += 1;
    const isBreak = error instanceof ProblemError && error.problem.code === 'network.interrupted';
    if (isBreak && this.#broken < mostBroken) return;
    this.#broken = 0;
    this.#refusedUntilMs = clock.monotonic() + refusedMs;
    log.info({ err: error }, "Box's events are asked for at intervals: waiting for them is refused");
  }
}
