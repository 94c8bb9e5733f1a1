import { pauseText } from '../../../shared/limit-schedule.ts';
import type { TrafficRule } from '../../../shared/settings.ts';

/** Who has paused everything, and until when; or that it goes on. */
export type PauseChange = Pick<TrafficRule, 'paused' | 'pausedBy' | 'until'>;

/** Tells each change of the pause of everything once, and at first only that everything is paused. */
export function wholePause(): (rule: TrafficRule) => PauseChange | undefined {
  let last: PauseChange = { paused: false, pausedBy: null, until: null };
  return ({ paused, pausedBy, until }) => {
    const isSame = paused === last.paused && (!paused || (pausedBy === last.pausedBy && until === last.until));
    if (isSame) return undefined;
    last = { paused, pausedBy, until };
    return last;
  };
}

const remedies: Partial<Record<NonNullable<TrafficRule['pausedBy']>, string>> = {
  you: ' (boxcar resume --all)',
  schedule: ' (boxcar limit)',
};

/** `Everything is paused by you until 18:00 (boxcar resume --all)`, or that it goes on. */
export function pauseLine({ paused, pausedBy, until }: PauseChange, now: number): string {
  const held = pauseText({ paused, pausedBy, until, bytesPerSecond: null }, now);
  return held === null ? 'Everything goes on.' : `Everything is ${held}${remedies[pausedBy ?? 'you'] ?? ''}`;
}
