import type { PartOrigin } from '../../../shared/transfer-state.ts';
import type { SentPart } from '../../box/upload-session/journal.ts';
import type { Database } from './database.ts';

export interface PartRowData {
  index: number;
  state: 'sending' | 'done';
  sha1: string;
  partId: string | null;
  attempts: number;
  origin: PartOrigin | null;
}

/** The parts of transfers, by the transfer's id. Every method that writes is called within a transaction. */
export class PartStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  sending(id: number, index: number, sha1: string): void {
    this.#db.run(
      `INSERT INTO part (transfer_id, part_index, state, sha1, attempts) VALUES (?, ?, 'sending', ?, 1)
         ON CONFLICT DO UPDATE SET state = 'sending', sha1 = excluded.sha1, attempts = attempts + 1, part_id = NULL, origin = NULL`,
      id,
      index,
      sha1,
    );
  }

  done(id: number, part: SentPart): void {
    this.#db.run(
      `INSERT INTO part (transfer_id, part_index, state, sha1, part_id, origin) VALUES (?, ?, 'done', ?, ?, ?)
         ON CONFLICT DO UPDATE SET state = 'done', sha1 = excluded.sha1, part_id = excluded.part_id, origin = excluded.origin`,
      id,
      part.index,
      part.sha1,
      part.partId,
      part.origin,
    );
  }

  /** In their order; all of them, or those of a stretch of indexes. */
  list(id: number, from = 0, count = Number.MAX_SAFE_INTEGER): PartRowData[] {
    const rows = this.#db.all(
      'SELECT * FROM part WHERE transfer_id = ? AND part_index >= ? AND part_index < ? ORDER BY part_index',
      id,
      from,
      Math.min(from + count, Number.MAX_SAFE_INTEGER),
    );
    return rows.map((row) => ({
      index: Number(row['part_index']),
      state: row['state'] as 'sending' | 'done',
      sha1: row['sha1'] as string,
      partId: row['part_id'] as string | null,
      attempts: Number(row['attempts']),
      origin: row['origin'] as PartOrigin | null,
    }));
  }

  /** Everything known of them is void. */
  clear(id: number): void {
    this.#db.run('DELETE FROM part WHERE transfer_id = ?', id);
  }
}
