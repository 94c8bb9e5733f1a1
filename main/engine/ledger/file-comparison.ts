import type { SQLOutputValue } from 'node:sqlite';
import type { Problem } from '../../../shared/problem.ts';
import type { Database } from './database.ts';
import { factsKey, troubledOutcome, type LedgerFacts } from './facts.ts';
import type { FileOutcome, KeptOutcome } from './file-row.ts';

/** A file, or a special one, as the scan found it. */
export interface FoundFile {
  name: string;
  nameRaw: Uint8Array | null;
  kind: string;
  facts: LedgerFacts | null;
  problem: Problem | null;
}

/** Compares what a scan of a job found with the rows of files. Every method that writes is called within a transaction. */
export class FileComparison {
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
   * pending by `transfers.create`. What `keep` names stays as it is under the same facts, with its problem.
   * @returns the ids in the order of the entries.
   */
  recordFolder(
    folder: {
      ownerId: number;
      folderId: number;
      scan: number;
      now: number;
      whole: boolean;
      keep?: readonly KeptOutcome[];
    },
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
      const isKept = problem === null && folder.keep?.some((kept) => kept === row[columns.outcome]) === true;
      if (!isKept && (row[columns.outcome] !== outcome || row[columns.problem] !== problem)) {
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
}

function outcomeOf(file: FoundFile): FileOutcome {
  if (!file.problem) return 'pending';
  return troubledOutcome(file);
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
