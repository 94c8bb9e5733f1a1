import { lstat } from 'node:fs/promises';
import { dialog, shell, type BrowserWindow } from 'electron';
import { CallError } from '../../shared/call-error.ts';
import type { DesktopAbilities } from '../app/shell/shell.ts';
import { archivesAsFiles } from '../platform/archives.ts';

/** What the pages of a desktop can ask of the system. */
export function desktopAbilities(window: () => BrowserWindow | undefined): DesktopAbilities {
  return {
    choose: async (what) => {
      const properties = what === 'folder' ? (['openDirectory'] as const) : (['openFile'] as const);
      const options = { properties: [...properties, 'multiSelections' as const, 'dontAddToRecent' as const] };
      const over = window();
      const answer = await (over ? dialog.showOpenDialog(over, options) : dialog.showOpenDialog(options));
      return answer.canceled || answer.filePaths.length === 0 ? undefined : answer.filePaths;
    },
    showFile: async (path) => {
      await archivesAsFiles(() => lstat(path)).catch(() => {
        throw new CallError('refused', `${path} is not there any more: it was moved or removed.`);
      });
      shell.showItemInFolder(path);
    },
  };
}
