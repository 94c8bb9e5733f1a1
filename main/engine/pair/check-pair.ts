import { access, constants, realpath, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { CallError } from '../../../shared/call-error.ts';
import { fileProblem } from '../../platform/file-problem.ts';
import { problems } from '../../../shared/problem-table.ts';
import { formatTarget } from '../../../shared/ids.ts';
import type { BoxConnection } from '../../box/connection.ts';
import { getFolder } from '../../box/folders.ts';
import { folderPathFields } from '../../box/fields.ts';
import type { PairRow } from '../ledger/pairs.ts';

/** The real path of a folder that is to be kept up to date. Rejects as `usage` with the reason where it can't be. */
export async function checkLocalFolder(given: string, home: string, others: readonly PairRow[]): Promise<string> {
  let path: string;
  try {
    // Windows' own way to write the root of a share ends in a backslash.
    path = resolve(await realpath(given));
    if (!(await stat(path)).isDirectory()) {
      throw new CallError('usage', `${given} is no folder. A single file goes up with "boxcar upload".`);
    }
    await access(path, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof CallError) throw error;
    const { code, detail } = fileProblem(error, 'open folder', given);
    throw new CallError('usage', `${given}: ${problems[code].title} (${detail}). ${problems[code].remedy}`);
  }
  const overlap = overlapOf(path, home);
  if (overlap === 'equal' || overlap === 'inside') {
    throw new CallError('usage', `${given} belongs to the data folder of Boxcar (${home}), which is never uploaded.`);
  }
  for (const other of others) {
    const how = overlapOf(path, other.path);
    if (how) throw new CallError('usage', refusal(given, how, `the folder of ${name(other)}, ${other.path}`));
  }
  return path;
}

/**
 * Whether a folder on Box may be the target of a pair: writable, and neither another pair's nor around or inside one.
 * `isParent`: the target is still to be made in it. Rejects with a BoxError where Box says no, and as `usage` with the reason.
 */
export async function checkTarget(
  connection: BoxConnection,
  folderId: string,
  target: string,
  others: readonly PairRow[],
  isParent: boolean,
  signal: AbortSignal,
): Promise<void> {
  const look = (id: string) => getFolder(connection, id, { signal, fields: folderPathFields });
  const folder = await look(folderId);
  if (folder.canUpload === false) {
    throw new CallError('refused', `${target} on Box: ${problems['target.no-permission'].remedy}`);
  }
  const above = new Set(folder.ancestorIds ?? []);
  for (const other of others) {
    const of = `the Box folder of ${name(other)}, ${other.target}`;
    const isSame = other.targetFolderId === folderId;
    if (isSame) throw new CallError('usage', refusal(target, isParent ? 'inside' : 'equal', of));
    if (above.has(other.targetFolderId)) throw new CallError('usage', refusal(target, 'inside', of));
    if (isParent) continue;
    // A target that is gone overlaps with nothing.
    const standing = await look(other.targetFolderId).catch(() => undefined);
    signal.throwIfAborted();
    if (standing?.ancestorIds?.includes(folderId)) throw new CallError('usage', refusal(target, 'around', of));
  }
}

type Overlap = 'equal' | 'inside' | 'around';

/** How a path lies to another; undefined where they have nothing to do with each other. Both are real paths. */
export function overlapOf(path: string, other: string): Overlap | undefined {
  if (path === other) return 'equal';
  const below = (parent: string) => (parent.endsWith(sep) ? parent : parent + sep);
  if (path.startsWith(below(other))) return 'inside';
  return other.startsWith(below(path)) ? 'around' : undefined;
}

function refusal(what: string, how: Overlap, other: string): string {
  const words = { equal: 'is', inside: 'lies inside', around: 'lies around' }[how];
  return `${what} ${words} ${other}. A file may belong to one pair only: choose another folder, or remove that pair.`;
}

function name({ id }: PairRow): string {
  return formatTarget({ kind: 'pair', id });
}
