import { realpath, stat } from 'node:fs/promises';
import { namesBetween } from '../ignore/inside.ts';
import type { LocalName } from '../scan/model.ts';
import { childPath, type LocalPath } from '../scan/raw-path.ts';
import type { LinkTarget } from './model.ts';

/**
 * Where a link in a folder leads, for the doctor. A link to a folder around it is a loop for whoever follows links, as is a
 * link in a circle (ELOOP). Rejects with the system's error where that can't be seen (EACCES); one that has vanished is
 * `missing`.
 */
export async function lookUpLink(folder: LocalPath, entry: LocalName): Promise<LinkTarget> {
  const path = childPath(folder, entry);
  try {
    const stats = await stat(path);
    if (!stats.isDirectory()) return 'file';
    const target = await realpath(path, 'buffer');
    return namesBetween(target, await realpath(folder, 'buffer')) ? 'loop' : 'folder';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') return 'loop';
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
    throw error;
  }
}
