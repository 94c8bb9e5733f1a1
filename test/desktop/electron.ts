// The app on Electron itself, through Playwright.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { _electron } from '@playwright/test';
import { appEnvironment, builtOut, type DesktopApp, type Launch } from './desktop-app.ts';

/** Electron's own program; undefined where it isn't installed. Importing `electron` to find it would download it. */
export function electronProgram(): string | undefined {
  const folder = join(builtOut, '../node_modules/electron');
  const distribution = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist');
  const listed = join(folder, 'path.txt');
  const usual = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' } as Record<string, string>;
  const name = existsSync(listed) ? readFileSync(listed, 'utf8') : (usual[process.platform] ?? 'electron');
  const program = join(distribution, name);
  return existsSync(program) ? program : undefined;
}

export const launchElectron: Launch = async (options) => {
  const { home, args = [], out = builtOut, waitForPage = true } = options;
  const executablePath = electronProgram();
  if (executablePath === undefined) {
    throw new Error(
      `Electron's runtime is not here. Set ELECTRON_OVERRIDE_DIST_PATH, or run node_modules/electron/install.js.`,
    );
  }
  mkdirSync(dirname(home), { recursive: true });
  const electron = await _electron.launch({
    executablePath,
    args: [join(out, 'main/desktop.js'), `--home=${home}`, ...args],
    env: { ...appEnvironment(options), ...display() },
  });
  const child = electron.process();
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  const app: DesktopApp = {
    pid: child.pid ?? 0,
    page: () => electron.firstWindow(),
    pages: () => electron.windows(),
    isOnScreen: () =>
      electron.evaluate(({ BrowserWindow }) => {
        const [window] = BrowserWindow.getAllWindows();
        return window !== undefined && window.isVisible() && !window.isMinimized();
      }),
    evaluate: (work, arg) => electron.evaluate(work as never, arg as never),
    address: (url) => url,
    ended,
    quit: async () => {
      void electron.evaluate(({ app: running }) => running.quit()).catch(() => undefined);
      await ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
  if (waitForPage) await app.page();
  return app;
};

/** A window needs a display, which {@link appEnvironment} leaves out. */
function display(): Record<string, string> {
  const names = ['DISPLAY', 'WAYLAND_DISPLAY', 'XDG_RUNTIME_DIR'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
