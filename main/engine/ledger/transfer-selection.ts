import type { TransferState } from '../../../shared/transfer-state.ts';
import type { Database } from './database.ts';

/** Where a transfer stands in the queue of its owner and lane. */
export interface QueuePlace {
  id: number;
  ownerId: number;
  state: TransferState;
  priority: number;
}

/** Which transfers an action on many is about, and their order. Every method that writes is called within a transaction. */
export class TransferSelection {
  readonly #db: Database;
  /** The highest place that was given: what waits for a while is not in the index of queues. */
  #given = 1;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The owners that have transfers in some of these states, and in which. */
  owners(states: readonly TransferState[], ownerId: number | null): { ownerId: number; state: TransferState }[] {
    const rows = this.#db.all(
      `SELECT owner_id, state FROM transfer_count WHERE transfers > 0 ${ownerId === null ? '' : 'AND owner_id = ?'}`,
      ...(ownerId === null ? [] : [ownerId]),
    );
    return rows
      .map((row) => ({ ownerId: Number(row['owner_id']), state: row['state'] as TransferState }))
      .filter(({ state }) => states.includes(state));
  }

  /** Transfers of an owner in a state, in the order of their ids, with the name of each one's file. */
  named(ownerId: number, state: TransferState, after: number, limit: number): { id: number; name: string }[] {
    return this.#db
      .arrays(
        `SELECT transfer.id, file.name FROM transfer JOIN file ON file.id = transfer.file_id
           WHERE transfer.owner_id = ? AND transfer.state = ? AND transfer.id > ? ORDER BY transfer.id LIMIT ?`,
        ownerId,
        state,
        after,
        limit,
      )
      .map(([id, name]) => ({ id: Number(id), name: name as string }));
  }

  place(id: number): QueuePlace | undefined {
    const [row] = this.#db.arrays('SELECT id, owner_id, state, priority FROM transfer WHERE id = ?', id);
    if (!row) return undefined;
    return { id: Number(row[0]), ownerId: Number(row[1]), state: row[2] as TransferState, priority: Number(row[3]) };
  }

  /** Takes `count` places before all that wait; returns the first. The next ones are one less each. */
  placesInFront(count: number): number {
    let highest = this.#given;
    for (const { ownerId } of this.owners(['queued'], null)) {
      for (const lane of [0, 1]) {
        const [row] = this.#db.arrays(
          "SELECT priority FROM transfer WHERE owner_id = ? AND lane = ? AND state = 'queued' ORDER BY priority DESC, id LIMIT 1",
          ownerId,
          lane,
        );
        if (row) highest = Math.max(highest, Number(row[0]));
      }
    }
    this.#given = highest + count;
    return this.#given;
  }
}
