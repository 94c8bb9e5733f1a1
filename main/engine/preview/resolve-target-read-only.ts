import { nameKey } from '../../../shared/box-names.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { BoxConnection } from '../../box/connection.ts';
import { folderItems } from '../../box/folders.ts';
import { parseTargetFolder, resolveTarget } from '../job/resolve-target.ts';

/**
 * `resolveTarget` that makes nothing: the folder that an id or a /path leads to, or which names at the path's end are missing
 * (`folderId` is then null, and `standingId` the folder in which the first of them would be made). Rejects with `target.not-found` or `target.trashed` for an id, `target.not-a-folder` where
 * something else than a folder stands on the path, a CallError `usage` for what is neither.
 */
export async function resolveTargetReadOnly(
  connection: BoxConnection,
  target: string,
  signal: AbortSignal,
): Promise<{ folderId: string | null; standingId: string; missing: string[] }> {
  const parsed = parseTargetFolder(target);
  // By id nothing is made.
  if ('id' in parsed) {
    const id = await resolveTarget(connection, target, signal);
    return { folderId: id, standingId: id, missing: [] };
  }
  let folderId = '0';
  for (const [index, name] of parsed.names.entries()) {
    const child = await findChild(connection, folderId, name, signal);
    if (!child) return { folderId: null, standingId: folderId, missing: parsed.names.slice(index) };
    if (child.type !== 'folder') {
      const detail = `"${child.name}" is a ${child.type}`;
      const at = Date.now();
      throw new ProblemError({
        code: 'target.not-a-folder',
        operation: 'find target folder',
        detail,
        item: target,
        at,
      });
    }
    folderId = child.id;
  }
  return { folderId, standingId: folderId, missing: [] };
}

async function findChild(connection: BoxConnection, folderId: string, name: string, signal: AbortSignal) {
  const key = nameKey(name);
  for await (const item of folderItems(connection, folderId, { signal })) {
    if (nameKey(item.name) === key) return item;
  }
  return undefined;
}
