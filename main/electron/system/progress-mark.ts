import { needsYouCount, pausedBy, type Activity } from '../activity.ts';

/** How the taskbar and the badge stand. */
export interface ProgressMark {
  /** 0 to 1; -1: none; 2: something is going on, how far isn't known. */
  progress: number;
  mode: 'normal' | 'paused' | 'error';
  badge: number;
  /** The most that was left since nothing was: what the whole is. */
  peakBytes: number;
}

export const noMark: ProgressMark = { progress: -1, mode: 'normal', badge: 0, peakBytes: 0 };

/** The next mark. What is left only tells how far it is by the most that was left, so that is carried along. */
export function nextMark(before: ProgressMark, activity: Activity): ProgressMark {
  const { overview } = activity;
  if (!overview) return noMark;
  const badge = needsYouCount(overview);
  const mode = overview.problem ? 'error' : pausedBy(activity) ? 'paused' : 'normal';
  const leftBytes = overview.left.bytes;
  if (overview.left.files === 0) return { ...noMark, badge };
  const peakBytes = Math.max(before.peakBytes, leftBytes);
  return { progress: peakBytes === 0 ? 2 : 1 - leftBytes / peakBytes, mode, badge, peakBytes };
}
