import type { Receipt } from '../../../shared/model.ts';
import type { Database, Row } from './database.ts';
import type { OwnerStore } from './owners.ts';

/** Proof of what arrived; rows are only ever added. */
export class ReceiptStore {
  readonly #db: Database;
  readonly #owners: OwnerStore;

  constructor(db: Database, owners: OwnerStore) {
    this.#db = db;
    this.#owners = owners;
  }

  add(receipt: Omit<Receipt, 'id' | 'jobId' | 'pairId'> & { ownerId: number }): void {
    this.#db.run(
      `INSERT INTO receipt (owner_id, path, size, sha1, box_sha1, file_id, version_id, etag, how, sent_bytes, at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      receipt.ownerId,
      receipt.path,
      receipt.sizeBytes,
      receipt.sha1,
      receipt.boxSha1,
      receipt.fileId,
      receipt.versionId,
      receipt.etag,
      receipt.how,
      receipt.sentBytes,
      receipt.at,
    );
  }

  list(query: { ownerId: number | null; after: number; limit: number }): Receipt[] {
    return this.#db
      .all(
        'SELECT * FROM receipt WHERE id > ? AND (? IS NULL OR owner_id = ?) ORDER BY id LIMIT ?',
        query.after,
        query.ownerId,
        query.ownerId,
        query.limit,
      )
      .map((row) => this.#toReceipt(row));
  }

  /** The newest first: those with a smaller id than `before` (null: all of them). */
  newest(before: number | null, limit: number): Receipt[] {
    return this.#db
      .all('SELECT * FROM receipt WHERE id < ? ORDER BY id DESC LIMIT ?', before ?? Number.MAX_SAFE_INTEGER, limit)
      .map((row) => this.#toReceipt(row));
  }

  /** What `newest` would give, with nothing but the paths: for looking for some among many. */
  newestPaths(before: number | null, limit: number): { id: number; path: string }[] {
    return this.#db
      .arrays(
        'SELECT id, path FROM receipt WHERE id < ? ORDER BY id DESC LIMIT ?',
        before ?? Number.MAX_SAFE_INTEGER,
        limit,
      )
      .map(([id, path]) => ({ id: Number(id), path: path as string }));
  }

  get(id: number): Receipt | undefined {
    const row = this.#db.get('SELECT * FROM receipt WHERE id = ?', id);
    return row && this.#toReceipt(row);
  }

  /** How many there are. Ids have no gaps: rows are only ever added, and an addition that is undone gives its id back. */
  count(): number {
    return Number(this.#db.get('SELECT ifnull(max(id), 0) AS receipts FROM receipt')!['receipts']);
  }

  #toReceipt(row: Row): Receipt {
    return {
      id: Number(row['id']),
      ...this.#owners.ref(Number(row['owner_id'])),
      path: row['path'] as string,
      sizeBytes: Number(row['size']),
      sha1: row['sha1'] as string,
      boxSha1: row['box_sha1'] as string,
      fileId: row['file_id'] as string,
      versionId: row['version_id'] as string | null,
      etag: row['etag'] as string | null,
      how: row['how'] as 'sent' | 'adopted',
      sentBytes: Number(row['sent_bytes']),
      at: Number(row['at']),
    };
  }
}
