import { nameProblem } from '../../../shared/box-names.ts';
import { CallError } from '../../../shared/call-error.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { BoxConnection } from '../../box/connection.ts';
import { folderPathFields } from '../../box/fields.ts';
import { createFolder, folderItems, getFolder } from '../../box/folders.ts';

const rootId = '0';
const mostFolders = 1000;
const mostItems = 20_000;
/**
 * Box tells folders before files, but perhaps not in the top folder when it is read by markers ("List items in folder", `sort`):
 * elsewhere none follows after so many others.
 */
const mostOthers = 1000;

export interface FolderRef {
  id: string;
  name: string;
}

/** The folders in a folder on Box, by name. Rejects with Box's problem: `target.not-found`, `target.trashed`, … */
export async function boxFolders(
  connection: BoxConnection,
  folderId: string,
  signal: AbortSignal,
): Promise<{ folder: FolderRef; path: FolderRef[]; folders: FolderRef[]; more: boolean }> {
  const [folder, listed] = await Promise.all([
    getFolder(connection, folderId, { signal, fields: folderPathFields }),
    listFolders(connection, folderId, signal),
  ]);
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  listed.folders.sort((a, b) => compare(a.name, b.name));
  return { folder: refOf(folder), path: folder.ancestors ?? [], ...listed };
}

async function listFolders(
  connection: BoxConnection,
  folderId: string,
  signal: AbortSignal,
): Promise<{ folders: FolderRef[]; more: boolean }> {
  const folders: FolderRef[] = [];
  let items = 0;
  let others = 0;
  for await (const item of folderItems(connection, folderId, { signal, fields: ['type', 'id', 'name'] })) {
    items += 1;
    others = item.type === 'folder' ? 0 : others + 1;
    if (item.type === 'folder') {
      if (folders.length === mostFolders) return { folders, more: true };
      folders.push(refOf(item));
    }
    if (others === mostOthers && folderId !== rootId) return { folders, more: false };
    if (items === mostItems) return { folders, more: true };
  }
  return { folders, more: false };
}

/** Makes a folder. Rejects with `name.*` where Box would not take the name or has it already, and with Box's other problems. */
export async function createBoxFolder(
  connection: BoxConnection,
  { parentId, name }: { parentId: string; name: string },
  { readOnly, signal }: { readOnly: boolean; signal: AbortSignal },
): Promise<FolderRef> {
  if (readOnly) throw new CallError('refused', 'This Boxcar was started to look only.');
  const code = nameProblem(name);
  if (code) throw new ProblemError({ code, operation: 'create folder', item: name, detail: '', at: Date.now() });
  return refOf(await createFolder(connection, { parentId, name }, { signal }));
}

function refOf({ id, name }: FolderRef): FolderRef {
  return { id, name };
}
