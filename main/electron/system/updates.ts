import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import type { Logger } from '../../platform/log.ts';

const firstLookMs = 60_000;
const everyMs = 6 * 3_600_000;
const busyLookMs = 60_000;

export interface UpdatesOptions {
  logger: Logger;
  /** Parts are in flight. */
  isBusy: () => boolean;
  /** One is here, and is installed when the app ends. */
  onReady: (version: string) => void;
}

/**
 * Whether updates are looked for: in a package whose feed was configured at its build, which development has none of. On Linux only the
 * AppImage can replace itself; elsewhere the system's packages do it.
 */
export function looksForUpdates(facts: {
  isPackaged: boolean;
  hasFeed: boolean;
  platform: NodeJS.Platform;
  appImage: boolean;
}): boolean {
  return facts.isPackaged && facts.hasFeed && (facts.platform !== 'linux' || facts.appImage);
}

/** Whether the build was told of a feed: the packager writes it down beside the app. */
function hasFeed(): boolean {
  return existsSync(join(process.resourcesPath, 'app-update.yml'));
}

/**
 * Looks for updates now and then and downloads them. Nothing is ever installed while parts are in flight: it happens after the app has
 * ended by itself, when every transfer was stopped and written down.
 */
export function watchUpdates({ logger, isBusy, onReady }: UpdatesOptions): { close(): void } {
  const stopped = new AbortController();
  const facts = { isPackaged: app.isPackaged, platform: process.platform, appImage: Boolean(process.env['APPIMAGE']) };
  if (!looksForUpdates({ ...facts, hasFeed: hasFeed() })) return { close: () => undefined };
  let timer = setTimeout(() => void look(), firstLookMs);
  timer.unref();
  const look = async () => {
    // A download would take the uplink's acknowledgements their room.
    if (isBusy()) return again(busyLookMs);
    try {
      const { autoUpdater } = (await import('electron-updater')).default;
      autoUpdater.logger = null;
      autoUpdater.autoInstallOnAppQuit = true;
      autoUpdater.autoRunAppAfterInstall = false;
      autoUpdater.allowDowngrade = false;
      const found = await autoUpdater.checkForUpdates();
      await found?.downloadPromise;
      if (stopped.signal.aborted || !found?.isUpdateAvailable) return again(everyMs);
      logger.info({ version: found.updateInfo.version }, 'an update is here');
      onReady(found.updateInfo.version);
    } catch (error) {
      logger.warn({ err: error }, 'no update could be looked for');
      again(everyMs);
    }
  };
  const again = (delayMs: number) => {
    if (stopped.signal.aborted) return;
    timer = setTimeout(() => void look(), delayMs);
    timer.unref();
  };
  return {
    close: () => {
      stopped.abort();
      clearTimeout(timer);
    },
  };
}
