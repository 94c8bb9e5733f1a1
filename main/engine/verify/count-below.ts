import type { BoxConnection } from '../../box/connection.ts';
import { folderItems } from '../../box/folders.ts';
import { awayOf } from '../remote/fetch-item.ts';
import { workThrough } from '../remote/work-through.ts';

const foldersAtOnce = 2;

/** What a folder that is only on Box holds, in words. */
export async function countBelow(connection: BoxConnection, folderId: string, signal: AbortSignal): Promise<string> {
  let files = 0;
  let folders = 0;
  await workThrough([folderId], foldersAtOnce, signal, async (id) => {
    const below: string[] = [];
    try {
      for await (const item of folderItems(connection, id, { signal })) {
        if (item.type === 'file') files += 1;
        if (item.type === 'folder') below.push(item.id);
      }
    } catch (error) {
      // Removed meanwhile, or not to be seen: it has nothing to count.
      if (awayOf(error) === undefined) throw error;
    }
    folders += below.length;
    return below;
  });
  const inFolders = folders === 0 ? '' : ` in ${folders + 1} folders`;
  return files === 0 && folders === 0
    ? 'an empty folder, only on Box'
    : `a folder, only on Box, with ${files} ${files === 1 ? 'file' : 'files'}${inFolders}`;
}
