import type { Problem } from '../../../shared/problem.ts';
import type { BoxConnection } from '../../box/connection.ts';
import type { FolderRow } from '../ledger/folders.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { BoundFile } from '../ledger/pair-queries.ts';
import type { PairRow } from '../ledger/pairs.ts';
import type { FileVerdict, FolderVerdict } from './judge-remote.ts';

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

/** A file or folder of the ledger that Box shows otherwise than the ledger has it. `fresh` is null where it was removed. */
export type Judged =
  | { kind: 'file'; row: BoundFile; verdict: FileVerdict; fresh: FreshFile | null }
  | { kind: 'folder'; row: FolderRow; verdict: FolderVerdict; fresh: FreshFolder | null };

export interface CompareListingOptions {
  ledger: Ledger;
  connection: BoxConnection;
  pair: PairRow;
  signal: AbortSignal;
  /** Told one by one and waited for. `same`: only the etag or the version is another one. */
  onJudged: (judged: Judged) => Promise<void>;
  /** The items of a folder were read whole. */
  onListed?: (folder: FolderRow) => Promise<void>;
}

export interface ListingComparison {
  folders: number;
  files: number;
  /** Folders that could not be listed for a reason of their own; at most 100. Their files were not compared. */
  failed: { folder: FolderRow; problem: Problem }[];
}

export function compareListing(_options: CompareListingOptions): Promise<ListingComparison> {
  return Promise.reject(new Error('not written'));
}
