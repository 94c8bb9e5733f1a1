// The user's event stream. Each change leaves a row in the transaction that made it; long polls wake when one commits.
import { randomHex } from '../random-hex.ts';
import type { Query } from './database.ts';
import type { EventType, Item } from './item.ts';
import type { Items } from './items.ts';
import { owner, timestamp } from './representation.ts';

interface EventRow {
  id: number;
  event_id: string;
  type: string;
  created_at: number;
  source: string;
}

export class Events {
  readonly #insert: Query<unknown>;
  readonly #after: Query<EventRow>;
  #last: number;
  #waiting = new Set<() => void>();

  constructor(items: Items) {
    const { database } = items.state;
    this.#insert = database.query('insert into event (event_id, type, created_at, source) values (?, ?, ?, ?)');
    this.#after = database.query('select * from event where id > ? order by id limit ?');
    const newest = database.query<{ last: number | null }>('select max(id) as last from event');
    this.#last = newest.get()?.last ?? 0;
    const { onRollback } = items.state;
    items.state.onRollback = () => {
      onRollback();
      this.#last = newest.get()?.last ?? 0;
    };
    items.record = (type, item) => this.#record(type, item, items);
  }

  /** Position of the newest event. */
  get last(): number {
    return this.#last;
  }

  /** Events after a position, as Box's answers show them, and the position behind the last of them. */
  after(position: number, limit: number): { entries: Record<string, unknown>[]; next: number } {
    const rows = this.#after.all(position, limit);
    const entries = rows.map((row) => ({
      type: 'event',
      event_id: row.event_id,
      event_type: row.type,
      created_at: timestamp(row.created_at),
      recorded_at: timestamp(row.created_at),
      created_by: owner,
      session_id: null,
      source: JSON.parse(row.source) as unknown,
    }));
    return { entries, next: rows.at(-1)?.id ?? position };
  }

  /** Calls back once after the next change. Returns the way to stop waiting. */
  onNext(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  /** Wakes every long poll, as a change would. */
  wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  #record(type: EventType, item: Item, items: Items): void {
    const source = JSON.stringify(items.body(item));
    this.#last = this.#insert.run(...[randomHex(16), type, Math.floor(Date.now() / 1000), source]).lastId;
    // After the transaction: the one who wakes must find the event. A rolled-back change wakes in vain, which is harmless.
    if (this.#waiting.size > 0) setImmediate(() => this.wakeAll());
  }
}
