import type { Problem } from '../../../shared/problem.ts';
import type { Database } from './database.ts';
import { troubledOutcome, type LedgerFacts } from './facts.ts';
import type { FileOutcome } from './files.ts';
import { readProblem } from './jobs.ts';
import { below, nameKey } from './pair-sql.ts';
import { isLive } from './transfer-sql.ts';

/** What a comparison of a folder with its rows found; ids of files. */
export interface Compared {
  /** New, changed or back again: they wait for a plan. */
  open: number[];
  /** Known, and no longer here. */
  gone: number[];
  /** Special files and files that could not be looked at, where that is new. */
  failed: number[];
}

export interface PairEntry {
  name: string;
  nameRaw: Uint8Array | null;
  kind: string;
  facts: LedgerFacts | null;
  problem: Problem | null;
}

/** Compares what a walk found in folders of pairs with their rows. Every method that writes is called within a transaction. */
export class FolderComparison {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Compares entries of a folder with its rows. `whole`: they are all that it holds, so that files without an entry are gone;
   * else they are a slice, and `goneBut` follows. An unchanged file is not written; one that failed or was left alone stays as
   * it is until it changes. `isNew`: the folder has no rows of files yet. `digest` of whole entries: `isSettled` knows them by it.
   */
  compare(
    folder: {
      pairId: number;
      folderId: number;
      now: number;
      whole: boolean;
      isNew?: boolean;
      digest?: string | null;
    },
    entries: readonly PairEntry[],
  ): Compared {
    const known = folder.isNew
      ? new Map<string, KnownFile>()
      : this.#known(folder.folderId, folder.whole ? null : entries);
    const compared: Compared = { open: [], gone: [], failed: [] };
    for (const entry of entries) {
      const key = nameKey(entry.name, entry.nameRaw);
      const row = known.get(key);
      known.delete(key);
      this.#compareOne(folder, entry, row, compared);
    }
    if (folder.whole) this.#goneOnes([...known.values()], folder.now, compared);
    // A file that can't be looked at is written whatever its row says.
    const isPlain = entries.every((entry) => entry.problem === null || troubledOutcome(entry) === 'special');
    if (folder.whole && folder.digest && isPlain) this.#setSeen(folder.folderId, folder.digest);
    return compared;
  }

  /** Whether a comparison with these entries would find nothing: the folder's rows are those of the last one, and none waits. */
  isSettled(folderId: number, digest: string): boolean {
    const settled = this.#db.get(
      `SELECT 1 FROM folder WHERE id = ?1 AND seen = ?2
         AND NOT EXISTS (SELECT 1 FROM file WHERE folder_id = ?1 AND (outcome = 'pending' OR outcome = 'failed'))`,
      folderId,
      digest,
    );
    return settled !== undefined;
  }

  /** The end of a comparison in slices: files whose names were not seen are gone. */
  goneBut(folder: { folderId: number; now: number }, seen: ReadonlySet<string>): number[] {
    const compared: Compared = { open: [], gone: [], failed: [] };
    const missing = [...this.#known(folder.folderId, null)].filter(([key]) => !seen.has(key));
    this.#goneOnes(
      missing.map(([, row]) => row),
      folder.now,
      compared,
    );
    return compared.gone;
  }

  /** All files of a folder are gone, since it is. */
  allGone(folderId: number, now: number): number[] {
    return this.goneBut({ folderId, now }, new Set());
  }

  /** A file is left out from now on: not looked at, and not touched on Box. Returns it where it has a transfer that has not ended. */
  leaveOut(folderId: number, name: string, nameRaw: Uint8Array | null, now: number): number[] {
    const row = this.#db.get(
      `SELECT id FROM file WHERE folder_id = ? AND name = ? AND name_raw IS ? AND outcome <> 'left'`,
      folderId,
      name,
      nameRaw,
    );
    if (!row) return [];
    const id = Number(row['id']);
    this.#db.run("UPDATE file SET outcome = 'left', problem = NULL, seen_at = ? WHERE id = ?", now, id);
    return this.#db.get(`SELECT 1 FROM transfer WHERE file_id = ? AND ${isLive}`, id) ? [id] : [];
  }

  /** The same for a folder and all below it. */
  leaveOutBelow(folderId: number, now: number): number[] {
    const live = this.#db
      .arrays(
        `${below} SELECT file_id FROM transfer JOIN file ON file.id = file_id WHERE folder_id IN below AND ${isLive}`,
        folderId,
      )
      .map(([id]) => Number(id));
    this.#db.run(
      `${below} UPDATE file SET outcome = 'left', problem = NULL, seen_at = ? WHERE folder_id IN below AND outcome <> 'left'`,
      folderId,
      now,
    );
    this.#db.run(`${below} UPDATE folder SET state = 'left', problem = NULL WHERE id IN below`, folderId);
    return live;
  }

  #setSeen(folderId: number, digest: string): void {
    this.#db.run('UPDATE folder SET seen = ?2 WHERE id = ?1 AND seen IS NOT ?2', folderId, digest);
  }

  #compareOne(
    folder: { pairId: number; folderId: number; now: number },
    entry: PairEntry,
    row: KnownFile | undefined,
    compared: Compared,
  ): void {
    const { problem } = entry;
    const outcome = problem === null ? 'pending' : troubledOutcome(entry);
    if (!row) {
      const id = this.#insert(folder, entry, outcome);
      compared[outcome === 'pending' ? 'open' : 'failed'].push(id);
      return;
    }
    const { id, outcome: before } = row;
    const isBack = before === 'gone' || before === 'left';
    const same = sameFacts(row, entry);
    if (same && !isBack && problem === null && before !== 'special') {
      if (before === 'pending') compared.open.push(id);
      // What kept it may be over without its own doing; the problem stays until the plan says otherwise.
      else if (before === 'failed' && mayBeOver(row)) {
        this.#db.run("UPDATE file SET outcome = 'pending' WHERE id = ?", id);
        compared.open.push(id);
      }
      return;
    }
    if (problem !== null && before === outcome && same) return;
    this.#write(id, entry, outcome, folder.now);
    compared[outcome === 'pending' ? 'open' : 'failed'].push(id);
  }

  #insert(
    { pairId, folderId, now }: { pairId: number; folderId: number; now: number },
    { name, nameRaw, kind, facts, problem }: PairEntry,
    outcome: FileOutcome,
  ): number {
    return this.#db.run(
      `INSERT INTO file (owner_id, folder_id, name, name_raw, kind, dev, inode, size, mtime_ns, ctime_ns, birthtime_ns,
         scan, seen_at, outcome, problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`,
      pairId,
      folderId,
      name,
      nameRaw,
      kind,
      facts?.dev ?? null,
      facts?.inode ?? null,
      facts?.sizeBytes ?? 0,
      facts?.mtimeNs ?? null,
      facts?.ctimeNs ?? null,
      facts?.birthtimeNs ?? null,
      now,
      outcome,
      problem && JSON.stringify(problem),
    ).id;
  }

  #write(id: number, { kind, facts, problem }: PairEntry, outcome: FileOutcome, now: number): void {
    this.#db.run(
      `UPDATE file SET kind = ?, dev = ?, inode = ?, size = ?, mtime_ns = ?, ctime_ns = ?, birthtime_ns = ?, seen_at = ?,
         outcome = ?, problem = ? WHERE id = ?`,
      kind,
      facts?.dev ?? null,
      facts?.inode ?? null,
      facts?.sizeBytes ?? 0,
      facts?.mtimeNs ?? null,
      facts?.ctimeNs ?? null,
      facts?.birthtimeNs ?? null,
      now,
      outcome,
      problem && JSON.stringify(problem),
      id,
    );
  }

  #goneOnes(rows: readonly KnownFile[], now: number, compared: Compared): void {
    for (const { id, outcome } of rows) {
      if (outcome === 'gone' || outcome === 'left') continue;
      this.#db.run("UPDATE file SET outcome = 'gone', problem = NULL, seen_at = ? WHERE id = ?", now, id);
      compared.gone.push(id);
    }
  }

  #known(folderId: number, entries: readonly PairEntry[] | null): Map<string, KnownFile> {
    const rows = entries
      ? this.#db.arrays(
          `${selectKnown} WHERE folder_id = ? AND name IN (SELECT value FROM json_each(?))`,
          folderId,
          JSON.stringify(entries.map(({ name }) => name)),
        )
      : this.#db.arrays(`${selectKnown} WHERE folder_id = ?`, folderId);
    const known = new Map<string, KnownFile>();
    for (const row of rows) known.set(nameKey(row[1] as string, row[2] as Uint8Array | null), toKnown(row));
    return known;
  }
}

const selectKnown = `SELECT id, name, name_raw, kind, dev, inode, size, mtime_ns, ctime_ns, outcome, problem FROM file`;

const passing = new Set([
  'local.unreadable',
  'local.read-error',
  'local.missing',
  'local.locked',
  'name.twins',
  'target.not-found',
  'target.trashed',
]);

function mayBeOver(row: KnownFile): boolean {
  const problem = readProblem(row.problem);
  return problem !== null && passing.has(problem.code);
}

function sameFacts(row: KnownFile, { kind, facts }: PairEntry): boolean {
  if (row.kind !== kind) return false;
  if (!facts) return row.inode === null;
  return (
    row.mtimeNs === facts.mtimeNs &&
    row.ctimeNs === facts.ctimeNs &&
    row.sizeBytes === facts.sizeBytes &&
    row.inode === facts.inode &&
    row.dev === facts.dev
  );
}

/** What the ledger knows of a file, as a comparison needs it. */
interface KnownFile {
  id: number;
  kind: string;
  dev: string | null;
  inode: string | null;
  sizeBytes: number;
  mtimeNs: string | null;
  ctimeNs: string | null;
  outcome: FileOutcome;
  problem: unknown;
}

/** In the order of `selectKnown`. */
function toKnown([id, , , kind, dev, inode, size, mtimeNs, ctimeNs, outcome, problem]: readonly unknown[]): KnownFile {
  return {
    id: Number(id),
    kind: kind as string,
    dev: dev as string | null,
    inode: inode as string | null,
    sizeBytes: Number(size),
    mtimeNs: mtimeNs as string | null,
    ctimeNs: ctimeNs as string | null,
    outcome: outcome as FileOutcome,
    problem,
  };
}
