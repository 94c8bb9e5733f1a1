import type { SQLOutputValue } from 'node:sqlite';
import type { Database } from './database.ts';
import { isTroubled } from './file-row.ts';
import type { BoxCopy, FileOutcome } from './files.ts';

/** A file of a pair, as far as a comparison with Box needs it. */
export interface BoundFile {
  id: number;
  folderId: number;
  name: string;
  nameRaw: Uint8Array | null;
  outcome: FileOutcome;
  /** The digest of the content, and the factsKey under which it holds. */
  sha1: string | null;
  sha1Facts: string | null;
  box: BoxCopy | null;
}

/** A file or folder that failed because something of another kind has its name on Box. */
export interface WaitingForName {
  folderId: number;
  name: string;
  /** The folder on Box in which the name is taken. */
  parentBoxId: string;
  /** What it is that it can't be put over there. */
  takenBy: 'file' | 'folder';
}

/** What comparisons of a pair with Box ask of the ledger; nothing is written here. */
export class PairQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  file(id: number): BoundFile | undefined {
    const [row] = this.#db.arrays(`${select} WHERE id = ?`, id);
    return row && toBoundFile(row);
  }

  /** Files of a folder by their names, whatever became of them; names that are not UTF-8 stand by their replacement. */
  filesNamed(folderId: number, names: readonly string[]): BoundFile[] {
    return this.#db
      .arrays(
        `${select} WHERE folder_id = ? AND name IN (SELECT value FROM json_each(?))`,
        folderId,
        JSON.stringify(names),
      )
      .map(toBoundFile);
  }

  /** Files of a folder that Box has a copy of, after the given id. */
  filesOnBox(folderId: number, after: number, limit: number): BoundFile[] {
    return this.#db
      .arrays(
        `${select} WHERE folder_id = ? AND id > ? AND box_id IS NOT NULL ORDER BY id LIMIT ?`,
        folderId,
        after,
        limit,
      )
      .map(toBoundFile);
  }

  /** What waits until a name on Box is free. */
  waitingForName(pairId: number): WaitingForName[] {
    const files = this.#db.arrays(
      `SELECT folder.id, file.name, folder.box_id, 'folder' FROM file JOIN folder ON folder.id = file.folder_id
         WHERE file.owner_id = ? AND ${isTroubled}
         AND file.outcome = 'failed' AND file.problem ->> '$.code' = 'name.taken-by-folder' AND folder.box_id IS NOT NULL`,
      pairId,
    );
    const folders = this.#db.arrays(
      `SELECT above.id, folder.name, above.box_id, 'file' FROM folder JOIN folder AS above ON above.id = folder.parent_id
         WHERE folder.owner_id = ? AND folder.scan = 0 AND folder.state = 'failed'
         AND folder.problem ->> '$.code' = 'name.taken-by-file' AND above.box_id IS NOT NULL`,
      pairId,
    );
    return [...files, ...folders].map(([folderId, name, parentBoxId, takenBy]) => ({
      folderId: Number(folderId),
      name: name as string,
      parentBoxId: parentBoxId as string,
      takenBy: takenBy as 'file' | 'folder',
    }));
  }

  /** The files of pairs that are bound to a file of Box; usually one. */
  filesBoundTo(boxId: string): BoundFile[] {
    return this.#db.arrays(`${select} WHERE box_id = ? AND scan = 0`, boxId).map(toBoundFile);
  }
}

const select = `SELECT id, folder_id, name, name_raw, outcome, sha1, sha1_facts, box_id, box_name, box_etag,
  box_version_id, box_sha1 FROM file`;

function toBoundFile(row: SQLOutputValue[]): BoundFile {
  const boxId = row[7] as string | null;
  return {
    id: row[0] as number,
    folderId: row[1] as number,
    name: row[2] as string,
    nameRaw: row[3] as Uint8Array | null,
    outcome: row[4] as FileOutcome,
    sha1: row[5] as string | null,
    sha1Facts: row[6] as string | null,
    box:
      boxId === null
        ? null
        : {
            fileId: boxId,
            name: row[8] as string,
            etag: row[9] as string | null,
            versionId: row[10] as string | null,
            sha1: row[11] as string,
          },
  };
}
