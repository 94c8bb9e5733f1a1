import { BrowserWindow, nativeTheme, screen } from 'electron';
import { desktopOrigin } from '../../../shared/desktop-channels.ts';
import type { Logger } from '../../platform/log.ts';
import { webPreferences } from '../page/guards.ts';
import { boundsToOpen, readWindowState, smallest, writeWindowState } from './window-state.ts';

const saveAfterMs = 500;
/** A page that never paints must not keep the rest from starting. */
const shownWithinMs = 5000;
const crashLoopMs = 10_000;
/** The grounds of look/tokens.css, so that nothing flashes before the page is there. */
const grounds = { light: '#f5f2ec', dark: '#161513' };

export interface MainWindowOptions {
  preload: string;
  /** Where it is kept how the window stood. */
  stateFile: string;
  open: 'show' | 'hide' | 'minimise';
  /** What the close button does. */
  onClose: (window: BrowserWindow, event: { preventDefault(): void }) => void;
  logger: Logger;
}

export interface MainWindow {
  window: BrowserWindow;
  /** Settles as soon as it can be seen, or could be. */
  shown: Promise<void>;
  /** Writes down how it stands. Settles when that is on the disk; never rejects. */
  keep: () => Promise<void>;
}

/** Makes the one window, where it was left, and loads the page into it. */
export async function openMainWindow(options: MainWindowOptions): Promise<MainWindow> {
  const { preload, stateFile, open, onClose, logger } = options;
  const saved = await readWindowState(stateFile);
  const window = new BrowserWindow({
    ...boundsToOpen(saved, workAreas()),
    minWidth: smallest.width,
    minHeight: smallest.height,
    show: false,
    title: 'Boxcar',
    backgroundColor: nativeTheme.shouldUseDarkColors ? grounds.dark : grounds.light,
    autoHideMenuBar: true,
    webPreferences: webPreferences(preload),
  });
  const keep = keepState(window, stateFile, logger);
  window.on('close', (event) => {
    void keep();
    onClose(window, event);
  });
  const shown = new Promise<void>((resolve) => {
    window.once('ready-to-show', () => {
      if (saved?.maximized) window.maximize();
      if (open === 'show') window.show();
      else if (open === 'minimise') window.minimize();
      resolve();
    });
    setTimeout(resolve, shownWithinMs).unref();
  });
  let diedAt = -Infinity;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    logger.error({ reason }, 'the page of the window ended');
    // One that dies again and again is left alone: everything else goes on without it.
    const again = performance.now() - diedAt < crashLoopMs;
    diedAt = performance.now();
    if (reason !== 'clean-exit' && !again && !window.isDestroyed()) window.reload();
  });
  window.loadURL(`${desktopOrigin}/index.html`).catch((error: unknown) => {
    logger.error({ err: error }, 'the page of the window could not be loaded');
  });
  return { window, shown, keep };
}

function workAreas() {
  const primary = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter(({ id }) => id !== primary.id);
  return [primary, ...others].map(({ workArea }) => workArea);
}

/** Writes down how the window stands a moment after it was moved, and when it is asked to. */
function keepState(window: BrowserWindow, file: string, logger: Logger): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const now = async () => {
    clearTimeout(timer);
    if (window.isDestroyed()) return;
    const state = { bounds: window.getNormalBounds(), maximized: window.isMaximized() };
    await writeWindowState(file, state).catch((error: unknown) =>
      logger.warn({ err: error }, 'the place of the window was not kept'),
    );
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void now(), saveAfterMs);
    timer.unref();
  };
  window.on('resize', soon);
  window.on('move', soon);
  window.on('maximize', soon);
  window.on('unmaximize', soon);
  return now;
}

/** Brings a window up, from the tray, the dock or behind others. */
export function bringUp(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}
