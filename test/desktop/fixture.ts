// What each spec begins with: a folder of its own, apps that have ended when it has, and Boxes.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base, type Page } from '@playwright/test';
import type { SandboxOptions } from '../../main/sandbox/options.ts';
import { startUiBox, type UiBox } from '../support/ui-box.ts';
import type { DesktopApp, Launch, LaunchOptions } from './desktop-app.ts';
import { launchElectron } from './electron.ts';
import type { DesktopOptions } from './playwright.config.ts';
import { launchStandIn } from './stand-in.ts';
import { desktopTools } from './tools.ts';

interface Fixtures {
  folder: string;
  /** The data folder of apps that aren't told of another. */
  home: string;
  launch: (options?: Partial<LaunchOptions>) => Promise<DesktopApp>;
  startBox: (options?: Partial<SandboxOptions>) => Promise<UiBox>;
  /** An app that is signed in to a sandbox of the test, with its window. */
  opened: { app: DesktopApp; box: UiBox };
}

export const test = base.extend<Fixtures, DesktopOptions>({
  runtime: ['stand-in', { option: true, scope: 'worker' }],
  // eslint-disable-next-line no-empty-pattern
  folder: async ({}, use) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'boxcar-desktop-')));
    await use(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  },
  home: async ({ folder }, use) => use(join(folder, 'home')),
  startBox: async ({ folder }, use) => {
    const boxes: UiBox[] = [];
    await use(async (options) => {
      const root = join(folder, `box-${boxes.length}`);
      mkdirSync(root);
      const box = await startUiBox(root, options);
      boxes.push(box);
      return box;
    });
    for (const box of boxes) await box.close();
  },
  launch: async ({ runtime, home, startBox: _before }, use) => {
    const apps: DesktopApp[] = [];
    const start: Launch = runtime === 'electron' ? launchElectron : launchStandIn;
    await use(async (options = {}) => {
      const app = await start({ home, ...options });
      apps.push(app);
      return app;
    });
    for (const app of apps) await app.kill();
  },
  opened: async ({ launch, startBox }, use) => {
    const box = await startBox();
    const app = await launch({ env: boxEnvironment(box) });
    await isReady(app);
    await use({ box, app });
  },
});

export { expect };

/** Waits until the page of a signed-in app can be used. */
export async function isReady(app: DesktopApp): Promise<Page> {
  const page = await app.page();
  await expect(page.getByRole('heading', { name: 'Drop files or folders here' })).toBeVisible({ timeout: 20_000 });
  return page;
}

/** Where Box is, and a token for it. */
export function boxEnvironment({ ready: { api, upload, auth, token } }: UiBox): Record<string, string> {
  return { BOXCAR_API_URL: api, BOXCAR_UPLOAD_URL: upload, BOXCAR_AUTH_URL: auth, BOXCAR_TOKEN: token };
}

/** A desktop with a tray. */
export function withTray(folder: string): Record<string, string> {
  return desktopTools(folder).env;
}

/** What a person has set before. */
export function writeSettings(home: string, settings: Record<string, unknown>): void {
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'shell.json'), JSON.stringify({ settings }));
}

/** How the window stands, as Electron tells it. */
export function windowState(app: DesktopApp) {
  return app.evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows();
    if (!window) return 'none';
    if (window.isMinimized()) return 'minimised';
    return window.isVisible() ? 'visible' : 'hidden';
  }, null);
}

/** The process id of the engine; 0: there is none. */
export function enginePid(app: DesktopApp): Promise<number> {
  return app.evaluate(
    ({ app: running }) => running.getAppMetrics().find(({ name }) => name === 'Boxcar engine')?.pid ?? 0,
    null,
  );
}

/** Whether a process is there and no zombie. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
