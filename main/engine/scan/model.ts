import type { Problem } from '../../../shared/problem.ts';
import type { RuleOrigin, RuleWarning } from '../ignore/model.ts';

/**
 * What the file system says of a file or folder, beside its name. Numbers are decimal strings: inodes and times in
 * nanoseconds lie above 2^53. Equal facts at two times mean the same revision, but for the racy cases that `source` knows.
 */
export interface LocalFacts {
  dev: string;
  inode: string;
  sizeBytes: number;
  mtimeNs: string;
  ctimeNs: string;
  /** null where the file system doesn't keep it. */
  birthtimeNs: string | null;
}

export type EntryKind = 'file' | 'folder' | 'link' | 'socket' | 'fifo' | 'device' | 'unknown';

/** A name as text and, only where it is not valid UTF-8, as the bytes that stand on the disk; the text is then a printable stand-in. */
export interface LocalName {
  name: string;
  rawName: Uint8Array | null;
}

export interface ScannedEntry extends LocalName {
  kind: EntryKind;
  /** null when `problem` is set, but for a root that is a link to nothing. */
  facts: LocalFacts | null;
  /** Why nothing is known of it: vanished since its folder was read, or not to be looked at. */
  problem: Problem | null;
  /** Set where the disk holds nothing of a file that has a size: perhaps a placeholder of another cloud client (`facts.ts`). */
  isHollow?: true;
}

/** What a rule leaves out, a folder's whole tree with it. It is there and not gone: nothing on Box follows from it. */
export interface IgnoredEntry extends LocalName {
  /** null where whoever walks gave no rule. */
  rule: RuleOrigin | null;
}

/** A folder, or one slice of a large one. Parents come before their children, entries are in the order of their bytes. */
export interface ScannedFolder extends LocalName {
  /** Unique within one scan; all slices of a folder have the same. */
  key: number;
  /** null for the container of roots, whose name is an absolute path; all others are an entry of an earlier folder. */
  parentKey: number | null;
  facts: LocalFacts | null;
  entries: ScannedEntry[];
  /** In the order of their bytes, too; not in `entries`. */
  ignored: IgnoredEntry[];
  /** False: more slices of this folder follow, before any other folder. */
  last: boolean;
  /** The folder could not be read: whatever entries stand here, others may be missing. */
  problem: Problem | null;
}

/** A folder as a batch brings it: its entries travel as one text and are unpacked when they are first asked for. */
export interface DeliveredFolder extends ScannedFolder {
  /** Those of the entries that are folders. */
  readonly subfolders: readonly ScannedEntry[];
  /** Equal ones mean equal entries; null for a slice of a larger folder, and for one that could not be read. */
  readonly digest: string | null;
}

export interface ScanBatch<Folder = DeliveredFolder> {
  folders: Folder[];
  /** Containers don't count. */
  foldersSoFar: number;
  filesSoFar: number;
  bytesSoFar: number;
  /** A folder that is left out counts once, whatever is in it. */
  ignoredSoFar: number;
  /** Lines of rules that don't work, of the files read since the batch before. */
  ruleWarnings: RuleWarning[];
}

/** A file or folder to be walked: absolute; `rawPath` only where the path is not valid UTF-8. */
export interface ScanRoot {
  path: string;
  rawPath?: Uint8Array | undefined;
}
