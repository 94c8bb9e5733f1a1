import { systemClock, type Clock } from '../platform/clock.ts';

const tickMs = 5000;
const lateMs = 15_000;

/** A moment by both clocks. */
export interface Moment {
  wallMs: number;
  monotonicMs: number;
}

export interface SleepWatchOptions {
  /** Told once for each sleep that was noticed, with about how long it was. */
  onWake: (sleptMs: number) => void;
  clock?: Clock;
  tickMs?: number;
}

/**
 * How much later than planned a tick came, in ms. By the clock that went further: on Linux the monotonic one stands still while
 * the machine sleeps, and the wall clock may be put back meanwhile.
 */
export function latenessMs(before: Moment, now: Moment, plannedMs: number): number {
  return Math.max(now.wallMs - before.wallMs, now.monotonicMs - before.monotonicMs) - plannedMs;
}

/**
 * Notices that the machine was asleep (or the process stopped): a tick of 5 s that comes 15 s late. A wall clock that is put forward
 * by so much looks the same, which costs a rescan and nothing else. The timer keeps no process alive.
 * @returns what ends it.
 */
export function watchForSleep({ onWake, clock = systemClock, tickMs: every = tickMs }: SleepWatchOptions): () => void {
  const now = (): Moment => ({ wallMs: clock.now(), monotonicMs: clock.monotonic() });
  let last = now();
  const timer = setInterval(() => {
    const before = last;
    last = now();
    const late = latenessMs(before, last, every);
    if (late >= lateMs) onWake(late);
  }, every);
  timer.unref();
  return () => clearInterval(timer);
}
