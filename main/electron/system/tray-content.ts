import { basename } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import { needsYouCount, pausedBy, type Activity } from '../activity.ts';
import type { Show } from '../../../shared/page-contract.ts';
import type { Words } from '../text/words.ts';
import type { TrayState } from './tray-icon.ts';

export interface TrayActions {
  show(what: Show | null): void;
  /** @param durationMs null: until somebody resumes. */
  pause(durationMs: number): void;
  resume(): void;
  quit(): void;
}

const thirtyMinutesMs = 30 * 60_000;

/** The state that the icon shows; what needs somebody comes first. */
export function trayState(activity: Activity): TrayState {
  const { overview } = activity;
  if (!overview) return 'starting';
  if (needsYouCount(overview) > 0) return 'needs-you';
  if (pausedBy(activity)) return 'paused';
  return overview.counts['under-way'] + overview.counts.waiting > 0 ? 'under-way' : 'idle';
}

/** What the pointer over the icon says. */
export function trayTip(activity: Activity, { tray }: Words): string {
  const { overview } = activity;
  if (!overview) return tray.starting;
  switch (trayState(activity)) {
    case 'needs-you':
      return tray.needsYou(needsYouCount(overview));
    case 'paused':
      return tray.paused;
    case 'under-way':
      return tray.underWay(overview.counts['under-way'] + overview.counts.waiting);
    default:
      return tray.idle;
  }
}

/** From now to the next morning: midnight in the machine's own time, at least an hour away. */
export function untilTomorrowMs(now: Date): number {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  const leftMs = midnight.getTime() - now.getTime();
  if (leftMs >= 3_600_000) return leftMs;
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 2).getTime() - now.getTime();
}

/** The menu of the icon: the last five items, each leading to itself, and how to pause. */
export function trayMenu(
  activity: Activity,
  words: Words,
  actions: TrayActions,
  now: Date,
): MenuItemConstructorOptions[] {
  const { tray, menu } = words;
  const line: MenuItemConstructorOptions = { type: 'separator' };
  const items = activity.last.map(({ id, path }): MenuItemConstructorOptions => ({
    label: menuText(basename(path)),
    click: () => actions.show({ kind: 'target', target: { kind: 'transfer', id } }),
  }));
  const pauses: MenuItemConstructorOptions[] =
    pausedBy(activity) === 'you'
      ? [{ label: tray.resume, click: () => actions.resume() }]
      : [
          { label: tray.pause30, click: () => actions.pause(thirtyMinutesMs) },
          { label: tray.pauseTomorrow, click: () => actions.pause(untilTomorrowMs(now)) },
        ];
  return [
    { label: tray.open, click: () => actions.show(null) },
    line,
    { label: tray.last, enabled: false },
    ...(items.length > 0 ? items : [{ label: tray.nothingYet, enabled: false }]),
    line,
    ...(activity.overview ? pauses : []),
    { label: menu.settings, click: () => actions.show({ kind: 'screen', screen: 'settings' }) },
    { label: menu.quit, click: () => actions.quit() },
  ];
}

/** A file's name as a menu shows it: & would be taken for the mark of a key, and control characters for more. */
export function menuText(name: string): string {
  const short = name.length > 48 ? `${name.slice(0, 30)}…${name.slice(-16)}` : name;
  return short.replaceAll(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, ' ').replaceAll('&', '&&');
}
