import type { CallPacer, PacedCall } from '../../box/connection.ts';
import type { Clock } from '../../platform/clock.ts';
import { backoffMs, sleep } from '../../platform/wait.ts';

/** Box's limits (developer.box.com, "Rate limits"): per user and minute. */
const boxUploadsPerMinute = 240;
const boxCallsPerMinute = 1000;

export interface Pace {
  /** 0: no limit. */
  uploadsPerMinute: number;
  callsPerMinute: number;
}

/** Whether a host is one of Box's own, whose limits are known; other hosts have none unless they are set. */
export function isBoxHost(host: string): boolean {
  return /(^|\.)box\.com$/.test(host.replace(/:\d+$/, ''));
}

/** The pace for a host: what was set, or else Box's own for Box's hosts. */
export function paceFor(host: string, set: Partial<Pace>): Pace {
  const box = isBoxHost(host);
  return {
    uploadsPerMinute: set.uploadsPerMinute ?? (box ? boxUploadsPerMinute : 0),
    callsPerMinute: set.callsPerMinute ?? (box ? boxCallsPerMinute : 0),
  };
}

/**
 * A bucket that fills evenly and holds two seconds' worth, so that a first burst is quick. In no span of a minute are more
 * places given than the limit: what fills in that time makes up for the burst.
 */
export class Bucket {
  readonly #intervalMs: number;
  readonly #burst: number;
  #freeAtMs = -Infinity;

  constructor(perMinute: number) {
    this.#burst = Math.max(1, Math.floor(perMinute / 30));
    this.#intervalMs = perMinute > 0 ? 60_000 / (Math.max(1, perMinute) - this.#burst + 1) : 0;
  }

  /** Takes the next place; returns how long it is until then. */
  take(nowMs: number): number {
    if (this.#intervalMs === 0) return 0;
    const earliest = nowMs - (this.#burst - 1) * this.#intervalMs;
    const at = Math.max(this.#freeAtMs, earliest);
    this.#freeAtMs = at + this.#intervalMs;
    return Math.max(0, at - nowMs);
  }
}

const longestPauseMs = 60_000;

/**
 * How long a host is left alone after a 429: as long as it says, or else from `baseMs` twice as long after each in a row, a
 * minute at most. Retry-After: 0 says nothing, since "at once" is what was just refused.
 * @param refusals 429s in a row without a time, this one included
 */
export function pauseMs(
  refusals: number,
  retryAfterMs: number | undefined,
  random: () => number,
  baseMs: number,
): number {
  if (retryAfterMs !== undefined && retryAfterMs > 0) return retryAfterMs;
  return backoffMs(refusals, random, baseMs, longestPauseMs);
}

/** Box's hosts share one account's limits; every other host is by itself. */
function bucketKey(host: string): string {
  return isBoxHost(host) ? 'box.com' : host;
}

interface HostPace {
  uploads: Bucket;
  calls: Bucket;
  blockedUntilMs: number;
  /** 429s in a row that told no time: Box limits uploads and calls each by itself, so that one says nothing of the other. */
  refusals: Record<PacedCall['kind'], number>;
}

/** Keeps the pace for each host, and stands still where a 429 asked for it. */
export class Pacer implements CallPacer {
  readonly #clock: Clock;
  #set: Partial<Pace>;
  readonly #pauseBaseMs: number;
  readonly #hosts = new Map<string, HostPace>();

  /** @param pauseBaseMs the pause after the first 429 that tells no time */
  constructor(clock: Clock, set: Partial<Pace>, pauseBaseMs = 1000) {
    this.#clock = clock;
    this.#set = set;
    this.#pauseBaseMs = pauseBaseMs;
  }

  /** Another pace from now on; a block by a 429 stands. */
  setPace(set: Partial<Pace>): void {
    this.#set = set;
    for (const [name, host] of this.#hosts) Object.assign(host, this.#buckets(name));
  }

  async before(call: PacedCall, signal: AbortSignal): Promise<void> {
    const host = this.#host(call.host);
    const now = this.#clock.monotonic();
    // A direct upload is a call too.
    const waitMs = Math.max(host.calls.take(now), call.kind === 'upload' ? host.uploads.take(now) : 0);
    if (waitMs > 0) await sleep(waitMs, signal);
    for (;;) {
      const blockedMs = host.blockedUntilMs - this.#clock.monotonic();
      if (blockedMs <= 0) return;
      // Not all at the same instant once the block ends.
      await sleep(blockedMs + this.#clock.random() * Math.min(1000, blockedMs / 10), signal);
    }
  }

  slowDown({ host, kind }: PacedCall, retryAfterMs: number | undefined): void {
    const pace = this.#host(host);
    const now = this.#clock.monotonic();
    const tells = retryAfterMs !== undefined && retryAfterMs > 0;
    // What left before the host stood still is refused for the same reason.
    if (!tells && now < pace.blockedUntilMs) return;
    if (!tells) pace.refusals[kind] += 1;
    const lengthMs = pauseMs(pace.refusals[kind], retryAfterMs, () => this.#clock.random(), this.#pauseBaseMs);
    pace.blockedUntilMs = Math.max(pace.blockedUntilMs, now + lengthMs);
  }

  passed({ host, kind }: PacedCall): void {
    const pace = this.#host(host);
    // What left before the host stood still says nothing of what comes after.
    if (this.#clock.monotonic() >= pace.blockedUntilMs) pace.refusals[kind] = 0;
  }

  /** How long the host is still left alone for a 429; 0 when it is not. */
  pausedForMs(host: string): number {
    return Math.max(0, this.#host(host).blockedUntilMs - this.#clock.monotonic());
  }

  /** Uploads per minute that the host takes; 0 where there is no limit. For the estimate of the time left. */
  uploadsPerMinute(host: string): number {
    return paceFor(host, this.#set).uploadsPerMinute;
  }

  #host(name: string): HostPace {
    const key = bucketKey(name);
    let host = this.#hosts.get(key);
    if (!host) {
      host = { ...this.#buckets(key), blockedUntilMs: 0, refusals: { upload: 0, call: 0 } };
      this.#hosts.set(key, host);
    }
    return host;
  }

  #buckets(host: string): Pick<HostPace, 'uploads' | 'calls'> {
    const { uploadsPerMinute, callsPerMinute } = paceFor(host, this.#set);
    return { uploads: new Bucket(uploadsPerMinute), calls: new Bucket(callsPerMinute) };
  }
}
