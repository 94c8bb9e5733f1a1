/** What `npm start` finds out about this machine. */
export interface StartFacts {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  /** The program of Electron's runtime, where it would lie. */
  runtime: string;
  hasRuntime: boolean;
}

/** Null: the desktop app can be opened. Else why not, in one line. */
export function whyNoDesktop({ platform, env, runtime, hasRuntime }: StartFacts): string | null {
  if (!hasRuntime) {
    return `Electron's runtime is not there (${runtime}); "npx install-electron" downloads it. Opening Boxcar in the browser instead.`;
  }
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) {
    return 'There is no display (DISPLAY and WAYLAND_DISPLAY are empty). Opening Boxcar for a browser instead.';
  }
  return null;
}

/** The program of a runtime, in its folder. */
export function runtimeProgram(folder: string, platform: NodeJS.Platform): string {
  if (platform === 'win32') return `${folder}\\electron.exe`;
  return platform === 'darwin' ? `${folder}/Electron.app/Contents/MacOS/Electron` : `${folder}/electron`;
}
