import type { Problem } from '../../../shared/problem.ts';
import type { Database, Row } from './database.ts';
import type { LedgerFacts } from './facts.ts';
import { readProblem } from './jobs.ts';

export type FileOutcome =
  'pending' | 'sent' | 'adopted' | 'unchanged' | 'kept' | 'failed' | 'aborted' | 'special' | 'gone';

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

/** Local files. Every method that writes is called within a transaction. */
export class FileStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Notes that the scan has found the file. A new one, one that came back and one that had failed are open again. */
  record(file: {
    ownerId: number;
    folderId: number;
    name: string;
    nameRaw: Uint8Array | null;
    kind: string;
    facts: LedgerFacts | null;
    problem: Problem | null;
    scan: number;
    now: number;
  }): number {
    const outcome: FileOutcome = file.problem ? (file.kind === 'file' ? 'failed' : 'special') : 'pending';
    const { facts } = file;
    const values = [
      file.kind,
      facts?.dev ?? null,
      facts?.inode ?? null,
      facts?.sizeBytes ?? 0,
      facts?.mtimeNs ?? null,
      facts?.ctimeNs ?? null,
      facts?.birthtimeNs ?? null,
      file.scan,
      file.now,
      outcome,
      file.problem && JSON.stringify(file.problem),
    ] as const;
    const known = this.#db.get(
      'SELECT id FROM file WHERE folder_id = ? AND name = ? AND name_raw IS ?',
      file.folderId,
      file.name,
      file.nameRaw,
    );
    if (known) {
      const id = Number(known['id']);
      this.#db.run(
        `UPDATE file SET kind = ?, dev = ?, inode = ?, size = ?, mtime_ns = ?, ctime_ns = ?, birthtime_ns = ?, scan = ?,
           seen_at = ?, outcome = ?, problem = ? WHERE id = ?`,
        ...values,
        id,
      );
      return id;
    }
    return this.#db.run(
      `INSERT INTO file (kind, dev, inode, size, mtime_ns, ctime_ns, birthtime_ns, scan, seen_at, outcome, problem,
         owner_id, folder_id, name, name_raw) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...values,
      file.ownerId,
      file.folderId,
      file.name,
      file.nameRaw,
    ).id;
  }

  get(id: number): FileRow | undefined {
    const row = this.#db.get(`${select} WHERE id = ?`, id);
    return row && toFile(row);
  }

  /** The regular files of a folder that the scan has seen, after the given id. */
  ofFolder(folderId: number, scan: number, after: number, limit: number): FileRow[] {
    return this.#db
      .all(
        `${select} WHERE folder_id = ? AND scan = ? AND kind = 'file' AND outcome NOT IN ('failed') AND id > ? ORDER BY id LIMIT ?`,
        folderId,
        scan,
        after,
        limit,
      )
      .map(toFile);
  }

  /** Every name in a folder that the scan has seen, special files left out: for finding twins. */
  names(folderId: number, scan: number): { id: number; name: string }[] {
    return this.#db
      .all("SELECT id, name FROM file WHERE folder_id = ? AND scan = ? AND kind = 'file' ORDER BY name", folderId, scan)
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
      'UPDATE file SET outcome = ?, problem = ? WHERE id = ?',
      outcome,
      problem && JSON.stringify(problem),
      id,
    );
  }

  /** The digest of the content, and the facts under which it was computed. */
  setDigest(id: number, sha1: string, sha1Facts: string): void {
    this.#db.run('UPDATE file SET sha1 = ?, sha1_facts = ? WHERE id = ?', sha1, sha1Facts, id);
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

  /** Marks the files of a folder that the scan has not seen as no longer there; returns those that were. */
  markGone(folderId: number, scan: number): number[] {
    const gone = this.#db
      .all("SELECT id FROM file WHERE folder_id = ? AND scan < ? AND outcome <> 'gone'", folderId, scan)
      .map((row) => Number(row['id']));
    for (const id of gone) this.setOutcome(id, 'gone', null);
    return gone;
  }

  /** Files of a job that did not make it, and special files, after the given id. */
  failures(ownerId: number, after: number, limit: number): FileRow[] {
    return this.#db
      .all(
        `${select} WHERE owner_id = ? AND outcome IN ('failed', 'special', 'kept') AND problem IS NOT NULL AND id > ? ORDER BY id LIMIT ?`,
        ownerId,
        after,
        limit,
      )
      .map(toFile);
  }

  /** A file by its place; names that are not valid UTF-8 go by their replacement. */
  child(folderId: number, name: string): FileRow | undefined {
    const row = this.#db.get(`${select} WHERE folder_id = ? AND name = ? ORDER BY scan DESC LIMIT 1`, folderId, name);
    return row && toFile(row);
  }
}

const select = `SELECT id, owner_id, folder_id, name, name_raw, dev, inode, size, mtime_ns, ctime_ns, birthtime_ns, seen_at,
  outcome, problem, sha1, sha1_facts, box_id, box_name, box_etag, box_version_id, box_sha1 FROM file`;

function toFile(row: Row): FileRow {
  return {
    id: Number(row['id']),
    ownerId: Number(row['owner_id']),
    folderId: Number(row['folder_id']),
    name: row['name'] as string,
    nameRaw: row['name_raw'] as Uint8Array | null,
    facts:
      row['inode'] === null
        ? null
        : {
            dev: row['dev'] as string,
            inode: row['inode'] as string,
            sizeBytes: Number(row['size']),
            mtimeNs: row['mtime_ns'] as string,
            ctimeNs: row['ctime_ns'] as string,
            birthtimeNs: row['birthtime_ns'] as string | null,
          },
    outcome: row['outcome'] as FileOutcome,
    problem: readProblem(row['problem']),
    seenAt: Number(row['seen_at']),
    sha1: row['sha1'] as string | null,
    sha1Facts: row['sha1_facts'] as string | null,
    box:
      row['box_id'] === null
        ? null
        : {
            fileId: row['box_id'] as string,
            name: row['box_name'] as string,
            etag: row['box_etag'] as string | null,
            versionId: row['box_version_id'] as string | null,
            sha1: row['box_sha1'] as string,
          },
  };
}
