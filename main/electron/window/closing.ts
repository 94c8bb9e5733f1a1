import type { ShellSettings } from '../../../shared/shell-model.ts';

export interface CloseFacts {
  /** Undefined until they are read. */
  onClose: ShellSettings['onClose'] | undefined;
  hasTray: boolean;
  /** The app itself ends. */
  isQuitting: boolean;
  platform: NodeJS.Platform;
}

/**
 * What the close button does. Where uploads are to go on without a window, but there is no tray to find them in, the window is
 * minimised: nobody is left with an app that can't be seen. On macOS the dock is always there.
 */
export function whatCloseDoes({
  onClose,
  hasTray,
  isQuitting,
  platform,
}: CloseFacts): 'close' | 'quit' | 'hide' | 'minimise' {
  if (isQuitting) return 'close';
  if (onClose !== 'tray') return 'quit';
  return hasTray || platform === 'darwin' ? 'hide' : 'minimise';
}

/** What of a window it takes to hide it. */
interface Hideable {
  isFullScreen(): boolean;
  setFullScreen(on: boolean): void;
  hide(): void;
  once(event: 'leave-full-screen', listener: () => void): unknown;
}

/**
 * Hides a window. One that fills the screen on macOS would leave the screen black (electron/electron#39572): it leaves that first,
 * which takes the system a moment.
 */
export function putAway(window: Hideable, platform: NodeJS.Platform): void {
  if (platform !== 'darwin' || !window.isFullScreen()) return window.hide();
  window.once('leave-full-screen', () => window.hide());
  window.setFullScreen(false);
}

/** How the window first stands: a start at login shows none, if there is another way to it. */
export function howToOpen(hidden: boolean, hasTray: boolean): 'show' | 'hide' | 'minimise' {
  if (!hidden) return 'show';
  return hasTray ? 'hide' : 'minimise';
}
