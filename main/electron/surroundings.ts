import { app, type BrowserWindow } from 'electron';
import type { Show } from '../../shared/page-contract.ts';
import type { ShellSettings } from '../../shared/shell-model.ts';
import type { Shell } from '../app/shell/shell.ts';
import { followActivity, type Activity } from './activity.ts';
import { isAutostartDue, setAutostart } from './system/autostart.ts';
import { openNotifications } from './system/notifications.ts';
import { nextMark, noMark } from './system/progress-mark.ts';
import { openTray } from './system/tray.ts';
import { watchPower } from './system/power.ts';
import { watchUpdates } from './system/updates.ts';
import type { Words } from './text/words.ts';

export interface SurroundingsOptions {
  shell: Shell;
  window: BrowserWindow;
  hasTray: boolean;
  words: () => Words;
  show: (what: Show | null) => void;
  quit: () => void;
  /** Told of the settings at first and of each change. */
  onSettings: (settings: ShellSettings) => void;
}

export interface Surroundings {
  close(): void;
}

/** What stands around the window: the tray, notifications, badge and taskbar, the start at login. */
export function startSurroundings(options: SurroundingsOptions): Surroundings {
  const { shell, window, words, show, quit, onSettings } = options;
  const { logger } = shell;
  const tray = options.hasTray
    ? openTray(words, {
        show,
        quit,
        pause: (durationMs) => act(async () => (await shell.boxcar()).commands.pauseAll({ durationMs })),
        resume: () => act(async () => (await shell.boxcar()).commands.resumeAll({})),
      })
    : undefined;
  const notifications = openNotifications({
    rule: () => shell.settings().notifications,
    isLooking: () => !window.isDestroyed() && window.isFocused(),
    words,
    show,
  });
  let mark = noMark;
  let latest: Activity | undefined;
  const endFollowing = followActivity(shell, (activity) => {
    latest = activity;
    tray?.update(activity);
    notifications.update(activity);
    mark = nextMark(mark, activity);
    if (window.isDestroyed()) return;
    window.setProgressBar(mark.progress, { mode: mark.mode });
    app.setBadgeCount(mark.badge);
  });
  const power = watchPower(shell);
  const updates = watchUpdates({
    logger,
    isBusy: () => (latest?.overview?.counts['under-way'] ?? 0) > 0,
    onReady: (version) =>
      notifications.tell({ title: words().notice.updateReady(version), body: words().notice.updateReadyBody }),
  });
  const followed = followSettings(shell, (settings, before) => {
    onSettings(settings);
    if (latest) tray?.update(latest);
    power.update(settings);
    if (isAutostartDue(process.platform, settings.startAtLogin, before?.startAtLogin)) {
      act(() => setAutostart(settings.startAtLogin, shell.home));
    }
  });
  /** Nobody waits for the outcome of a menu's entry; what went wrong shows itself. */
  function act(work: () => Promise<unknown>): void {
    work().catch((error: unknown) => logger.warn({ err: error }, 'an entry of the tray did not work'));
  }
  return {
    close: () => {
      power.close();
      updates.close();
      followed();
      endFollowing();
      notifications.close();
      tray?.close();
    },
  };
}

/** Calls back with the settings of now, and again after each change. */
function followSettings(shell: Shell, onChange: (settings: ShellSettings, before?: ShellSettings) => void): () => void {
  let before = shell.settings();
  onChange(before);
  return shell.onChange(() => {
    const now = shell.settings();
    if (JSON.stringify(now) === JSON.stringify(before)) return;
    const last = before;
    before = now;
    onChange(now, last);
  });
}
