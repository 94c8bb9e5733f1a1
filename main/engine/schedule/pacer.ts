import type { CallPacer } from '../../box/connection.ts';
import type { Clock } from '../../platform/clock.ts';
import { sleep } from '../../platform/wait.ts';

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

/** Box's hosts share one account's limits; every other host is by itself. */
function bucketKey(host: string): string {
  return isBoxHost(host) ? 'box.com' : host;
}

interface HostPace {
  uploads: Bucket;
  calls: Bucket;
  blockedUntilMs: number;
}

/** Keeps the pace for each host, and stands still where a 429 asked for it. */
export class Pacer implements CallPacer {
  readonly #clock: Clock;
  #set: Partial<Pace>;
  readonly #hosts = new Map<string, HostPace>();

  constructor(clock: Clock, set: Partial<Pace>) {
    this.#clock = clock;
    this.#set = set;
  }

  /** Another pace from now on; a block by a 429 stands. */
  setPace(set: Partial<Pace>): void {
    this.#set = set;
    for (const [name, host] of this.#hosts) Object.assign(host, this.#buckets(name));
  }

  async before(call: { host: string; kind: 'upload' | 'call' }, signal: AbortSignal): Promise<void> {
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

  slowDown(host: string, retryAfterMs: number): void {
    const pace = this.#host(host);
    pace.blockedUntilMs = Math.max(pace.blockedUntilMs, this.#clock.monotonic() + retryAfterMs);
  }

  /** Uploads per minute that the host takes; 0 where there is no limit. For the estimate of the time left. */
  uploadsPerMinute(host: string): number {
    return paceFor(host, this.#set).uploadsPerMinute;
  }

  #host(name: string): HostPace {
    const key = bucketKey(name);
    let host = this.#hosts.get(key);
    if (!host) {
      host = { ...this.#buckets(key), blockedUntilMs: 0 };
      this.#hosts.set(key, host);
    }
    return host;
  }

  #buckets(host: string): Pick<HostPace, 'uploads' | 'calls'> {
    const { uploadsPerMinute, callsPerMinute } = paceFor(host, this.#set);
    return { uploads: new Bucket(uploadsPerMinute), calls: new Bucket(callsPerMinute) };
  }
}
