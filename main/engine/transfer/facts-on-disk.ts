import { lstat, stat } from 'node:fs/promises';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { ProblemCode } from '../../../shared/problem.ts';
import type { FileRow } from '../ledger/files.ts';
import { joinPath } from '../ledger/folders.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { factsOf, kindOf } from '../scan/facts.ts';
import type { LocalFacts } from '../scan/model.ts';
import type { LocalPath } from '../scan/raw-path.ts';

const codes: Record<string, ProblemCode> = {
  ENOENT: 'local.missing',
  ENOTDIR: 'local.missing',
  EACCES: 'local.unreadable',
  EPERM: 'local.unreadable',
  EBUSY: 'local.locked',
  EIO: 'local.read-error',
};

/** Where a file lies, and whether a link in its place is followed. */
export interface LocalFile {
  local: LocalPath;
  display: string;
  followLink: boolean;
}

/** Where a file of the ledger lies. A path that the user named is followed when it is a link, as the scan does. */
export function localFileOf(ledger: Ledger, file: FileRow): LocalFile {
  const path = joinPath(ledger.folders.path(file.folderId), file.name, file.nameRaw);
  return { ...path, followLink: ledger.folders.get(file.folderId)!.parentId === null };
}

/** The facts of a regular file now. Rejects with `local.missing`, `local.unreadable`, `local.not-regular`, … */
export async function factsOnDisk(file: LocalFile): Promise<LocalFacts> {
  const problem = (code: ProblemCode, detail: string) =>
    new ProblemError({ code, operation: 'stat', item: file.display, detail, at: Date.now() });
  try {
    const stats = await (file.followLink ? stat : lstat)(file.local, { bigint: true });
    const kind = kindOf(stats);
    if (kind !== 'file') throw problem('local.not-regular', `a ${kind} stands where the file was`);
    return factsOf(stats);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw problem(codes[code] ?? 'local.unreadable', message);
  }
}
