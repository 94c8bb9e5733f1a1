import { pairOptionsSchema, type PairCounts, type PairOptions } from '../../../shared/pair-model.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { Database, Row } from './database.ts';
import { readProblem } from './jobs.ts';

/** A folder pair as the engine works with it; counts are asked for apart. */
export interface PairRow {
  id: number;
  accountId: number;
  path: string;
  pathRaw: Uint8Array | null;
  /** Which folder it is; null until it was looked at. */
  root: { dev: string; inode: string } | null;
  /** That folder is to be empty: a person has said so, and no walk has found it since. */
  acceptEmpty: boolean;
  target: string;
  targetFolderId: string;
  options: PairOptions;
  paused: boolean;
  pausedUntil: number | null;
  problem: Problem | null;
  scannedAt: number | null;
  /** When Box's listing was last compared whole; null where it is to be. */
  comparedAt: number | null;
  /** The file that was read again last. */
  scrubbedTo: number;
  createdAt: number;
  /** Set while its rows are being removed. */
  removedAt: number | null;
}

/** Folder pairs. Every method that writes is called within a transaction. */
export class PairStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** A new pair; returns its id. */
  add(pair: {
    accountId: number;
    path: string;
    pathRaw: Uint8Array | null;
    target: string;
    targetFolderId: string;
    options: PairOptions;
    now: number;
  }): number {
    const { id } = this.#db.run("INSERT INTO owner (kind, account_id) VALUES ('pair', ?)", pair.accountId);
    this.#db.run(
      `INSERT INTO pair (id, path, path_raw, target, target_folder_id, options, compared_at, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)`,
      id,
      pair.path,
      pair.pathRaw,
      pair.target,
      pair.targetFolderId,
      JSON.stringify(pair.options),
      pair.now,
    );
    return id;
  }

  get(id: number): PairRow | undefined {
    const row = this.#db.get(`${select} WHERE pair.id = ?`, id);
    return row && toPair(row);
  }

  /** All pairs, those that are being removed included. */
  list(): PairRow[] {
    return this.#db.all(`${select} ORDER BY pair.id`).map(toPair);
  }

  setRoot(id: number, root: { dev: string; inode: string }): void {
    this.#db.run('UPDATE pair SET dev = ?, inode = ? WHERE id = ?', root.dev, root.inode, id);
  }

  setAcceptEmpty(id: number, accept: boolean): void {
    this.#db.run('UPDATE pair SET accept_empty = ? WHERE id = ?', accept ? 1 : 0, id);
  }

  setOptions(id: number, options: PairOptions): void {
    this.#db.run('UPDATE pair SET options = ? WHERE id = ?', JSON.stringify(options), id);
  }

  setPaused(id: number, paused: boolean, until: number | null): void {
    this.#db.run('UPDATE pair SET paused = ?, paused_until = ? WHERE id = ?', paused ? 1 : 0, until, id);
  }

  setProblem(id: number, problem: Problem | null): void {
    this.#db.run('UPDATE pair SET problem = ? WHERE id = ?', problem && JSON.stringify(problem), id);
  }

  setScanned(id: number, at: number): void {
    this.#db.run('UPDATE pair SET scanned_at = ? WHERE id = ?', at, id);
  }

  setCompared(id: number, at: number): void {
    this.#db.run('UPDATE pair SET compared_at = ? WHERE id = ?', at, id);
  }

  /** Something on Box was missed, in any pair. */
  setAllUncompared(): void {
    this.#db.run('UPDATE pair SET compared_at = NULL');
  }

  setScrubbed(id: number, fileId: number): void {
    this.#db.run('UPDATE pair SET scrubbed_to = ? WHERE id = ?', fileId, id);
  }

  setRemoved(id: number, at: number): void {
    this.#db.run('UPDATE pair SET removed_at = ? WHERE id = ?', at, id);
  }

  /**
   * Removes rows of a pair that is marked as removed, at most some `maxRows` of each table; false once all is gone, the pair
   * itself included. Receipts stay, and so does the owner that they name.
   */
  removeRows(id: number, maxRows: number): boolean {
    for (const sql of removals) if (this.#db.run(sql, id, maxRows).changes > 0) return true;
    this.#db.run('DELETE FROM pair WHERE id = ?', id);
    return false;
  }

  counts(id: number): { counts: PairCounts; totalBytes: number; syncedBytes: number } {
    const files: Record<string, number> = {};
    const bytes: Record<string, number> = {};
    for (const row of this.#db.all('SELECT outcome, files, bytes FROM owner_count WHERE owner_id = ?', id)) {
      files[row['outcome'] as string] = Number(row['files']);
      bytes[row['outcome'] as string] = Number(row['bytes']);
    }
    const of = (from: Record<string, number>, ...outcomes: string[]) =>
      outcomes.reduce((sum, outcome) => sum + (from[outcome] ?? 0), 0);
    const here = ['pending', 'sent', 'adopted', 'unchanged', 'kept', 'failed', 'aborted'];
    const onBox = ['sent', 'adopted', 'unchanged'];
    const folders = this.#db.get(
      `SELECT ifnull(sum(folders) FILTER (WHERE state NOT IN ('gone', 'left')), 0) AS folders,
         ifnull(sum(folders) FILTER (WHERE state = 'failed'), 0) AS failed
         FROM folder_count WHERE owner_id = ? AND container = 0`,
      id,
    )!;
    return {
      counts: {
        files: of(files, ...here),
        folders: Number(folders['folders']),
        synced: of(files, ...onBox),
        pending: of(files, 'pending'),
        failed: of(files, 'failed'),
        kept: of(files, 'kept', 'aborted'),
        special: of(files, 'special'),
        left: of(files, 'left'),
        failedFolders: Number(folders['failed']),
      },
      totalBytes: of(bytes, ...here),
      syncedBytes: of(bytes, ...onBox),
    };
  }

  /** How far the account's events were followed; null before the first time. */
  cursor(accountId: number): { position: string; movedAt: number } | null {
    const row = this.#db.get('SELECT position, moved_at FROM cursor WHERE account_id = ?', accountId);
    return row ? { position: row['position'] as string, movedAt: Number(row['moved_at']) } : null;
  }

  setCursor(accountId: number, position: string, now: number): void {
    this.#db.run(
      `INSERT INTO cursor (account_id, position, moved_at) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET position = excluded.position, moved_at = excluded.moved_at`,
      accountId,
      position,
      now,
    );
  }
}

const removals = [
  'DELETE FROM question WHERE rowid IN (SELECT rowid FROM question WHERE owner_id = ? LIMIT ?)',
  // Parts and timelines go with their transfer.
  'DELETE FROM transfer WHERE id IN (SELECT id FROM transfer WHERE owner_id = ? LIMIT ?)',
  `DELETE FROM file WHERE id IN (SELECT file.id FROM folder JOIN file ON file.folder_id = folder.id
     WHERE folder.owner_id = ? LIMIT ?)`,
  // From the leaves up: a folder refers to its parent.
  `DELETE FROM folder WHERE id IN (SELECT id FROM folder AS leaf WHERE owner_id = ?
     AND NOT EXISTS (SELECT 1 FROM folder WHERE parent_id = leaf.id) LIMIT ?)`,
];

const select = `SELECT pair.id, owner.account_id, path, path_raw, dev, inode, accept_empty, target, target_folder_id, options,
  paused, paused_until, problem, scanned_at, compared_at, scrubbed_to, created_at, removed_at FROM pair JOIN owner ON owner.id = pair.id`;

function toPair(row: Row): PairRow {
  const dev = row['dev'] as string | null;
  const number = (name: string) => (row[name] === null ? null : Number(row[name]));
  return {
    id: Number(row['id']),
    accountId: Number(row['account_id']),
    path: row['path'] as string,
    pathRaw: row['path_raw'] as Uint8Array | null,
    root: dev === null ? null : { dev, inode: row['inode'] as string },
    acceptEmpty: row['accept_empty'] === 1,
    target: row['target'] as string,
    targetFolderId: row['target_folder_id'] as string,
    options: pairOptionsSchema.parse(JSON.parse(row['options'] as string)),
    paused: row['paused'] === 1,
    pausedUntil: number('paused_until'),
    problem: readProblem(row['problem']),
    scannedAt: number('scanned_at'),
    comparedAt: number('compared_at'),
    scrubbedTo: Number(row['scrubbed_to']),
    createdAt: Number(row['created_at']),
    removedAt: number('removed_at'),
  };
}
