import { ProblemError } from '../../../shared/problem-error.ts';
import type { BoxConnection } from '../../box/connection.ts';
import { currentEventPosition, listEvents, type BoxEventPage } from '../../box/events.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { backoffMs, sleep } from '../../platform/wait.ts';
import { EventWait } from './event-wait.ts';
import type { RemoteEvent } from './model.ts';
import { RecentIds } from './recent-ids.ts';
import { toRemoteEvent } from './remote-event.ts';

/** How long and how often; what is left out is the usual. Tests shorten them. */
export interface FollowTimings {
  /** Least time between two looks at the events, however often Box says that there are some: 1 s. */
  pauseMs: number;
  /** Between two looks where the long poll is refused: 60 s. */
  pollMs: number;
  /** How long the long poll is not tried again after it was refused: 10 min. */
  refusedMs: number;
  /** The first pause after a failure: 1 s. */
  backoffBaseMs: number;
  /** The longest pause after failures: 5 min. */
  backoffMaxMs: number;
}

const usualTimings: FollowTimings = {
  pauseMs: 1000,
  pollMs: 60_000,
  refusedMs: 600_000,
  backoffBaseMs: 1000,
  backoffMaxMs: 300_000,
};

export interface FollowOptions {
  connection: BoxConnection;
  clock: Clock;
  log: Logger;
  /** Where to go on; null: from now on, with a gap told first. */
  position: string | null;
  /** When that position was stored: Box keeps events for two weeks at least, so an older one is a gap. */
  positionAt?: number | null;
  /** Stores the position. Called after `onEvents` has resolved for what lies before it. */
  onPosition: (position: string) => Promise<void>;
  /** New events in Box's order, never empty; each told once. What rejects is told again, after a pause. */
  onEvents: (events: RemoteEvent[]) => Promise<void>;
  /**
   * Events were missed, or may have been: what Box holds is to be listed. Called before the new position is stored, so that a
   * crash in between tells it again.
   */
  onGap: () => void;
  /** While it is closed Box is not asked. */
  gate?: { closedForMs(): number };
  timings?: Partial<FollowTimings>;
}

/** Box's guarantee is two weeks; a day less, for clocks. */
const oldestPositionMs = 13 * 86_400_000;
const rememberedIds = 10_000;
/** Pages in a row with nothing new: they lead nowhere. */
const mostStalePages = 20;
/** A server that says `new_change` without events is asked ever less often, up to so many pauses apart. */
const longestPauses = 10;
const longestRetryAfterMs = 3_600_000;

/**
 * Follows the user's events on Box from a stored position, until it is closed. Nothing of it rejects: failures of Box and of
 * the callbacks are logged and tried again with growing pauses.
 */
export class EventFollower {
  readonly #options: FollowOptions;
  readonly #timings: FollowTimings;
  readonly #wait: EventWait;
  readonly #seen = new RecentIds(rememberedIds);
  readonly #closing = new AbortController();
  #position: string | null;
  #woken = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: FollowOptions) {
    const { connection, clock, log, position, positionAt } = options;
    this.#options = options;
    this.#timings = { ...usualTimings, ...options.timings };
    const { pollMs, refusedMs } = this.#timings;
    this.#wait = new EventWait({ connection, clock, log, pollMs, refusedMs });
    const isExpired = typeof positionAt === 'number' && clock.now() - positionAt > oldestPositionMs;
    this.#position = isExpired ? null : position;
  }

  /** Begins to follow; a second call does nothing. */
  start(): void {
    this.#running ??= this.#run(this.#closing.signal);
  }

  /** Looks now and does not wait: after sleep, or a change of network. */
  lookNow(): void {
    this.#wait.reset();
    this.#woken.abort(new DOMException('Looking at the events now', 'AbortError'));
  }

  /** Stops and waits until nothing of it runs any more, a callback included. */
  async close(): Promise<void> {
    this.#closing.abort(new DOMException('The events are no longer followed', 'AbortError'));
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    let idle = 0;
    while (!signal.aborted) {
      this.#woken = new AbortController();
      const wakeable = AbortSignal.any([signal, this.#woken.signal]);
      try {
        await this.#untilOpen(wakeable);
        const startedAt = this.#options.clock.monotonic();
        idle = (await this.#catchUp(signal)) ? 0 : idle + 1;
        failures = 0;
        await this.#wait.until(this.#position ?? 'now', wakeable);
        await sleep(this.#pauseMs(idle) - (this.#options.clock.monotonic() - startedAt), wakeable);
      } catch (error) {
        if (wakeable.aborted) continue;
        failures += 1;
        this.#tell(error, failures);
        await sleep(this.#backoffMs(error, failures), wakeable).catch(() => undefined);
      }
    }
  }

  async #untilOpen(signal: AbortSignal): Promise<void> {
    for (;;) {
      const closedMs = this.#options.gate?.closedForMs() ?? 0;
      if (closedMs <= 0) return;
      await sleep(closedMs, signal);
    }
  }

  /** Reads all there is behind the position; whether anything was new. */
  async #catchUp(signal: AbortSignal): Promise<boolean> {
    let found = false;
    for (let stalePages = 0; ;) {
      const page = this.#position === null ? null : await this.#page(this.#position, signal);
      if (page === null) {
        await this.#beginAnew(signal);
        return found;
      }
      const isNew = await this.#tellNew(page);
      found ||= isNew;
      stalePages = isNew ? 0 : stalePages + 1;
      const leadsOn = page.nextPosition !== '' && page.nextPosition !== this.#position;
      const isEnd = page.entryCount === 0;
      if (leadsOn) {
        await this.#options.onPosition(page.nextPosition);
        this.#position = page.nextPosition;
      }
      if (isEnd) return found;
      if (!leadsOn || stalePages >= mostStalePages) this.#position = null;
      signal.throwIfAborted();
    }
  }

  /** null where Box does not take the position. */
  async #page(position: string, signal: AbortSignal): Promise<BoxEventPage | null> {
    try {
      return await listEvents(this.#options.connection, { position }, { signal });
    } catch (error) {
      const isRefusal = error instanceof ProblemError && error.isOfItem;
      if (!isRefusal) throw error;
      this.#options.log.warn({ err: error }, 'Box does not take the position of its events');
      return null;
    }
  }

  async #tellNew(page: BoxEventPage): Promise<boolean> {
    const fresh = new Map(
      page.events
        .filter(({ eventId }) => !this.#seen.has(eventId))
        .map((event) => [event.eventId, toRemoteEvent(event)]),
    );
    if (fresh.size === 0) return false;
    await this.#options.onEvents([...fresh.values()]);
    for (const id of fresh.keys()) this.#seen.add(id);
    return true;
  }

  async #beginAnew(signal: AbortSignal): Promise<void> {
    this.#position = null;
    const position = await currentEventPosition(this.#options.connection, { signal });
    this.#options.onGap();
    await this.#options.onPosition(position);
    this.#position = position;
  }

  #pauseMs(idle: number): number {
    const { pauseMs } = this.#timings;
    if (idle < 2) return pauseMs;
    const random = () => this.#options.clock.random();
    return Math.max(pauseMs, backoffMs(idle, random, pauseMs, longestPauses * pauseMs));
  }

  #backoffMs(error: unknown, failures: number): number {
    const { backoffBaseMs, backoffMaxMs } = this.#timings;
    const asked = error instanceof ProblemError ? (error.problem.retryAfterMs ?? 0) : 0;
    const usual = backoffMs(failures, () => this.#options.clock.random(), backoffBaseMs, backoffMaxMs);
    return Math.max(usual, Math.min(asked, longestRetryAfterMs));
  }

  #tell(error: unknown, failures: number): void {
    const { log } = this.#options;
    if (!(error instanceof ProblemError)) log.error({ err: error }, "Box's events could not be taken");
    else if (failures === 1) log.warn({ err: error }, "Box's events could not be read");
    else log.debug({ err: error, failures }, "Box's events could still not be read");
  }
}
