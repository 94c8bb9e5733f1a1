import type { FilePlace } from '../ledger/files.ts';
import { joinPath } from '../ledger/folders.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LocalFile } from '../read/file-reader.ts';

/** Where a file of the ledger lies. A path that the user named is followed when it is a link, as the scan does. */
export function localFileOf(ledger: Ledger, file: Pick<FilePlace, 'folderId' | 'name' | 'nameRaw'>): LocalFile {
  const path = joinPath(ledger.folders.path(file.folderId), file.name, file.nameRaw);
  return { ...path, followLink: ledger.folders.isContainer(file.folderId) };
}
