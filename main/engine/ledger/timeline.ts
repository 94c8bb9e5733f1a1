import { endStates, type TransferState } from '../../../shared/transfer-state.ts';
import type { Database } from './database.ts';

const keptTransitions = 200_000;
const keptTransitionMs = 90 * 24 * 3_600_000;
const ended = endStates.map((state) => `'${state}'`).join(', ');

/** The states that transfers went through. Every method that writes is called within a transaction. */
export class Timeline {
  readonly #db: Database;
  #trimmedTo = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  note(id: number, state: TransferState, note: string | null, now: number): void {
    this.#db.run('INSERT INTO transition (transfer_id, at, state, note) VALUES (?, ?, ?, ?)', id, now, state, note);
  }

  /** The newest thousand entries of a transfer's timeline, the oldest of them first. */
  list(id: number): { at: number; state: TransferState; note: string | null }[] {
    return this.#db
      .all('SELECT at, state, note FROM transition WHERE transfer_id = ? ORDER BY id DESC LIMIT 1000', id)
      .reverse()
      .map((row) => ({
        at: Number(row['at']),
        state: row['state'] as TransferState,
        note: row['note'] as string | null,
      }));
  }

  /**
   * Removes old entries of timelines: those of ended transfers that are older than 90 days or not among the newest 200,000
   * entries. Looks at `maxRows` entries at most and goes on there at the next call; `more` is false once everything was
   * looked at, and the next call begins anew.
   */
  trim(now: number, maxRows: number): { removed: number; more: boolean } {
    const newest = Number(this.#db.get('SELECT ifnull(max(id), 0) AS id FROM transition')!['id']);
    const tooOld = now - keptTransitionMs;
    const rows = this.#db.arrays(
      `SELECT transition.id, transition.at, transfer.state IN (${ended}) FROM transition
         JOIN transfer ON transfer.id = transition.transfer_id WHERE transition.id > ? ORDER BY transition.id LIMIT ?`,
      this.#trimmedTo,
      maxRows,
    );
    let removed = 0;
    for (const [id, at, isEnded] of rows) {
      if (Number(id) > newest - keptTransitions && Number(at) >= tooOld) {
        this.#trimmedTo = 0;
        return { removed, more: false };
      }
      this.#trimmedTo = Number(id);
      if (isEnded) removed += this.#db.run('DELETE FROM transition WHERE id = ?', id!).changes;
    }
    const more = rows.length > 0 && rows.length === maxRows;
    if (!more) this.#trimmedTo = 0;
    return { removed, more };
  }
}
