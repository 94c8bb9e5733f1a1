import type { Problem } from '../../../shared/problem.ts';
import type { Database } from './database.ts';
import type { LedgerFacts } from './facts.ts';
import { FileComparison } from './file-comparison.ts';
import {
  isTroubled,
  selectFile,
  toFile,
  type BoxCopy,
  type FileOutcome,
  type FilePlace,
  type FileRow,
} from './file-row.ts';

export type { FoundFile } from './file-comparison.ts';
export type { BoxCopy, FileOutcome, FilePlace, FileRow } from './file-row.ts';

/** Local files. Every method that writes is called within a transaction. */
export class FileStore {
  readonly #db: Database;
  readonly #comparison: FileComparison;

  constructor(db: Database) {
    this.#db = db;
    this.#comparison = new FileComparison(db);
  }

  /** Notes a file that a scan has found. */
  record(file: Parameters<FileComparison['record']>[0]): number {
    return this.#comparison.record(file);
  }

  /** Notes what a scan has found in a folder, or in a slice of it. */
  recordFolder(...found: Parameters<FileComparison['recordFolder']>): ReturnType<FileComparison['recordFolder']> {
    return this.#comparison.recordFolder(...found);
  }

  /** Marks the files of a folder that the scan has not seen as no longer there; returns those that were. */
  markGone(folderId: number, scan: number): number[] {
    return this.#comparison.markGone(folderId, scan);
  }

  get(id: number): FileRow | undefined {
    const [row] = this.#db.arrays(selectFileById, id);
    return row && toFile(row);
  }

  /** The few columns that say where it lies, for a third of the time. */
  place(id: number): FilePlace | undefined {
    const [row] = this.#db.arrays('SELECT folder_id, name, name_raw, outcome FROM file WHERE id = ?', id);
    if (!row) return undefined;
    const [folderId, name, nameRaw, outcome] = row;
    return {
      id,
      folderId: folderId as number,
      name: name as string,
      nameRaw: nameRaw as Uint8Array | null,
      outcome: outcome as FileOutcome,
    };
  }

  /** The regular files of a folder that the scan has seen, after the given id. */
  ofFolder(folderId: number, scan: number, after: number, limit: number): FileRow[] {
    return this.#db
      .arrays(
        `${selectFile} WHERE folder_id = ?1 AND id > ?2 AND kind = 'file' AND outcome NOT IN ('failed', 'gone', 'aborted') AND ${seenIn}
           ORDER BY id LIMIT ?4`,
        folderId,
        after,
        scan,
        limit,
      )
      .map(toFile);
  }

  /** Every name in a folder that the scan has seen, special files left out: for finding twins. */
  names(folderId: number, scan: number): { id: number; name: string }[] {
    return this.#db
      .all(
        `SELECT id, name FROM file WHERE folder_id = ?1 AND kind = 'file' AND outcome <> 'gone' AND ${seenIn} ORDER BY name`,
        folderId,
        null,
        scan,
      )
      .map((row) => ({ id: Number(row['id']), name: row['name'] as string }));
  }

  /** New facts of a file that was looked at again. */
  setFacts(id: number, facts: LedgerFacts, now: number): void {
    this.#db.run(
      `UPDATE file SET dev = ?, inode = ?, size = ?, mtime_ns = ?, ctime_ns = ?, birthtime_ns = ?, seen_at = ? WHERE id = ?`,
      facts.dev,
      facts.inode,
      facts.sizeBytes,
      facts.mtimeNs,
      facts.ctimeNs,
      facts.birthtimeNs,
      now,
      id,
    );
  }

  setOutcome(id: number, outcome: FileOutcome, problem: Problem | null): void {
    this.#db.run(
      'UPDATE file SET outcome = ?1, problem = ?2 WHERE id = ?3 AND (outcome <> ?1 OR problem IS NOT ?2)',
      outcome,
      problem && JSON.stringify(problem),
      id,
    );
  }

  /** The digest of the content, and the facts under which it was computed. */
  setDigest(id: number, sha1: string, sha1Facts: string): void {
    this.#db.run('UPDATE file SET sha1 = ?, sha1_facts = ? WHERE id = ?', sha1, sha1Facts, id);
  }

  /** The file is on Box: `setDigest`, `setBox` and `setOutcome` in one. */
  finish(id: number, outcome: 'sent' | 'adopted', sha1: string, sha1Facts: string, box: BoxCopy): void {
    this.#db.run(
      `UPDATE file SET outcome = ?, problem = NULL, sha1 = ?, sha1_facts = ?, box_id = ?, box_name = ?, box_etag = ?,
         box_version_id = ?, box_sha1 = ? WHERE id = ?`,
      outcome,
      sha1,
      sha1Facts,
      box.fileId,
      box.name,
      box.etag,
      box.versionId,
      box.sha1,
      id,
    );
  }

  /** What Box holds for the file now. */
  setBox(id: number, box: BoxCopy): void {
    this.#db.run(
      'UPDATE file SET box_id = ?, box_name = ?, box_etag = ?, box_version_id = ?, box_sha1 = ? WHERE id = ?',
      box.fileId,
      box.name,
      box.etag,
      box.versionId,
      box.sha1,
      id,
    );
  }

  /** Files of a job that did not make it, and special files, after the given id. */
  failures(ownerId: number, after: number, limit: number): FileRow[] {
    return this.#db
      .arrays(
        `${selectFile} WHERE owner_id = ? AND ${isTroubled} AND id > ?
           ORDER BY id LIMIT ?`,
        ownerId,
        after,
        limit,
      )
      .map(toFile);
  }

  /** Every file of the ledger in the order of their ids, after the given one: for walking it whole in slices. */
  walk(after: number, limit: number): FileRow[] {
    return this.#db.arrays(`${selectFile} WHERE id > ? ORDER BY id LIMIT ?`, after, limit).map(toFile);
  }

  /** A file by its place; names that are not valid UTF-8 go by their replacement. */
  child(folderId: number, name: string): FileRow | undefined {
    const [row] = this.#db.arrays(
      `${selectFile} WHERE folder_id = ? AND name = ? ORDER BY outcome = 'gone', scan DESC LIMIT 1`,
      folderId,
      name,
    );
    return row && toFile(row);
  }
}

/** Put together once: statements are found again by their text. */
const selectFileById = `${selectFile} WHERE id = ?`;

/** Whether scan ?3 has seen a file of folder ?1 that is not gone; see `whole_scan` in the schema. */
const seenIn = '(scan = ?3 OR (SELECT whole_scan FROM folder WHERE id = ?1) = ?3)';
