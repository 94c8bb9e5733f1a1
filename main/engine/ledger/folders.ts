import type { Problem } from '../../../shared/problem.ts';
import type { Database, Row } from './database.ts';
import { childPath, entryPath } from '../scan/raw-path.ts';
import { readProblem } from './jobs.ts';

export type FolderState = 'found' | 'create' | 'list' | 'planned' | 'failed' | 'gone' | 'left';

export interface FolderRow {
  id: number;
  ownerId: number;
  /** Null for a container, whose name is an absolute path and whose place on Box is the job's target. */
  parentId: number | null;
  name: string;
  nameRaw: Uint8Array | null;
  state: FolderState;
  boxId: string | null;
  problem: Problem | null;
}

export interface FolderPath {
  /** For people: with replacements where a name is not valid UTF-8. */
  display: string;
  /** For the file system: raw bytes where a name on the way is not valid UTF-8. */
  local: string | Buffer;
}

const keptPaths = 4096;

/** Local folders and their places on Box. Every method that writes is called within a transaction. */
export class FolderStore {
  readonly #db: Database;
  readonly #paths = new Map<number, FolderPath>();
  readonly #containers = new Map<number, boolean>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** Notes that the scan has found the folder; a known one waits for its place again. Returns its id. */
  record(folder: {
    ownerId: number;
    parentId: number | null;
    name: string;
    nameRaw: Uint8Array | null;
    scan: number;
    complete: boolean;
  }): number {
    // A partial index serves each of the two; `parent_id IS ?` would use neither.
    const known =
      folder.parentId === null
        ? this.#db.get(
            'SELECT id, scan FROM folder WHERE owner_id = ? AND parent_id IS NULL AND name = ? AND name_raw IS ?',
            folder.ownerId,
            folder.name,
            folder.nameRaw,
          )
        : this.#db.get(
            'SELECT id, scan FROM folder WHERE parent_id = ? AND name = ? AND name_raw IS ?',
            folder.parentId,
            folder.name,
            folder.nameRaw,
          );
    const complete = folder.complete ? 1 : 0;
    if (!known) {
      return this.#db.run(
        "INSERT INTO folder (owner_id, parent_id, name, name_raw, state, scan, complete) VALUES (?, ?, ?, ?, 'found', ?, ?)",
        folder.ownerId,
        folder.parentId,
        folder.name,
        folder.nameRaw,
        folder.scan,
        complete,
      ).id;
    }
    const id = Number(known['id']);
    if (Number(known['scan']) === folder.scan) {
      this.#db.run('UPDATE folder SET complete = ?1 WHERE id = ?2 AND complete <> ?1', complete, id);
    } else {
      this.#db.run(
        "UPDATE folder SET state = 'found', problem = NULL, scan = ?, complete = ? WHERE id = ?",
        folder.scan,
        complete,
        id,
      );
    }
    return id;
  }

  get(id: number): FolderRow | undefined {
    const row = this.#db.get(`${select} WHERE id = ?`, id);
    return row && toFolder(row);
  }

  /** Folders whose parent has its place and whose entries are all known: they can be made or listed now. */
  ready(ownerId: number, scan: number, limit: number): FolderRow[] {
    return this.#db
      .all(
        `${select} WHERE owner_id = ? AND state IN ('create', 'list') AND complete = 1 AND scan = ? ORDER BY id LIMIT ?`,
        ownerId,
        scan,
        limit,
      )
      .map(toFolder);
  }

  /** How many folders of the scan have neither their plan nor a problem. */
  unplanned(ownerId: number, scan: number): number {
    const row = this.#db.get(
      `SELECT ifnull(sum(folders), 0) AS folders FROM folder_count
         WHERE owner_id = ? AND scan = ? AND state IN ('found', 'create', 'list')`,
      ownerId,
      scan,
    );
    return Number(row!['folders']);
  }

  children(parentId: number, scan: number): FolderRow[] {
    return this.#db.all(`${select} WHERE parent_id = ? AND scan = ? ORDER BY name`, parentId, scan).map(toFolder);
  }

  /** Folders of the owner that this scan did not see. */
  unseen(ownerId: number, scan: number): FolderRow[] {
    return this.#db.all(`${select} WHERE owner_id = ? AND scan < ?`, ownerId, scan).map(toFolder);
  }

  containers(): FolderRow[] {
    return this.#db.all(`${select} WHERE parent_id IS NULL`).map(toFolder);
  }

  child(parentId: number, name: string): FolderRow | undefined {
    const row = this.#db.get(`${select} WHERE parent_id = ? AND name = ? ORDER BY scan DESC LIMIT 1`, parentId, name);
    return row && toFolder(row);
  }

  place(id: number, state: 'create' | 'list' | 'planned', boxId: string | null): void {
    this.#db.run('UPDATE folder SET state = ?, box_id = ? WHERE id = ?', state, boxId, id);
  }

  /** Neither the folder nor anything below it can go up; what was found below is failed for the same reason. */
  fail(id: number, problem: Problem): void {
    const text = JSON.stringify(problem);
    this.#db.run(
      `WITH RECURSIVE below (id) AS (
         VALUES (?) UNION ALL SELECT folder.id FROM folder JOIN below ON folder.parent_id = below.id)
       UPDATE file SET outcome = 'failed', problem = ? WHERE folder_id IN below AND outcome NOT IN ('special', 'gone', 'left')`,
      id,
      text,
    );
    this.#db.run(
      `WITH RECURSIVE below (id) AS (
         VALUES (?) UNION ALL SELECT folder.id FROM folder JOIN below ON folder.parent_id = below.id)
       UPDATE folder SET state = 'failed', problem = ? WHERE id IN below AND state NOT IN ('gone', 'left')`,
      id,
      text,
    );
  }

  failures(ownerId: number, scan: number): FolderRow[] {
    return this.#db
      .all(
        `${select} AS folder WHERE owner_id = ? AND scan = ? AND state = 'failed' AND parent_id IS NOT NULL
           AND (SELECT state FROM folder AS parent WHERE parent.id = folder.parent_id) <> 'failed' LIMIT 1000`,
        ownerId,
        scan,
      )
      .map(toFolder);
  }

  /** Whether a folder stands for the target: the user has named what is in it. Never changes, and is asked for every file. */
  isContainer(id: number): boolean {
    let isContainer = this.#containers.get(id);
    if (isContainer === undefined) {
      isContainer = this.get(id)?.parentId === null;
      if (this.#containers.size >= keptPaths) this.#containers.clear();
      this.#containers.set(id, isContainer);
    }
    return isContainer;
  }

  /** Folders have moved or are gone, and their ids may be given again: what is known by them is looked up anew. */
  forgetPaths(): void {
    this.#paths.clear();
    this.#containers.clear();
  }

  /** The path of a folder, put together from its parents. */
  path(id: number): FolderPath {
    const kept = this.#paths.get(id);
    if (kept) return kept;
    const row = this.get(id);
    if (!row) throw new Error(`the ledger has no folder ${id}`);
    const path = row.parentId === null ? rootPath(row) : joinPath(this.path(row.parentId), row.name, row.nameRaw);
    if (this.#paths.size >= keptPaths) this.#paths.clear();
    this.#paths.set(id, path);
    return path;
  }
}

function rootPath(row: FolderRow): FolderPath {
  return { display: row.name, local: row.nameRaw ? Buffer.from(row.nameRaw) : row.name };
}

/**
 * A path one name longer; in raw bytes as soon as any name on the way is not valid UTF-8. Written as a walk writes it: paths of both
 * are compared as text.
 */
export function joinPath(folder: FolderPath, name: string, nameRaw: Uint8Array | null): FolderPath {
  return { display: entryPath(folder.display, name), local: childPath(folder.local, { name, rawName: nameRaw }) };
}

const select = 'SELECT id, owner_id, parent_id, name, name_raw, state, box_id, problem FROM folder';

function toFolder(row: Row): FolderRow {
  return {
    id: Number(row['id']),
    ownerId: Number(row['owner_id']),
    parentId: row['parent_id'] === null ? null : Number(row['parent_id']),
    name: row['name'] as string,
    nameRaw: row['name_raw'] as Uint8Array | null,
    state: row['state'] as FolderState,
    boxId: row['box_id'] as string | null,
    problem: readProblem(row['problem']),
  };
}
