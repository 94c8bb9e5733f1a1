import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { watchUpdates } from '../../main/electron/system/updates.ts';
import { openLog } from '../../main/platform/log.ts';

const updater = vi.hoisted(() => ({
  autoInstallOnAppQuit: false,
  checkForUpdates: vi.fn(),
  quitAndInstall: vi.fn(),
}));
// A package has a feed, which tests have not; what asks it is not ours.
vi.mock('electron', () => ({ app: { isPackaged: true } }));
vi.mock('electron-updater', () => ({ default: { autoUpdater: updater } }));

const folder = mkdtempSync(join(tmpdir(), 'boxcar-updates-'));
beforeAll(() => {
  writeFileSync(join(folder, 'app-update.yml'), 'provider: generic\n');
  Object.assign(process, { resourcesPath: folder });
  vi.stubEnv('APPIMAGE', join(folder, 'Boxcar.AppImage'));
  vi.useFakeTimers();
});
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test('nothing is fetched or installed while parts are in flight; what was fetched is installed when the app has ended', async () => {
  updater.checkForUpdates.mockResolvedValue({ isUpdateAvailable: true, updateInfo: { version: '9.0.0' } });
  const facts = { isBusy: true };
  const ready = vi.fn();
  const log = openLog({ home: folder, name: 'desktop', level: 'info' });
  const updates = watchUpdates({ logger: log.logger, isBusy: () => facts.isBusy, onReady: ready });
  await vi.advanceTimersByTimeAsync(24 * 3_600_000);
  expect(updater.checkForUpdates).not.toHaveBeenCalled();
  facts.isBusy = false;
  await vi.advanceTimersByTimeAsync(60_000);
  await vi.waitFor(() => expect(ready).toHaveBeenCalledWith('9.0.0'));
  expect(updater.autoInstallOnAppQuit).toBe(true);
  facts.isBusy = true;
  await vi.advanceTimersByTimeAsync(24 * 3_600_000);
  // Only the end of the app installs, and that has stopped every transfer before.
  expect(updater.quitAndInstall).not.toHaveBeenCalled();
  updates.close();
  log.close();
});
