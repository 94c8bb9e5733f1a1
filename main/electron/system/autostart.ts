import { mkdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { app } from 'electron';
import { writeFileAtomic } from '../../platform/atomic-file.ts';

/** What a login runs. */
interface Command {
  program: string;
  args: readonly string[];
}

/** Has the app started with the login, without a window, or not any more. */
export async function setAutostart(on: boolean, home: string): Promise<void> {
  const command = startCommand(home);
  if (process.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: on, path: command.program, args: [...command.args] });
    return;
  }
  const file = autostartFile(process.env, homedir());
  if (!on) return rm(file, { force: true });
  await mkdir(join(file, '..'), { recursive: true });
  await writeFileAtomic(file, desktopEntry(command), 0o644);
}

/**
 * Whether the start at login is to be written: after each change, and on Linux at each start too, since an AppImage may lie elsewhere by
 * then. Written at each start of Windows or macOS it would undo what somebody has switched off in the settings of the system.
 * @param before undefined: the app has just started.
 */
export function isAutostartDue(platform: NodeJS.Platform, now: boolean, before: boolean | undefined): boolean {
  return before === undefined ? now && platform === 'linux' : now !== before;
}

/**
 * Whether a login started the app, as macOS tells it: what it starts gets no words, so `--hidden` never comes. Elsewhere the words say
 * it, and this doesn't. Known once the app is ready.
 */
export function wasStartedByLogin(platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
}

/** How this app is started again. An AppImage runs from a mount of the moment: its own file is what stays. */
function startCommand(home: string): Command {
  const usual = ['--hidden', `--home=${home}`];
  if (process.env['APPIMAGE']) return { program: process.env['APPIMAGE'], args: usual };
  return { program: process.execPath, args: app.isPackaged ? usual : [app.getAppPath(), ...usual] };
}

/** Where freedesktop.org's desktops look at a login. */
export function autostartFile(env: NodeJS.ProcessEnv, homeFolder: string): string {
  return join(env['XDG_CONFIG_HOME'] || join(homeFolder, '.config'), 'autostart', 'boxcar.desktop');
}

/** The entry of a command, quoted as the Desktop Entry Specification wants it. */
export function desktopEntry({ program, args }: Command): string {
  const exec = [program, ...args].map(quoteExec).join(' ');
  return ['[Desktop Entry]', 'Type=Application', 'Name=Boxcar', `Exec=${exec}`, 'X-GNOME-Autostart-enabled=true', ''].join('\n'); // prettier-ignore
}

/** One word of Exec: quoted, with its four characters escaped, % doubled, and every backslash escaped once more as a string's. */
function quoteExec(word: string): string {
  return `"${word.replaceAll(/["`$\\]/g, '\\$&')}"`.replaceAll('\\', '\\\\').replaceAll('%', '%%');
}
