import type { MenuItemConstructorOptions } from 'electron';
import type { Show } from '../../../shared/page-contract.ts';
import type { Words } from '../text/words.ts';

/** What the entries of menus do. */
export interface MenuActions {
  show(what: Show | null): void;
  upload(what: 'folder' | 'files'): void;
  openOutside(url: string): void;
  showLogs(): void;
  quit(): void;
}

type Entry = MenuItemConstructorOptions;
const line: Entry = { type: 'separator' };

/** The menu of the app, with the accelerators that each system's people know. Texts of roles are the system's own. */
export function menuTemplate(words: Words, platform: NodeJS.Platform, actions: MenuActions): Entry[] {
  const { menu } = words;
  const isMac = platform === 'darwin';
  const settings: Entry = {
    label: menu.settings,
    accelerator: 'CommandOrControl+,',
    click: () => actions.show({ kind: 'screen', screen: 'settings' }),
  };
  const quit: Entry = { label: menu.quit, accelerator: 'CommandOrControl+Q', click: () => actions.quit() };
  const screens = (['transfers', 'folders', 'problems', 'history'] as const).map((screen, at): Entry => ({
    label: menu[screen],
    accelerator: `CommandOrControl+${at + 1}`,
    click: () => actions.show({ kind: 'screen', screen }),
  }));
  return [
    ...(isMac
      ? [{ label: 'Boxcar', submenu: [{ role: 'about' }, line, settings, line, { role: 'services' }, line, { role: 'hide' }, { role: 'hideOthers' }, { role: 'unhide' }, line, quit] } satisfies Entry] // prettier-ignore
      : []),
    {
      label: menu.file,
      submenu: [
        { label: menu.uploadFiles, accelerator: 'CommandOrControl+O', click: () => actions.upload('files') },
        { label: menu.uploadFolder, accelerator: 'CommandOrControl+Shift+O', click: () => actions.upload('folder') },
        line,
        ...(isMac ? [] : [settings, line]),
        { label: menu.close, role: 'close' },
        ...(isMac ? [] : [quit]),
      ],
    },
    {
      label: menu.edit,
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        line,
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' }, // prettier-ignore
      ],
    },
    {
      label: menu.view,
      submenu: [
        ...screens,
        line,
        { role: 'reload' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' }, // prettier-ignore
      ],
    },
    {
      label: menu.window,
      role: 'windowMenu',
    },
    {
      label: menu.help,
      role: 'help',
      submenu: [
        { label: menu.boxOnTheWeb, click: () => actions.openOutside('https://app.box.com/') },
        { label: menu.logs, click: () => actions.showLogs() },
      ],
    },
  ];
}
