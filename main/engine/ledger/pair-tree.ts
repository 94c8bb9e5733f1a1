import type { Problem } from '../../../shared/problem.ts';
import type { Database, Row } from './database.ts';
import { factsKey, type LedgerFacts } from './facts.ts';
import type { FileOutcome } from './files.ts';
import type { FolderState } from './folders.ts';
import { readProblem } from './jobs.ts';

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
  /** A move of it was begun on Box, and may have been carried out. */
  isMoving: boolean;
}

/** Which folder it is. */
export type FolderIdentity = Pick<LedgerFacts, 'dev' | 'inode' | 'birthtimeNs'>;

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

/** A file of a pair, as planning moves and deletions needs it. */
export interface PairFile {
  id: number;
  pairId: number;
  folderId: number;
  name: string;
  nameRaw: Uint8Array | null;
  facts: LedgerFacts | null;
  outcome: FileOutcome;
  /** When the row was last changed by a look at the disk. */
  seenAt: number;
  /** The digest, where it is that of Box's copy, and the facts under which it held. */
  syncedSha1: string | null;
  syncedFacts: string | null;
  sha1: string | null;
  sha1Facts: string | null;
  boxId: string | null;
  boxEtag: string | null;
  boxName: string | null;
  boxVersionId: string | null;
  boxSha1: string | null;
  /** Its place on Box may be another than here: a move was begun, or is due. */
  isMoving: boolean;
}

/** Where a file lies, or comes to lie. */
export interface FilePlace {
  pairId: number;
  folderId: number;
  name: string;
  nameRaw: Uint8Array | null;
  facts: LedgerFacts;
}

/**
 * The rows of folders and files of pairs (scan 0), which are compared folder by folder and, unlike those of jobs, move. Every
 * method that writes is called within a transaction.
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

  childByName(parentId: number, name: string, nameRaw: Uint8Array | null): PairFolder | undefined {
    const row = this.#db.get(
      `${selectFolder} WHERE parent_id = ? AND name = ? AND name_raw IS ?`,
      parentId,
      name,
      nameRaw,
    );
    return row && toFolder(row);
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

  /** Its place on Box; `listedAt` null where what stands there is not known. */
  place(id: number, boxId: string, listedAt: number | null): void {
    this.#db.run(
      "UPDATE folder SET state = 'planned', problem = NULL, box_id = ?, listed_at = ? WHERE id = ?",
      boxId,
      listedAt,
      id,
    );
  }

  setListed(id: number, at: number | null): void {
    this.#db.run('UPDATE folder SET listed_at = ? WHERE id = ?', at, id);
  }

  /** It is no longer on Box: it and all below it are as if they had never been there. Files keep their digests. */
  unplaceBelow(id: number): void {
    this.#db.run(
      `${below} UPDATE file SET box_id = NULL, box_name = NULL, box_etag = NULL, box_version_id = NULL, box_sha1 = NULL,
         outcome = CASE WHEN outcome IN ('sent', 'adopted', 'unchanged', 'kept', 'failed') THEN 'pending' ELSE outcome END
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

  /** A move on Box is about to begin, or is known to have ended. */
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
    this.#db.run(`${below} DELETE FROM file WHERE folder_id IN below`, id);
    const ids = this.#db.arrays(`${below} SELECT id FROM below`, id).map(([row]) => Number(row));
    // From the leaves up: a folder refers to its parent, and the walk tells parents first.
    for (const folderId of ids.reverse()) this.#db.run('DELETE FROM folder WHERE id = ?', folderId);
    this.#onPathsChanged();
  }

  /**
   * Compares entries of a folder with its rows. `whole`: they are all that it holds, so that files without an entry are gone;
   * else they are a slice, and `goneBut` follows. An unchanged file is not written; one that failed or was left alone stays as
   * it is until it changes. `isNew`: the folder has no rows of files yet.
   */
  compare(
    folder: { pairId: number; folderId: number; now: number; whole: boolean; isNew?: boolean },
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
    return compared;
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
    this.setLeft(id, now);
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

  /** No longer here, and not decided. */
  setGone(id: number, now: number): void {
    this.#db.run("UPDATE file SET outcome = 'gone', problem = NULL, seen_at = ? WHERE id = ?", now, id);
  }

  /** Gone, and Box's copy stays. */
  setLeft(id: number, now: number): void {
    this.#db.run("UPDATE file SET outcome = 'left', problem = NULL, seen_at = ? WHERE id = ?", now, id);
  }

  /** Files of a folder that failed only because it did. */
  reopenFailed(folderId: number): void {
    this.#db.run(
      "UPDATE file SET outcome = 'pending', problem = NULL WHERE folder_id = ? AND outcome = 'failed'",
      folderId,
    );
  }

  /** What failed in a folder under a name that is free on Box now is tried again; returns the folders in which something waits so. */
  reopenNamed(folderId: number, name: string): number[] {
    const files = this.#db.run(
      "UPDATE file SET outcome = 'pending' WHERE folder_id = ? AND name = ? AND outcome = 'failed'",
      folderId,
      name,
    );
    const failed = this.#db.get(
      "SELECT id FROM folder WHERE parent_id = ? AND name = ? AND state = 'failed' AND box_id IS NULL",
      folderId,
      name,
    );
    if (!failed) return files.changes > 0 ? [folderId] : [];
    return [folderId, ...this.reopenFolder(Number(failed['id']))];
  }

  /** A folder that failed is tried again, and what is below it and failed for the same reason; returns all folders of it. */
  reopenFolder(id: number): number[] {
    const problem = (this.#db.get('SELECT problem FROM folder WHERE id = ?', id)?.['problem'] ?? null) as string | null;
    this.#db.run(
      `${below} UPDATE file SET outcome = 'pending', problem = NULL
         WHERE folder_id IN below AND outcome = 'failed' AND problem IS ?`,
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

  /** It is to be planned again. */
  reopen(id: number): void {
    this.#db.run("UPDATE file SET outcome = 'pending', problem = NULL WHERE id = ?", id);
  }

  file(id: number): PairFile | undefined {
    const row = this.#db.get(`${selectFile} WHERE id = ?`, id);
    return row && toFile(row);
  }

  /** Gone without a decision, in the order of their ids, after the given one. */
  goneFiles(pairId: number, after: number, limit: number): PairFile[] {
    return this.#db
      .all(
        `${selectFile} WHERE owner_id = ? AND outcome = 'gone' AND scan = 0 AND id > ? ORDER BY id LIMIT ?`,
        pairId,
        after,
        limit,
      )
      .map(toFile);
  }

  countGone(pairId: number): number {
    const row = this.#db.get("SELECT files FROM owner_count WHERE owner_id = ? AND outcome = 'gone'", pairId);
    return Number(row?.['files'] ?? 0);
  }

  /** Files of a folder that wait for a plan: here, and with no transfer that may go on by itself. In slices by id; `isBound`: on Box already. */
  openFiles(folderId: number, after: number, limit: number, isBound = false): PairFile[] {
    return this.#db
      .all(
        `${selectFile} WHERE folder_id = ? AND outcome = 'pending' AND id > ? ${isBound ? 'AND box_id IS NOT NULL' : ''} AND NOT EXISTS (SELECT 1 FROM transfer
           WHERE transfer.file_id = file.id AND ${isLive} AND transfer.state <> 'needs-you') ORDER BY id LIMIT ?`,
        folderId,
        after,
        limit,
      )
      .map(toFile);
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

  /**
   * Files that have moved: each takes its new place at once, so that they may change places with each other. A row that
   * stood there and is not itself among them was new there, and is forgotten.
   */
  moveFiles(moves: readonly { id: number; to: FilePlace; box: { etag: string | null; name: string } | null }[]): void {
    // Its place on Box is set by the caller, or once what is on its way there has arrived (`box` null).
    for (const { id } of moves) this.#db.run('UPDATE file SET name = char(0) || id, name_raw = NULL WHERE id = ?', id);
    for (const { id, to, box } of moves) {
      const standing = this.#db.get(
        'SELECT id FROM file WHERE folder_id = ? AND name = ? AND name_raw IS ?',
        to.folderId,
        to.name,
        to.nameRaw,
      );
      if (standing) this.removeFile(Number(standing['id']));
      const { facts } = to;
      this.#db.run(
        `UPDATE file SET owner_id = ?, folder_id = ?, name = ?, name_raw = ?, dev = ?, inode = ?, size = ?, mtime_ns = ?,
           ctime_ns = ?, birthtime_ns = ?, outcome = ?, problem = NULL, box_etag = ifnull(?, box_etag), box_name = ifnull(?, box_name),
           own_name = 0, relocate = ? WHERE id = ?`,
        to.pairId,
        to.folderId,
        to.name,
        to.nameRaw,
        facts.dev,
        facts.inode,
        facts.sizeBytes,
        facts.mtimeNs,
        facts.ctimeNs,
        facts.birthtimeNs,
        box ? 'unchanged' : 'pending',
        box?.etag ?? null,
        box?.name ?? null,
        box ? 0 : 1,
        id,
      );
      // What stands there is what Box holds: that is how it was found.
      if (box) this.#db.run('UPDATE file SET sha1 = box_sha1, sha1_facts = ? WHERE id = ?', factsKey(facts), id);
    }
  }

  /** Forgets a file and the history of its transfers; receipts stay. */
  removeFile(id: number): void {
    this.#db.run('DELETE FROM transfer WHERE file_id = ?', id);
    this.#db.run('DELETE FROM question WHERE file_id = ? AND answer IS NULL', id);
    this.#db.run('DELETE FROM file WHERE id = ?', id);
  }

  /** Files of a folder that are no longer here and have a name on Box, or may come to have it by a transfer that has not ended. */
  awayOnBox(folderId: number): { id: number; boxName: string; isBound: boolean; isLive: boolean }[] {
    const isAny = this.#db.get(
      `SELECT 1 FROM folder JOIN owner_count ON owner_count.owner_id = folder.owner_id
         WHERE folder.id = ? AND outcome IN ('gone', 'left') AND files > 0`,
      folderId,
    );
    if (!isAny) return [];
    return this.#db
      .all(
        `SELECT id, ifnull(box_name, name) AS box_name, box_id IS NOT NULL AS bound,
           EXISTS (SELECT 1 FROM transfer WHERE transfer.file_id = file.id AND ${isLive}) AS live FROM file
           WHERE folder_id = ? AND outcome IN ('gone', 'left') ORDER BY id`,
        folderId,
      )
      .map((row) => ({
        id: Number(row['id']),
        boxName: row['box_name'] as string,
        isBound: row['bound'] === 1,
        isLive: row['live'] === 1,
      }))
      .filter(({ isBound, isLive: mayCome }) => isBound || mayCome);
  }

  /** The row of a file that is no longer here stands for a new one, `by`, whose own row is forgotten: Box's file is renamed and gets a version. */
  takeOver(id: number, by: number): void {
    const { name, nameRaw, facts } = this.file(by)!;
    this.removeFile(by);
    this.#db.run(
      `UPDATE file SET name = ?, name_raw = ?, kind = 'file', dev = ?, inode = ?, size = ?, mtime_ns = ?, ctime_ns = ?,
         birthtime_ns = ?, outcome = 'pending', problem = NULL, own_name = 0, relocate = box_name <> ?1 WHERE id = ?`,
      name,
      nameRaw,
      facts!.dev,
      facts!.inode,
      facts!.sizeBytes,
      facts!.mtimeNs,
      facts!.ctimeNs,
      facts!.birthtimeNs,
      id,
    );
  }

  /** It follows its file on Box: done, or not to be done. */
  setRelocated(id: number, box: { etag: string | null; name: string } | null): void {
    this.#db.run(
      'UPDATE file SET relocate = 0, box_etag = ifnull(?, box_etag), box_name = ifnull(?, box_name) WHERE id = ?',
      box?.etag ?? null,
      box?.name ?? null,
      id,
    );
  }

  /** Files of a folder that are here, and whose place on Box may be another, but for those on their way. */
  toRelocate(folderId: number): PairFile[] {
    return this.#db
      .all(
        `${selectFile} WHERE folder_id = ? AND relocate = 1 AND box_id IS NOT NULL AND outcome NOT IN ('gone', 'left') AND NOT EXISTS (SELECT 1 FROM transfer
           WHERE transfer.file_id = file.id AND ${isLive})`,
        folderId,
      )
      .map(toFile);
  }

  /** On Box it has a name of its own on purpose. */
  setOwnName(id: number, boxName: string | null): void {
    this.#db.run('UPDATE file SET own_name = 1, box_name = ifnull(?, box_name) WHERE id = ?', boxName, id);
  }

  /** What Box holds for it now, where somebody has changed it there: another etag, or name. */
  setBoxFacts(id: number, etag: string | null): void {
    this.#db.run('UPDATE file SET box_etag = ? WHERE id = ?', etag, id);
  }

  /** It is no longer on Box, or no longer to be taken for what stands there. */
  unbind(id: number): void {
    this.#db.run(
      `UPDATE file SET box_id = NULL, box_name = NULL, box_etag = NULL, box_version_id = NULL, box_sha1 = NULL, own_name = 0,
         relocate = 0 WHERE id = ?`,
      id,
    );
  }

  /** The file or folder that an item on Box is bound to. */
  boundTo(kind: 'file' | 'folder', boxId: string): number | undefined {
    const table = kind === 'file' ? 'file' : 'folder';
    const row = this.#db.get(`SELECT id FROM ${table} WHERE box_id = ? AND scan = 0`, boxId);
    return row && Number(row['id']);
  }

  /** Files that are on Box as they are here, in the order of their ids. */
  syncedFiles(pairId: number, after: number, limit: number): PairFile[] {
    return this.#db
      .all(
        `${selectFile} WHERE owner_id = ? AND id > ? AND box_id IS NOT NULL AND scan = 0
           AND outcome IN ('sent', 'adopted', 'unchanged') ORDER BY id LIMIT ?`,
        pairId,
        after,
        limit,
      )
      .map(toFile);
  }

  /** Files of a pair on Box with their facts, for looking whether a folder is the same under another device. */
  sample(pairId: number, limit: number): PairFile[] {
    return this.#db
      .all(
        `${selectFile} WHERE folder_id IN (SELECT id FROM folder WHERE owner_id = ? AND state = 'planned')
         AND outcome IN ('sent', 'adopted', 'unchanged') LIMIT ?`,
        pairId,
        limit,
      )
      .map(toFile);
  }

  #compareOne(
    folder: { pairId: number; folderId: number; now: number },
    entry: PairEntry,
    row: KnownFile | undefined,
    compared: Compared,
  ): void {
    const { problem } = entry;
    const outcome = problem === null ? 'pending' : entry.kind === 'file' ? 'failed' : 'special';
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

/** One text for a name: by its bytes where it is not valid UTF-8. A name holds no NUL. */
export function nameKey(name: string, raw: Uint8Array | null): string {
  return raw ? `${name}\0${Buffer.from(raw).toString('hex')}` : name;
}

const below = `WITH RECURSIVE below (id) AS (
  VALUES (?) UNION ALL SELECT folder.id FROM folder JOIN below ON folder.parent_id = below.id)`;

const isLive = "transfer.state NOT IN ('done', 'aborted', 'superseded')";

const selectFolder = `SELECT id, owner_id, parent_id, name, name_raw, state, box_id, dev, inode, birthtime_ns, changed_at,
  listed_at, relocate FROM folder`;

const selectKnown = `SELECT id, name, name_raw, kind, dev, inode, size, mtime_ns, ctime_ns, outcome, problem FROM file`;

const selectFile = `SELECT id, owner_id, folder_id, name, name_raw, dev, inode, size, mtime_ns, ctime_ns, birthtime_ns, outcome,
  seen_at, sha1, sha1_facts, box_id, box_etag, box_name, box_version_id, box_sha1, relocate FROM file`;

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

function toFile(row: Row): PairFile {
  const inode = row['inode'] as string | null;
  const sha1 = row['sha1'] as string | null;
  const isSynced = sha1 !== null && sha1 === row['box_sha1'];
  return {
    id: Number(row['id']),
    pairId: Number(row['owner_id']),
    folderId: Number(row['folder_id']),
    name: row['name'] as string,
    nameRaw: row['name_raw'] as Uint8Array | null,
    facts:
      inode === null
        ? null
        : {
            dev: row['dev'] as string,
            inode,
            sizeBytes: Number(row['size']),
            mtimeNs: row['mtime_ns'] as string,
            ctimeNs: row['ctime_ns'] as string,
            birthtimeNs: row['birthtime_ns'] as string | null,
          },
    outcome: row['outcome'] as FileOutcome,
    seenAt: Number(row['seen_at']),
    syncedSha1: isSynced ? sha1 : null,
    syncedFacts: isSynced ? (row['sha1_facts'] as string) : null,
    sha1,
    sha1Facts: row['sha1_facts'] as string | null,
    boxId: row['box_id'] as string | null,
    boxEtag: row['box_etag'] as string | null,
    boxName: row['box_name'] as string | null,
    boxVersionId: row['box_version_id'] as string | null,
    boxSha1: row['box_sha1'] as string | null,
    isMoving: row['relocate'] === 1,
  };
}
