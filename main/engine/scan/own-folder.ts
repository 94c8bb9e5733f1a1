import { lstatSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { childPath } from './raw-path.ts';
import type { Skip } from './walk.ts';

/**
 * Leaves the data folder out of the trees it lies in (`upload ~`): it is written all the time, and a copy of it is of no
 * use to anybody. Known again by device and inode, whatever way the walk came; where it can't be looked at nothing is left
 * out. Only folders of its name are looked at.
 */
export function skipFolder(path: string): Skip {
  try {
    const real = realpathSync.native(path);
    const name = basename(real);
    const { dev, ino } = lstatSync(real, { bigint: true });
    return (folder, entry, isFolder) => {
      if (entry.name !== name || !isFolder()) return null;
      const found = lstatSync(childPath(folder, entry), { bigint: true, throwIfNoEntry: false });
      return found?.dev === dev && found.ino === ino;
    };
  } catch {
    return () => null;
  }
}
