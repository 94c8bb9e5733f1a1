import { ProblemError } from '../../../shared/problem-error.ts';
import type { BoxConnection } from '../../box/connection.ts';
import { getFile } from '../../box/files.ts';
import { getFolder } from '../../box/folders.ts';

/** What Box shows of a file now. */
export interface FreshFile {
  id: string;
  name: string;
  parentId: string | null;
  etag: string | null;
  versionId: string | null;
  sha1: string | null;
  sizeBytes: number | null;
}

export interface FreshFolder {
  id: string;
  name: string;
  parentId: string | null;
}

const inTrash = new Set(['trashed', 'deleted']);

/** Looks at a file by its id. What this user may not see counts as gone. Rejects with all other trouble. */
export async function fetchFile(
  connection: BoxConnection,
  fileId: string,
  signal: AbortSignal,
): Promise<'gone' | 'trashed' | FreshFile> {
  return orAway(async () => {
    const file = await getFile(connection, fileId, { signal });
    if (inTrash.has(file.itemStatus ?? '')) return 'trashed';
    return {
      id: file.id,
      name: file.name,
      parentId: file.parentId ?? null,
      etag: file.etag ?? null,
      versionId: file.versionId ?? null,
      sha1: file.sha1 ?? null,
      sizeBytes: file.sizeBytes ?? null,
    };
  });
}

/** `fetchFile` for a folder. */
export async function fetchFolder(
  connection: BoxConnection,
  folderId: string,
  signal: AbortSignal,
): Promise<'gone' | 'trashed' | FreshFolder> {
  return orAway(async () => {
    const folder = await getFolder(connection, folderId, { signal });
    if (inTrash.has(folder.itemStatus ?? '')) return 'trashed';
    return { id: folder.id, name: folder.name, parentId: folder.parentId ?? null };
  });
}

async function orAway<T>(look: () => Promise<T>): Promise<T | 'gone' | 'trashed'> {
  try {
    return await look();
  } catch (error) {
    const away = awayOf(error);
    if (away === undefined) throw error;
    return away;
  }
}

/** Whether an error says that the item asked for is not there, and how. */
export function awayOf(error: unknown): 'gone' | 'trashed' | undefined {
  if (!(error instanceof ProblemError)) return undefined;
  const { code } = error.problem;
  if (code === 'target.trashed') return 'trashed';
  return code === 'target.not-found' || code === 'target.no-permission' ? 'gone' : undefined;
}
