import type { Clock } from '../../main/platform/clock.ts';

/** A clock that stands still until it is told to go on. */
export class TestClock implements Clock {
  nowMs = 1_000_000;

  now(): number {
    return this.nowMs;
  }

  monotonic(): number {
    return this.nowMs;
  }

  random(): number {
    return 0.5;
  }

  pass(durationMs: number): void {
    this.nowMs += durationMs;
  }
}
