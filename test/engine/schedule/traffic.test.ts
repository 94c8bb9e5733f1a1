import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Traffic, type Pause } from '../../../main/engine/schedule/traffic.ts';
import { parseSchedule } from '../../../shared/schedule-text.ts';
import type { EngineSettings, TrafficRule } from '../../../shared/settings.ts';
import { TestClock } from '../../support/engine-clock.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** A wall clock that people set, and one that they can't. */
class SettableClock extends TestClock {
  wallOffsetMs = 0;

  override now(): number {
    return this.nowMs + this.wallOffsetMs;
  }
}

function follow(options: { pause?: Pause | null; settings?: Partial<EngineSettings>; clock?: SettableClock } = {}) {
  const clock = options.clock ?? new SettableClock();
  const told: TrafficRule[] = [];
  let overs = 0;
  const traffic = new Traffic({
    clock,
    settings: { limitBytesPerSecond: null, schedule: null, ...options.settings },
    pause: options.pause ?? null,
    onRule: (rule) => told.push(rule),
    onPauseOver: () => (overs += 1),
  });
  traffic.start();
  const pass = (durationMs: number) => {
    clock.pass(durationMs);
    vi.advanceTimersByTime(1000);
  };
  return { clock, told, traffic, pass, overs: () => overs };
}

test('nothing looks at the clock while nothing hangs on it', () => {
  const { traffic, told } = follow();
  expect(vi.getTimerCount()).toBe(0);
  traffic.setSettings({ limitBytesPerSecond: 7000, schedule: null });
  expect(told).toEqual([{ bytesPerSecond: 7000, paused: false, pausedBy: null, until: null }]);
  traffic.setPause({ startedAt: 0, lengthMs: null });
  expect(told.at(-1)).toMatchObject({ paused: true, pausedBy: 'you', until: null });
  expect(vi.getTimerCount()).toBe(0);
});

test('the schedule takes effect within a second of its hour', () => {
  const clock = new SettableClock();
  clock.nowMs = new Date(2026, 5, 1, 7, 59, 59).getTime();
  const parsed = parseSchedule(['mon 08:00-18:00 pause', 'mon 18:00-20:00 2kB/s']);
  if ('error' in parsed) throw new Error(parsed.error);
  const { told, pass, traffic } = follow({ clock, settings: { schedule: parsed.schedule } });
  expect(traffic.rule.paused).toBe(false);
  pass(1000);
  const six = new Date(2026, 5, 1, 18).getTime();
  expect(told.at(-1)).toEqual({ bytesPerSecond: null, paused: true, pausedBy: 'schedule', until: six });
  pass(10 * 3_600_000);
  expect(told.at(-1)).toMatchObject({ bytesPerSecond: 2000, paused: false, pausedBy: null });
  traffic.close();
  expect(vi.getTimerCount()).toBe(0);
});

test('a pause ends by itself, once, and is told', () => {
  const { clock, traffic, pass, told, overs } = follow();
  traffic.setPause({ startedAt: clock.now(), lengthMs: 60_000 });
  expect(told.at(-1)).toMatchObject({ paused: true, until: clock.now() + 60_000 });
  pass(59_000);
  expect(traffic.rule.paused).toBe(true);
  pass(1000);
  pass(1000);
  expect(told.at(-1)).toMatchObject({ paused: false });
  expect([told.length, overs()]).toEqual([2, 1]);
});

test('a clock that is set back never prolongs a pause, one that is set forward may end it', () => {
  const { clock, traffic, pass } = follow();
  traffic.setPause({ startedAt: clock.now(), lengthMs: 60_000 });
  clock.wallOffsetMs = -86_400_000;
  pass(30_000);
  expect(traffic.rule).toMatchObject({ paused: true, until: Math.round((clock.now() + 30_000) / 1000) * 1000 });
  pass(30_000);
  expect(traffic.rule.paused).toBe(false);
  traffic.setPause({ startedAt: clock.now(), lengthMs: 60_000 });
  clock.wallOffsetMs = 86_400_000;
  pass(1);
  expect(traffic.rule.paused).toBe(false);
});

test('after a restart what is left of a pause is left, and never more than its length', () => {
  const clock = new SettableClock();
  const late = follow({ clock, pause: { startedAt: clock.now() - 50_000, lengthMs: 60_000 } });
  late.pass(10_000);
  expect(late.traffic.rule.paused).toBe(false);
  const future = follow({ clock, pause: { startedAt: clock.now() + 86_400_000, lengthMs: 60_000 } });
  expect(future.traffic.rule.paused).toBe(true);
  future.pass(60_000);
  expect(future.traffic.rule.paused).toBe(false);
  const over = follow({ clock, pause: { startedAt: clock.now() - 60_000, lengthMs: 60_000 } });
  expect([over.told, over.overs()]).toEqual([[], 1]);
});

test('what the machine says holds everything back, under a pause of a person and over the schedule', () => {
  const { traffic, told } = follow();
  traffic.setHold('battery');
  expect(told.at(-1)).toEqual({ bytesPerSecond: null, paused: true, pausedBy: 'battery', until: null });
  traffic.setPause({ startedAt: 0, lengthMs: null });
  expect(told.at(-1)).toMatchObject({ paused: true, pausedBy: 'you' });
  traffic.setPause(null);
  expect(told.at(-1)).toMatchObject({ paused: true, pausedBy: 'battery' });
  traffic.setHold('metered');
  expect(told.at(-1)).toMatchObject({ paused: true, pausedBy: 'metered' });
  traffic.setHold(null);
  expect(told.at(-1)).toMatchObject({ paused: false, pausedBy: null });
});
