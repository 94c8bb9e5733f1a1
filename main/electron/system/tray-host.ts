import { askBus } from './ask-bus.ts';

/**
 * Whether there is a tray to put an icon in. On Linux a desktop may have none, and Electron doesn't tell: whoever shows icons has its
 * name on the session's bus. In doubt there is none, and the window is minimised instead of hidden.
 */
export async function hasTrayHost(platform: NodeJS.Platform = process.platform): Promise<boolean> {
  if (platform !== 'linux') return true;
  const answer = await askBus('session', [
    ...['--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus'],
    ...['--method', 'org.freedesktop.DBus.NameHasOwner', 'org.kde.StatusNotifierWatcher'],
  ]);
  return answer === '(true,)';
}
