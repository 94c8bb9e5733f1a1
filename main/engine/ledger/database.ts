import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

export type Row = Record<string, unknown>;

interface Pending {
  change: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

/**
 * The one connection to the ledger: prepared statements kept, and writes gathered into one transaction per turn of the
 * event loop. Every commit waits for the disk (synchronous=FULL), so what many transfers write in one turn costs one wait.
 */
export class Database {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #pending: Pending[] = [];
  #scheduled = false;

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  /** Runs the change in the next transaction; resolves with its result when that is on the disk. A change that throws is undone alone. */
  write<T>(change: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#pending.push({ change, resolve: resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => this.flush());
    });
  }

  /** Commits everything that is waiting, now. */
  flush(): void {
    this.#scheduled = false;
    const batch = this.#pending;
    if (batch.length === 0) return;
    this.#pending = [];
    const settle: (() => void)[] = [];
    try {
      this.transaction(() => {
        for (const { change, resolve, reject } of batch) {
          this.run('SAVEPOINT change');
          try {
            const result = change();
            settle.push(() => resolve(result as never));
          } catch (error) {
            this.run('ROLLBACK TO change');
            settle.push(() => reject(error));
          }
          this.run('RELEASE change');
        }
      });
    } catch (error) {
      // The transaction as a whole failed (disk full, say): nothing of it is on the disk.
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const done of settle) done();
  }

  /** Runs the change in a transaction of its own, at once. Not to be nested, and not to be called from within `write`. */
  transaction<T>(change: () => T): T {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      const result = change();
      this.#connection.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors (disk full, I/O).
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    }
  }

  run(sql: string, ...values: SQLInputValue[]): { changes: number; id: number } {
    const { changes, lastInsertRowid } = this.#statement(sql).run(...values);
    return { changes: Number(changes), id: Number(lastInsertRowid) };
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  close(): void {
    this.flush();
    this.#statements.clear();
    this.#connection.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
