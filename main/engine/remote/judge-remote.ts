/** A file as the ledger believes it to be on Box. */
export interface KnownFile {
  boxId: string;
  etag: string | null;
  sha1: string;
  name: string;
  parentBoxId: string;
}

/** A folder as the ledger believes it to be on Box. */
export interface KnownFolder {
  boxId: string;
  name: string;
  parentBoxId: string;
}

/** What Box shows of a file now. `gone`: not there, or not to be seen by this user. */
export type FileOnBox =
  'gone' | 'trashed' | { etag: string | null; sha1: string | null; name: string; parentId: string | null };

/** What Box shows of a folder now. */
export type FolderOnBox = 'gone' | 'trashed' | { name: string; parentId: string | null };

export type FileVerdict = 'same' | 'renamed' | 'moved' | 'changed' | 'removed';
export type FolderVerdict = Exclude<FileVerdict, 'changed'>;

/**
 * What became of a file on Box, in one word: the one that matters most where several are true (removed, changed, moved,
 * renamed). `same` says that content, name and place are as known; the etag may still be another one (a description, a lock).
 * Where Box gives no SHA-1, another etag counts as a change: whoever looks closer loses nothing. Names are compared as they
 * stand: a change of case is a new name.
 */
export function judgeFile(known: KnownFile, onBox: FileOnBox): FileVerdict {
  if (onBox === 'gone' || onBox === 'trashed') return 'removed';
  const isChanged = onBox.sha1 === null ? onBox.etag !== known.etag : onBox.sha1 !== known.sha1;
  return isChanged ? 'changed' : judgePlace(known, onBox);
}

/** `judgeFile` for a folder, whose content is judged item by item. */
export function judgeFolder(known: KnownFolder, onBox: FolderOnBox): FolderVerdict {
  if (onBox === 'gone' || onBox === 'trashed') return 'removed';
  return judgePlace(known, onBox);
}

function judgePlace(
  known: KnownFolder,
  onBox: { name: string; parentId: string | null },
): 'same' | 'renamed' | 'moved' {
  if (onBox.parentId !== known.parentBoxId) return 'moved';
  return onBox.name === known.name ? 'same' : 'renamed';
}
