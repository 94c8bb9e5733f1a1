import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ProblemError } from '../../../shared/problem-error.ts';
import { fileProblem } from '../../platform/file-problem.ts';

const mostFolders = 2000;

/** The folders in a folder, for a picker. Links are left out: what they lead to has a place of its own. */
export interface FolderListing {
  path: string;
  /** Null at the top of a file system. */
  parent: string | null;
  /** By name, hidden ones last; at most 2,000. */
  folders: { path: string; name: string }[];
  more: boolean;
}

/** @throws ProblemError for a folder that is gone or can't be read. */
export async function browseFolder(path: string): Promise<FolderListing> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw new ProblemError(fileProblem(error, 'read folder', path));
  });
  const names = sortFolderNames(entries.filter((entry) => entry.isDirectory()).map(({ name }) => name));
  return {
    path,
    parent: dirname(path) === path ? null : dirname(path),
    folders: names.slice(0, mostFolders).map((name) => ({ name, path: join(path, name) })),
    more: names.length > mostFolders,
  };
}

/** As people look for them: case and accents don't part, 10 comes after 9, what begins with a dot comes last. */
export function sortFolderNames(names: readonly string[]): string[] {
  const { compare } = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  const isHidden = (name: string) => Number(name.startsWith('.'));
  return names.toSorted((a, b) => isHidden(a) - isHidden(b) || compare(a, b) || (a < b ? -1 : 1));
}
