import type { BoxConnection } from '../../box/connection.ts';
import { folderPathFields } from '../../box/fields.ts';
import { getFolder } from '../../box/folders.ts';
import { awayOf, fetchFile, fetchFolder } from '../remote/fetch-item.ts';

/**
 * Where something that is not in its folder on Box stands now, in words: `moved on Box to /A/b.txt`. Null where it is gone, in
 * the trash, or not to be seen by this user. Rejects with all other trouble.
 */
export async function movedOnBox(
  connection: BoxConnection,
  { kind, id }: { kind: 'file' | 'folder'; id: string },
  signal: AbortSignal,
): Promise<string | null> {
  const item = await (kind === 'file' ? fetchFile : fetchFolder)(connection, id, signal);
  if (typeof item === 'string' || item.parentId === null) return null;
  const parent = await pathOf(connection, item.parentId, signal);
  return parent === null ? null : `moved on Box to ${parent}/${item.name}`;
}

/** The root, `0`, has no name in a path. */
async function pathOf(connection: BoxConnection, folderId: string, signal: AbortSignal): Promise<string | null> {
  if (folderId === '0') return '';
  try {
    const { name, ancestors } = await getFolder(connection, folderId, { signal, fields: folderPathFields });
    const above = (ancestors ?? []).filter(({ id }) => id !== '0');
    return [...above.map((folder) => folder.name), name].map((one) => `/${one}`).join('');
  } catch (error) {
    if (awayOf(error) === undefined) throw error;
    return null;
  }
}
