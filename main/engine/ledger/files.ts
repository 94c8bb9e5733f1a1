import type { SQLOutputValue } from 'node:sqlite';
import type { Problem } from '../../../shared/problem.ts';
import type { Database } from './database.ts';
import { factsKey, type LedgerFacts } from './facts.ts';
import { readProblem } from './jobs.ts';

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

/** A file, or a special one, as the scan found it. */
export interface FoundFile {
  name: string;
  nameRaw: Uint8Array | null;
  kind: string;
  facts: LedgerFacts | null;
  problem: Problem | null;
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
    const known = this.#db.get(
      'SELECT id FROM file WHERE folder_id = ? AND name = ? AND name_raw IS ?',
      file.folderId,
      file.name,
      file.nameRaw,
    );
    if (!known) return this.#insert(file, file);
    const id = Number(known['id']);
    this.#update(id, file, file);
    return id;
  }

  /**
   * `record` for many entries of one folder, far quicker: known rows are read at once, and only what changed is written.
   * `whole`: the entries are everything that the folder holds, so files that are not among them are marked gone
   * (`gone` has their ids) and `markGone` has nothing left to do; rows of unchanged files are then not written at all. Not
   * whole (a slice of a large folder, or one that could not be read to its end): every row takes the number of the scan,
   * nothing is marked gone, and `markGone` follows when all slices are there.
   * As in `record`, every file is open again ("pending") afterwards, but for one that is on Box as far as the ledger knows: the
   * digest under these very facts is that of Box's copy. It is `unchanged`; a plan that finds it gone from Box makes it
   * pending by `transfers.create`.
   * @returns the ids in the order of the entries.
   */
  recordFolder(
    folder: { ownerId: number; folderId: number; scan: number; now: number; whole: boolean },
    entries: readonly FoundFile[],
  ): { ids: number[]; gone: number[] } {
    const known = this.#known(folder, entries);
    const ids = entries.map((entry) => {
      const key = nameKey(entry.name, entry.nameRaw);
      const row = known.get(key);
      if (!row) return this.#insert(folder, entry);
      known.delete(key);
      const id = Number(row[columns.id]);
      if (!sameFacts(row, entry)) {
        this.#update(id, folder, entry);
        return id;
      }
      const problem = problemText(entry);
      const outcome = isOnBox(row, entry) ? 'unchanged' : outcomeOf(entry);
      if (row[columns.outcome] !== outcome || row[columns.problem] !== problem) {
        this.#db.run(
          'UPDATE file SET outcome = ?, problem = ?, scan = ?, seen_at = ? WHERE id = ?',
          outcome,
          problem,
          folder.scan,
          folder.now,
          id,
        );
      } else if (!folder.whole) {
        this.#db.run('UPDATE file SET scan = ?, seen_at = ? WHERE id = ?', folder.scan, folder.now, id);
      }
      return id;
    });
    if (!folder.whole) return { ids, gone: [] };
    const gone = [...known.values()].filter((row) => row[columns.outcome] !== 'gone').map((row) => Number(row[0]));
    for (const id of gone) this.#setGone(id);
    this.#db.run(
      'UPDATE folder SET whole_scan = ?, whole_at = ? WHERE id = ?',
      folder.scan,
      folder.now,
      folder.folderId,
    );
    return { ids, gone };
  }

  /** Keeps when the file was seen last: its row may be older than its folder's last comparison. */
  #setGone(id: number): void {
    this.#db.run(
      `UPDATE file SET outcome = 'gone', problem = NULL, scan = max(file.scan, folder.whole_scan),
         seen_at = max(file.seen_at, folder.whole_at) FROM folder WHERE file.id = ? AND folder.id = file.folder_id`,
      id,
    );
  }

  #known(folder: { folderId: number; whole: boolean }, entries: readonly FoundFile[]): Map<string, SQLOutputValue[]> {
    const rows = folder.whole
      ? this.#db.arrays(`SELECT ${columnNames} FROM file WHERE folder_id = ?`, folder.folderId)
      : this.#db.arrays(
          `SELECT ${columnNames} FROM file WHERE folder_id = ? AND name IN (SELECT value FROM json_each(?))`,
          folder.folderId,
          JSON.stringify(entries.map((entry) => entry.name)),
        );
    const known = new Map<string, SQLOutputValue[]>();
    for (const row of rows) {
      known.set(nameKey(row[columns.name] as string, row[columns.nameRaw] as Uint8Array | null), row);
    }
    return known;
  }

  #insert(seen: { ownerId: number; folderId: number; scan: number; now: number }, file: FoundFile): number {
    const { facts } = file;
    return this.#db.run(
      `INSERT INTO file (owner_id, folder_id, name, name_raw, kind, dev, inode, size, mtime_ns, ctime_ns, birthtime_ns,
         scan, seen_at, outcome, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      seen.ownerId,
      seen.folderId,
      file.name,
      file.nameRaw,
      file.kind,
      facts?.dev ?? null,
      facts?.inode ?? null,
      facts?.sizeBytes ?? 0,
      facts?.mtimeNs ?? null,
      facts?.ctimeNs ?? null,
      facts?.birthtimeNs ?? null,
      seen.scan,
      seen.now,
      outcomeOf(file),
      problemText(file),
    ).id;
  }

  #update(id: number, seen: { scan: number; now: number }, file: FoundFile): void {
    const { facts } = file;
    this.#db.run(
      `UPDATE file SET kind = ?, dev = ?, inode = ?, size = ?, mtime_ns = ?, ctime_ns = ?, birthtime_ns = ?, scan = ?,
         seen_at = ?, outcome = ?, problem = ? WHERE id = ?`,
      file.kind,
      facts?.dev ?? null,
      facts?.inode ?? null,
      facts?.sizeBytes ?? 0,
      facts?.mtimeNs ?? null,
      facts?.ctimeNs ?? null,
      facts?.birthtimeNs ?? null,
      seen.scan,
      seen.now,
      outcomeOf(file),
      problemText(file),
      id,
    );
  }

  get(id: number): FileRow | undefined {
    const [row] = this.#db.arrays(`${select} WHERE id = ?`, id);
    return row && toFile(row);
  }

  /** The regular files of a folder that the scan has seen, after the given id. */
  ofFolder(folderId: number, scan: number, after: number, limit: number): FileRow[] {
    return this.#db
      .arrays(
        `${select} WHERE folder_id = ?1 AND id > ?2 AND kind = 'file' AND outcome NOT IN ('failed', 'gone') AND ${seenIn}
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

  /** Marks the files of a folder that the scan has not seen as no longer there; returns those that were. */
  markGone(folderId: number, scan: number): number[] {
    const gone = this.#db
      .all(
        `SELECT id FROM file WHERE folder_id = ?1 AND scan < ?2 AND outcome <> 'gone'
           AND (SELECT whole_scan FROM folder WHERE id = ?1) < ?2`,
        folderId,
        scan,
      )
      .map((row) => Number(row['id']));
    for (const id of gone) this.#setGone(id);
    return gone;
  }

  /** Files of a job that did not make it, and special files, after the given id. */
  failures(ownerId: number, after: number, limit: number): FileRow[] {
    return this.#db
      .arrays(
        `${select} WHERE owner_id = ? AND problem IS NOT NULL AND outcome IN ('failed', 'special', 'kept') AND id > ?
           ORDER BY id LIMIT ?`,
        ownerId,
        after,
        limit,
      )
      .map(toFile);
  }

  /** Every file of the ledger in the order of their ids, after the given one: for walking it whole in slices. */
  walk(after: number, limit: number): FileRow[] {
    return this.#db.arrays(`${select} WHERE id > ? ORDER BY id LIMIT ?`, after, limit).map(toFile);
  }

  /** A file by its place; names that are not valid UTF-8 go by their replacement. */
  child(folderId: number, name: string): FileRow | undefined {
    const [row] = this.#db.arrays(
      `${select} WHERE folder_id = ? AND name = ? ORDER BY outcome = 'gone', scan DESC LIMIT 1`,
      folderId,
      name,
    );
    return row && toFile(row);
  }
}

function outcomeOf(file: FoundFile): FileOutcome {
  if (!file.problem) return 'pending';
  return file.kind === 'file' ? 'failed' : 'special';
}

function problemText(file: FoundFile): string | null {
  return file.problem && JSON.stringify(file.problem);
}

/** A name holds no NUL, so no text equals the key of another name's bytes. */
function nameKey(name: string, raw: Uint8Array | null): string {
  return raw ? `${name}\0${Buffer.from(raw).toString('hex')}` : name;
}

const columnNames = `id, name, name_raw, kind, dev, inode, size, mtime_ns, ctime_ns, birthtime_ns, outcome, problem,
  CASE WHEN sha1 = box_sha1 THEN sha1_facts END`;
const columns = {
  id: 0, name: 1, nameRaw: 2, kind: 3, dev: 4, inode: 5, size: 6, mtimeNs: 7, ctimeNs: 8, birthtimeNs: 9, outcome: 10,
  problem: 11, onBoxFacts: 12,
} as const; // prettier-ignore

const finished: readonly unknown[] = ['sent', 'adopted', 'unchanged'];

function isOnBox(row: SQLOutputValue[], { problem, facts }: FoundFile): boolean {
  return !problem && !!facts && finished.includes(row[columns.outcome]) && row[columns.onBoxFacts] === factsKey(facts);
}

function sameFacts(row: SQLOutputValue[], { kind, facts }: FoundFile): boolean {
  if (row[columns.kind] !== kind) return false;
  if (!facts) return row[columns.inode] === null;
  return (
    row[columns.mtimeNs] === facts.mtimeNs &&
    row[columns.ctimeNs] === facts.ctimeNs &&
    row[columns.size] === facts.sizeBytes &&
    row[columns.inode] === facts.inode &&
    row[columns.dev] === facts.dev &&
    row[columns.birthtimeNs] === facts.birthtimeNs
  );
}

/** Whether scan ?3 has seen a file of folder ?1 that is not gone; see `whole_scan` in the schema. */
const seenIn = '(scan = ?3 OR (SELECT whole_scan FROM folder WHERE id = ?1) = ?3)';

const select = `SELECT id, owner_id, folder_id, name, name_raw, dev, inode, size, mtime_ns, ctime_ns, birthtime_ns,
  CASE outcome WHEN 'gone' THEN seen_at ELSE max(seen_at, (SELECT whole_at FROM folder WHERE folder.id = folder_id)) END,
  outcome, problem, sha1, sha1_facts, box_id, box_name, box_etag, box_version_id, box_sha1 FROM file`;

/** A row of `select`: its columns by place, since a million of them are walked. */
function toFile(row: SQLOutputValue[]): FileRow {
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
