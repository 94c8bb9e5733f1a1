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

/** How the window first stands: a start at login shows none, if there is another way to it. */
export function howToOpen(hidden: boolean, hasTray: boolean): 'show' | 'hide' | 'minimise' {
  if (!hidden) return 'show';
  return hasTray ? 'hide' : 'minimise';
}
