import type { BoxConnection } from '../../box/connection.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { RemoteEvent } from './model.ts';

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

/** Follows the user's events on Box from a stored position, until it is closed. */
export class EventFollower {
  constructor(_options: FollowOptions) {}

  /** Begins to follow; a second call does nothing. */
  start(): void {}

  /** Stops and waits until nothing of it runs any more. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
