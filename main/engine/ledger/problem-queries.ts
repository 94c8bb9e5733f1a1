import type { ProblemCode } from '../../../shared/problem-table.ts';
import type { Database } from './database.ts';
import { isTroubled } from './file-row.ts';

/** A file or folder that did not make it, as much of it as grouping needs. */
export interface ProblemRow {
  id: number;
  code: ProblemCode;
  at: number;
  kind: 'file' | 'folder' | 'special';
  /** A person is asked about it: trying again is not what settles it. */
  isAsked: boolean;
  /** It is one of those that are told: neither left on Box by somebody's choice, nor failed because the folder above did. */
  isTold: boolean;
}

/** What did not make it, owner by owner in slices. A slice looks at `limit` rows at most, told or not. */
export class ProblemQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Jobs and pairs with files or folders that did not make it, in the order of their ids. */
  owners(): number[] {
    return this.#db
      .arrays(
        `SELECT owner_id FROM owner_count WHERE outcome IN ('failed', 'special') AND files > 0
         UNION SELECT owner_id FROM folder_count WHERE state = 'failed' AND folders > 0 ORDER BY owner_id`,
      )
      .map(([id]) => Number(id));
  }

  /** In the order of their ids, after the given one. */
  files(ownerId: number, after: number, limit: number): ProblemRow[] {
    return this.#db
      .arrays(
        `SELECT id, problem ->> '$.code', problem ->> '$.at', outcome,
           EXISTS (SELECT 1 FROM question WHERE question.file_id = file.id AND answer IS NULL)
           FROM file WHERE owner_id = ? AND ${isTroubled} AND id > ?
           ORDER BY id LIMIT ?`,
        ownerId,
        after,
        limit,
      )
      .map(([id, code, at, outcome, isAsked]) => ({
        id: Number(id),
        code: code as ProblemCode,
        at: Number(at),
        kind: outcome === 'special' ? 'special' : 'file',
        isAsked: isAsked === 1,
        isTold: outcome !== 'kept',
      }));
  }

  /** Folders of a scan (0: of a pair), in the order of their ids, after the given one. */
  folders(ownerId: number, scan: number, after: number, limit: number): ProblemRow[] {
    return this.#db
      .arrays(
        `SELECT id, problem ->> '$.code', problem ->> '$.at',
           EXISTS (SELECT 1 FROM question WHERE question.folder_id = folder.id AND answer IS NULL),
           parent_id IS NOT NULL AND (SELECT state FROM folder AS above WHERE above.id = folder.parent_id) <> 'failed'
           FROM folder WHERE owner_id = ? AND scan = ? AND state = 'failed' AND id > ? ORDER BY id LIMIT ?`,
        ownerId,
        scan,
        after,
        limit,
      )
      .map(([id, code, at, isAsked, isTold]) => ({
        id: Number(id),
        code: code as ProblemCode,
        at: Number(at),
        kind: 'folder',
        isAsked: isAsked === 1,
        isTold: isTold === 1 && code !== null,
      }));
  }
}
