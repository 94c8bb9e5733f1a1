import type { SQLOutputValue } from 'node:sqlite';
import type { Problem } from '../../../shared/problem.ts';
import type { LedgerFacts } from './facts.ts';
import { readProblem } from './jobs.ts';

/** Outcomes that a new run of a job may leave as they are. */
export type KeptOutcome = Extract<FileOutcome, 'aborted' | 'failed'>;

export type FileOutcome =
  'pending' | 'sent' | 'adopted' | 'unchanged' | 'kept' | 'failed' | 'aborted' | 'special' | 'gone' | 'left';

/** What Box holds for a file, as Box last said. */
export interface BoxCopy {
  fileId: string;
  name: string;
  etag: string | null;
  versionId: string | null;
  sha1: string;
}

export interface FileRow {
  id: number;
  ownerId: number;
  folderId: number;
  name: string;
  nameRaw: Uint8Array | null;
  /** Null for special files, and where the file could not be looked at. */
  facts: LedgerFacts | null;
  outcome: FileOutcome;
  problem: Problem | null;
  seenAt: number;
  /** The digest of the content, and the factsKey under which it holds. */
  sha1: string | null;
  sha1Facts: string | null;
  box: BoxCopy | null;
}

/** Where a file lies, and whether it still does: what is asked for every file that goes up. */
export type FilePlace = Pick<FileRow, 'id' | 'folderId' | 'name' | 'nameRaw' | 'outcome'>;

/** A file with a problem to be told: the condition of their index, which serves a query only where it says the same. */
export const isTroubled = "file.problem IS NOT NULL AND file.outcome IN ('failed', 'special', 'kept')";

/** Selects rows for `toFile`; a condition follows. */
export const selectFile = `SELECT id, owner_id, folder_id, name, name_raw, dev, inode, size, mtime_ns, ctime_ns, birthtime_ns,
  CASE outcome WHEN 'gone' THEN seen_at ELSE max(seen_at, (SELECT whole_at FROM folder WHERE folder.id = folder_id)) END,
  outcome, problem, sha1, sha1_facts, box_id, box_name, box_etag, box_version_id, box_sha1 FROM file`;

/** A row of `select`: its columns by place, since a million of them are walked. */
export function toFile(row: SQLOutputValue[]): FileRow {
  const inode = row[6] as string | null;
  const boxId = row[16] as string | null;
  return {
    id: row[0] as number,
    ownerId: row[1] as number,
    folderId: row[2] as number,
    name: row[3] as string,
    nameRaw: row[4] as Uint8Array | null,
    facts:
      inode === null
        ? null
        : {
            dev: row[5] as string,
            inode,
            sizeBytes: row[7] as number,
            mtimeNs: row[8] as string,
            ctimeNs: row[9] as string,
            birthtimeNs: row[10] as string | null,
          },
    seenAt: row[11] as number,
    outcome: row[12] as FileOutcome,
    problem: readProblem(row[13]),
    sha1: row[14] as string | null,
    sha1Facts: row[15] as string | null,
    box:
      boxId === null
        ? null
        : {
            fileId: boxId,
            name: row[17] as string,
            etag: row[18] as string | null,
            versionId: row[19] as string | null,
            sha1: row[20] as string,
          },
  };
}
