/** What the icon can say. Its files, in build/tray, are called so too; each state has a form of its own, not a colour alone. */
export type TrayState = 'starting' | 'idle' | 'under-way' | 'paused' | 'needs-you';

/** The file of a state's icon, in the folder of them: on macOS the one that the menu bar colours itself. */
export function trayIconFile(state: TrayState, platform: NodeJS.Platform): string {
  return `${state === 'starting' ? 'idle' : state}${platform === 'darwin' ? 'Template' : ''}.png`;
}

/**
 * Whether a click on the icon opens the window. On macOS it shows the menu, and Electron tells of the click all the same
 * (electron/electron#24200): the window would come up behind each look at the menu.
 */
export function opensByClick(platform: NodeJS.Platform): boolean {
  return platform !== 'darwin';
}
