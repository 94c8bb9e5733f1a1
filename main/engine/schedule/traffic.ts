import { ruleAt } from '../../../shared/limit-schedule.ts';
import type { EngineSettings, HoldReason, TrafficRule } from '../../../shared/settings.ts';
import type { Clock } from '../../platform/clock.ts';

/** A pause of everything. [Note: waits] A start and a length, so that a clock set back never prolongs it much. */
export interface Pause {
  /** ms since 1970. */
  startedAt: number;
  /** null: until somebody ends it. */
  lengthMs: number | null;
}

export interface TrafficOptions {
  clock: Clock;
  settings: Pick<EngineSettings, 'limitBytesPerSecond' | 'schedule'>;
  pause: Pause | null;
  /** Another rule holds from now on than before, or than none. */
  onRule: (rule: TrafficRule) => void;
  /** The pause has come to its end. */
  onPauseOver: () => void;
}

/** Well below the second within which a change is to be felt; only while something can change by itself. */
const lookMs = 400;

/** What holds at the moment, of limit, schedule and pause together, and when that changes by itself. */
export class Traffic {
  readonly #options: TrafficOptions;
  #settings: TrafficOptions['settings'];
  #pause: (Pause & { endsMs: number }) | null = null;
  #rule: TrafficRule = { bytesPerSecond: null, paused: false, pausedBy: null, until: null };
  #held: HoldReason | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#pause = options.pause && this.#timed(options.pause);
  }

  /** The rule of now. */
  get rule(): TrafficRule {
    this.#look();
    return this.#rule;
  }

  /** The same as last looked at, some hundred ms ago at most: for whoever asks often. */
  get latest(): TrafficRule {
    return this.#rule;
  }

  /** Lets the first rule take effect, and follows the clock from now on. */
  start(): void {
    this.#look();
  }

  setSettings(settings: TrafficOptions['settings']): void {
    this.#settings = settings;
    this.#look();
  }

  setPause(pause: Pause | null): void {
    this.#pause = pause && this.#timed(pause);
    this.#look();
  }

  /** What of the machine holds everything back from now on. */
  setHold(reason: HoldReason | null): void {
    this.#held = reason;
    this.#look();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** What is left of a pause when this engine hears of it, counted by a clock that nobody sets. */
  #timed(pause: Pause): Pause & { endsMs: number } {
    const { clock } = this.#options;
    const { startedAt, lengthMs } = pause;
    if (lengthMs === null) return { ...pause, endsMs: Infinity };
    const leftMs = Math.min(lengthMs, startedAt + lengthMs - clock.now());
    return { ...pause, endsMs: clock.monotonic() + leftMs };
  }

  #pauseLeftMs(): number {
    if (!this.#pause) return 0;
    const { clock } = this.#options;
    const { startedAt, lengthMs, endsMs } = this.#pause;
    const byWall = lengthMs === null ? Infinity : startedAt + lengthMs - clock.now();
    return Math.max(0, Math.min(endsMs - clock.monotonic(), byWall));
  }

  #look(): void {
    if (this.#pause && this.#pauseLeftMs() === 0) {
      this.#pause = null;
      this.#options.onPauseOver();
    }
    this.#follow();
    const rule = this.#ruleNow();
    const before = this.#rule;
    this.#rule = rule;
    const isSame =
      before.bytesPerSecond === rule.bytesPerSecond &&
      before.paused === rule.paused &&
      before.pausedBy === rule.pausedBy &&
      before.until === rule.until;
    if (!isSame) this.#options.onRule(rule);
  }

  #ruleNow(): TrafficRule {
    const now = this.#options.clock.now();
    const { bytesPerSecond, paused, until } = ruleAt(this.#settings, new Date(now));
    if (!this.#pause && this.#held) return { bytesPerSecond, paused: true, pausedBy: this.#held, until: null };
    if (!this.#pause) return { bytesPerSecond, paused, pausedBy: paused ? 'schedule' : null, until };
    return { bytesPerSecond, paused: true, pausedBy: 'you', until: this.#pauseUntil(now) };
  }

  /** As it was meant, unless the clock was set back meanwhile. */
  #pauseUntil(now: number): number | null {
    const { startedAt, lengthMs } = this.#pause!;
    if (lengthMs === null) return null;
    const meant = startedAt + lengthMs;
    const left = now + this.#pauseLeftMs();
    return meant - left > 5000 ? Math.round(left / 1000) * 1000 : meant;
  }

  /** Looks at the clock only while something hangs on it. */
  #follow(): void {
    const hangsOnClock = this.#settings.schedule !== null || (this.#pause?.lengthMs ?? null) !== null;
    if (!hangsOnClock) this.close();
    else this.#timer ??= setInterval(() => this.#look(), lookMs);
  }
}
