import { nameKey } from '../../../shared/box-names.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { Database, Row } from './database.ts';
import type { LedgerFacts } from './facts.ts';
import { isTroubled } from './file-row.ts';
import type { FolderState } from './folders.ts';
import { below } from './pair-sql.ts';
import { isLive } from './transfer-sql.ts';

/** A folder of a pair; the pair's own folder has no parent and an absolute path for its name. */
export interface PairFolder {
  id: number;
  pairId: number;
  parentId: number | null;
  name: string;
  nameRaw: Uint8Array | null;
  state: FolderState;
  boxId: string | null;
  dev: string | null;
  inode: string | null;
  birthtimeNs: string | null;
  changedAt: number;
  listedAt: number | null;
  /** A move of it was begun on Box, or the making of it where it has no place there, and may have been carried out. */
  isMoving: boolean;
}

/** Which folder it is. */
export type FolderIdentity = Pick<LedgerFacts, 'dev' | 'inode' | 'birthtimeNs'>;

/**
 * The rows of folders of pairs (scan 0), which, unlike those of jobs, move. Every method that writes is called within a transaction.
 */
export class PairTreeStore {
  readonly #db: Database;
  readonly #onPathsChanged: () => void;

  constructor(db: Database, onPathsChanged: () => void) {
    this.#db = db;
    this.#onPathsChanged = onPathsChanged;
  }

  /** The pair's own folder, made when new. */
  ensureRoot(pair: { id: number; path: string; pathRaw: Uint8Array | null; targetFolderId: string }): PairFolder {
    const known = this.root(pair.id);
    if (known) return known;
    const { id } = this.#db.run(
      `INSERT INTO folder (owner_id, parent_id, name, name_raw, state, scan, complete, box_id)
         VALUES (?, NULL, ?, ?, 'list', 0, 1, ?)`,
      pair.id,
      pair.path,
      pair.pathRaw,
      pair.targetFolderId,
    );
    return this.folder(id)!;
  }

  root(pairId: number): PairFolder | undefined {
    const row = this.#db.get(`${selectFolder} WHERE owner_id = ? AND parent_id IS NULL`, pairId);
    return row && toFolder(row);
  }

  folder(id: number): PairFolder | undefined {
    const row = this.#db.get(`${selectFolder} WHERE id = ?`, id);
    return row && toFolder(row);
  }

  /** All below it directly, gone ones included. */
  children(parentId: number): PairFolder[] {
    return this.#db.all(`${selectFolder} WHERE parent_id = ?`, parentId).map(toFolder);
  }

  /** By its name as people see it: one whose very name that is comes before one that only looks so. */
  childShown(parentId: number, name: string): PairFolder | undefined {
    const folders = this.#db.all(`${selectFolder} WHERE parent_id = ? AND name = ?`, parentId, name).map(toFolder);
    return folders.find(({ nameRaw }) => nameRaw === null) ?? folders[0];
  }

  /** Folders directly in it that are no longer here, and have a place on Box. */
  awayFolders(parentId: number): PairFolder[] {
    return this.#db
      .all(`${selectFolder} WHERE parent_id = ? AND state IN ('gone', 'left') AND box_id IS NOT NULL`, parentId)
      .map(toFolder);
  }

  /** Gone without a decision, in the order of their ids. */
  goneFolders(pairId: number): PairFolder[] {
    return this.#db.all(`${selectFolder} WHERE owner_id = ? AND state = 'gone' ORDER BY id`, pairId).map(toFolder);
  }

  addFolder(
    folder: {
      pairId: number;
      parentId: number;
      name: string;
      nameRaw: Uint8Array | null;
      now: number;
    } & FolderIdentity,
  ): number {
    return this.#db.run(
      `INSERT INTO folder (owner_id, parent_id, name, name_raw, state, scan, complete, dev, inode, birthtime_ns, changed_at)
         VALUES (?, ?, ?, ?, 'found', 0, 1, ?, ?, ?, ?)`,
      folder.pairId,
      folder.parentId,
      folder.name,
      folder.nameRaw,
      folder.dev,
      folder.inode,
      folder.birthtimeNs,
      folder.now,
    ).id;
  }

  identify(id: number, { dev, inode, birthtimeNs }: FolderIdentity): void {
    this.#db.run('UPDATE folder SET dev = ?, inode = ?, birthtime_ns = ? WHERE id = ?', dev, inode, birthtimeNs, id);
  }

  /** `changed_at` is kept: it says when the folder came or went. */
  setState(id: number, state: FolderState, problem: Problem | null = null): void {
    this.#db.run(
      'UPDATE folder SET state = ?, problem = ? WHERE id = ?',
      state,
      problem && JSON.stringify(problem),
      id,
    );
  }

  /** It came or went. */
  setChanged(id: number, state: FolderState, now: number): void {
    this.#db.run('UPDATE folder SET state = ?, problem = NULL, changed_at = ? WHERE id = ?', state, now, id);
  }

  /** Its place on Box; `listedAt` null where what stands there is not known. The making of it, if it was that, has ended. */
  place(id: number, boxId: string, listedAt: number | null): void {
    this.#db.run(
      `UPDATE folder SET state = 'planned', problem = NULL, box_id = ?, listed_at = ?,
         relocate = CASE WHEN box_id IS NULL THEN 0 ELSE relocate END WHERE id = ?`,
      boxId,
      listedAt,
      id,
    );
  }

  /** A folder that is gone here was found on Box, where the making of it was begun; null: it is not there. */
  setMade(id: number, boxId: string | null): void {
    this.#db.run('UPDATE folder SET box_id = ?, relocate = 0 WHERE id = ?', boxId, id);
  }

  setListed(id: number, at: number | null): void {
    this.#db.run('UPDATE folder SET listed_at = ? WHERE id = ?', at, id);
  }

  /** It is no longer on Box: it and all below it are as if they had never been there. Files keep their digests. */
  unplaceBelow(id: number): void {
    this.#db.run(
      `${below} UPDATE file SET box_id = NULL, box_name = NULL, box_etag = NULL, box_version_id = NULL, box_sha1 = NULL,
         outcome = CASE WHEN outcome IN ('sent', 'adopted', 'unchanged', 'kept', 'failed') AND inode IS NOT NULL THEN 'pending' ELSE outcome END
         WHERE folder_id IN below`,
      id,
    );
    this.#db.run(
      `${below} UPDATE folder SET state = CASE WHEN state IN ('gone', 'left') THEN state ELSE 'found' END,
         box_id = NULL, listed_at = NULL WHERE id IN below`,
      id,
    );
  }

  /** The folder stands elsewhere now; what is below comes along. Paths that were put together before are void. */
  moveFolder(id: number, to: { pairId: number; parentId: number; name: string; nameRaw: Uint8Array | null }): void {
    this.#db.run(
      'UPDATE folder SET parent_id = ?, name = ?, name_raw = ?, relocate = 0 WHERE id = ?',
      to.parentId,
      to.name,
      to.nameRaw,
      id,
    );
    const from = Number(this.#db.get('SELECT owner_id FROM folder WHERE id = ?', id)!['owner_id']);
    if (from === to.pairId) return;
    this.#db.run(`${below} UPDATE file SET owner_id = ? WHERE folder_id IN below`, id, to.pairId);
    this.#db.run(`${below} UPDATE folder SET owner_id = ? WHERE id IN below`, id, to.pairId);
  }

  /** A move on Box (or the making of a folder there) is about to begin, or is known to have ended. */
  setMoving(kind: 'file' | 'folder', ids: readonly number[], isMoving: boolean): void {
    for (const id of ids) this.#db.run(`UPDATE ${kind} SET relocate = ? WHERE id = ?`, isMoving ? 1 : 0, id);
  }

  /** Folders that are here, and whose place on Box may be another. */
  foldersToRelocate(pairId: number): PairFolder[] {
    return this.#db
      .all(
        `${selectFolder} WHERE owner_id = ? AND relocate = 1 AND box_id IS NOT NULL AND state NOT IN ('gone', 'left')`,
        pairId,
      )
      .map(toFolder);
  }

  /** Folders with files whose place on Box may be another. */
  foldersOfMoving(pairId: number): number[] {
    return this.#db
      .arrays('SELECT DISTINCT folder_id FROM file WHERE owner_id = ? AND relocate = 1', pairId)
      .map(([id]) => Number(id));
  }

  /** Whether a file of the tree has a transfer that has not ended. */
  hasTransfersBelow(id: number): boolean {
    const row = this.#db.get(
      `${below} SELECT 1 FROM file JOIN transfer ON transfer.file_id = file.id
         WHERE file.folder_id IN below AND ${isLive} LIMIT 1`,
      id,
    );
    return row !== undefined;
  }

  /** Whether something below it is gone without a decision. */
  hasUndecidedBelow(id: number): boolean {
    const files = this.#db.get(`${below} SELECT 1 FROM file WHERE folder_id IN below AND outcome = 'gone' LIMIT 1`, id);
    if (files) return true;
    return this.#db.get("SELECT 1 FROM folder WHERE parent_id = ? AND state = 'gone' LIMIT 1", id) !== undefined;
  }

  /** Forgets a folder and all below it: rows that have no place on Box, or whose place is gone there too. */
  removeFolder(id: number): void {
    this.#db.run(
      `${below} DELETE FROM transfer WHERE file_id IN (SELECT file.id FROM file WHERE folder_id IN below)`,
      id,
    );
    this.#db.run(
      `${below} DELETE FROM question WHERE answer IS NULL AND file_id IN (SELECT file.id FROM file WHERE folder_id IN below)`,
      id,
    );
    this.#db.run(`${below} DELETE FROM question WHERE answer IS NULL AND folder_id IN below`, id);
    this.#db.run(`${below} DELETE FROM file WHERE folder_id IN below`, id);
    const ids = this.#db.arrays(`${below} SELECT id FROM below`, id).map(([row]) => Number(row));
    // From the leaves up: a folder refers to its parent, and the walk tells parents first.
    for (const folderId of ids.reverse()) this.#db.run('DELETE FROM folder WHERE id = ?', folderId);
    this.#onPathsChanged();
  }

  /** Files of a folder that failed only because it did. */
  reopenFailed(folderId: number): void {
    this.#db.run(
      "UPDATE file SET outcome = 'pending', problem = NULL WHERE folder_id = ? AND outcome = 'failed' AND inode IS NOT NULL",
      folderId,
    );
  }

  /**
   * What failed in a folder under a name that is free on Box now, or one that is the same to Box, is tried again; returns the
   * folders in which something waits so. Asked for each file that goes: the few that failed are read, never the folder.
   */
  reopenNamed(folderId: number, name: string): number[] {
    const key = nameKey(name);
    const named = (rows: readonly unknown[][]) =>
      rows.filter((row) => nameKey(row[1] as string) === key).map(([id]) => Number(id));
    const files = named(
      this.#db.arrays(
        `SELECT id, name FROM file WHERE owner_id = (SELECT owner_id FROM folder WHERE id = ?1) AND +folder_id = ?1
           AND ${isTroubled} AND outcome = 'failed' AND inode IS NOT NULL`,
        folderId,
      ),
    );
    // The problem stays until the plan says otherwise, so that the same is not told again.
    for (const id of files) this.#db.run("UPDATE file SET outcome = 'pending' WHERE id = ?", id);
    const folders = named(
      this.#db.arrays(
        `SELECT id, name FROM folder WHERE owner_id = (SELECT owner_id FROM folder WHERE id = ?1) AND scan = 0
           AND state = 'failed' AND +parent_id = ?1 AND box_id IS NULL`,
        folderId,
      ),
    );
    if (files.length === 0 && folders.length === 0) return [];
    return [folderId, ...folders.flatMap((id) => this.reopenFolder(id))];
  }

  /** A folder that failed is tried again, and what is below it and failed for the same reason; returns all folders of it. */
  reopenFolder(id: number): number[] {
    const problem = (this.#db.get('SELECT problem FROM folder WHERE id = ?', id)?.['problem'] ?? null) as string | null;
    this.#db.run(
      `${below} UPDATE file SET outcome = 'pending', problem = NULL
         WHERE folder_id IN below AND outcome = 'failed' AND problem IS ? AND inode IS NOT NULL`,
      id,
      problem,
    );
    this.#db.run(
      `${below} UPDATE folder SET state = CASE WHEN box_id IS NULL THEN 'found' ELSE 'planned' END, problem = NULL
         WHERE id IN below AND state = 'failed' AND problem IS ?`,
      id,
      problem,
    );
    return this.idsBelow(id);
  }

  /** A folder and all below it. */
  idsBelow(id: number): number[] {
    return this.#db.arrays(`${below} SELECT id FROM below`, id).map(([row]) => Number(row));
  }

  /** Names in a folder that are here, of files and folders; `onBox` where that very name stands on Box by our doing. */
  names(folderId: number): { name: string; onBox: boolean }[] {
    return this.#db
      .arrays(
        `SELECT name, ifnull(box_name = name, 0) AS on_box FROM file WHERE folder_id = ?1 AND kind = 'file'
           AND outcome NOT IN ('gone', 'left')
         UNION ALL SELECT name, box_id IS NOT NULL FROM folder WHERE parent_id = ?1 AND state NOT IN ('gone', 'left')`,
        folderId,
      )
      .map(([name, onBox]) => ({ name: name as string, onBox: onBox === 1 }));
  }

  /** Names of all rows in a folder, gone ones included; at most 1,000. */
  allNames(folderId: number): string[] {
    return this.#db
      .arrays(
        `SELECT name FROM file WHERE folder_id = ?1 UNION ALL SELECT name FROM folder WHERE parent_id = ?1 LIMIT 1000`,
        folderId,
      )
      .map(([name]) => name as string);
  }

  /** The file or folder that an item on Box is bound to. */
  boundTo(kind: 'file' | 'folder', boxId: string): number | undefined {
    const table = kind === 'file' ? 'file' : 'folder';
    const row = this.#db.get(`SELECT id FROM ${table} WHERE box_id = ? AND scan = 0`, boxId);
    return row && Number(row['id']);
  }
}

const selectFolder = `SELECT id, owner_id, parent_id, name, name_raw, state, box_id, dev, inode, birthtime_ns, changed_at,
  listed_at, relocate FROM folder`;

function toFolder(row: Row): PairFolder {
  return {
    id: Number(row['id']),
    pairId: Number(row['owner_id']),
    parentId: row['parent_id'] === null ? null : Number(row['parent_id']),
    name: row['name'] as string,
    nameRaw: row['name_raw'] as Uint8Array | null,
    state: row['state'] as FolderState,
    boxId: row['box_id'] as string | null,
    dev: row['dev'] as string | null,
    inode: row['inode'] as string | null,
    birthtimeNs: row['birthtime_ns'] as string | null,
    changedAt: Number(row['changed_at']),
    listedAt: row['listed_at'] === null ? null : Number(row['listed_at']),
    isMoving: row['relocate'] === 1,
  };
}
