import { spawn } from 'node:child_process';

/** Opens an address in the person's browser. Whether that worked isn't known: the address is printed too. */
export function openBrowser(url: string, platform: NodeJS.Platform = process.platform): void {
  const [command, ...args] = browserCommand(url, platform);
  try {
    const child = spawn(command, args, { stdio: 'ignore', detached: true, windowsHide: true });
    child.on('error', () => undefined);
    child.unref();
  } catch {
    // Most errors are told by the event; ENOTDIR (a file in the PATH, say) is thrown.
  }
}

/** The system's own way to open an address. */
export function browserCommand(url: string, platform: NodeJS.Platform): [string, ...string[]] {
  if (platform === 'darwin') return ['open', url];
  // `start` is a word of cmd.exe, which would take & for itself; there is none in our addresses, but rundll32 asks for no care.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  return ['xdg-open', url];
}
