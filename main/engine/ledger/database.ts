import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Durability } from './durability.ts';
import { asLedgerProblem } from './unexpected-problem.ts';

export type Row = Record<string, unknown>;

interface Pending {
  /** Acknowledged once committed, without waiting for the disk. */
  relaxed: boolean;
  change: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

/** How long a transaction may gather changes before it commits: the event loop stands still meanwhile. */
const gatherMs = 10;
/** Notes that follow a commit within `streamMs` wait for others: a commit costs as much as ten statements. */
const streamMs = 5;
const noteGatherMs = 5;
const gatheredNotes = 12;

/**
 * The one connection to the ledger: prepared statements kept, and writes gathered into one transaction per turn of the
 * event loop. Every write waits for the disk, so what many transfers write in one turn costs one wait.
 */
export class Database {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #arrays = new Map<string, StatementSync>();
  #pending: Pending[] = [];
  #scheduled = false;
  #gathering: NodeJS.Timeout | undefined;
  #committedAtMs = -Infinity;
  #closed = false;
  /** A checkpoint is under way: nothing may be committed. */
  #held = false;
  readonly #durability: Durability | undefined;
  #commits = 0;
  /** Called after each commit, on the same turn. It must not write. */
  onCommit: (() => void) | undefined;

  /** @param durability waits for the disk in SQLite's stead; without it SQLite does, on this thread */
  constructor(connection: DatabaseSync, durability?: Durability) {
    this.#connection = connection;
    this.#durability = durability;
  }

  /**
   * Runs the change in the next transaction; resolves with its result when that is on the disk. Changes run in the order
   * in which they were asked for. One that throws is undone alone and rejects; a commit that fails (disk full) rejects
   * all of its changes with a ProblemError, and none of them is on the disk. The change is synchronous: what it did after an `await` would
   * lie outside of the transaction, so one that returns a promise is refused.
   */
  write<T>(change: () => T): Promise<T> {
    return this.#enqueue(change, 'write');
  }

  /**
   * `write` that does not wait for the disk: what it did outlives this process, killed or not, but perhaps not a power cut.
   * For what can be found out again.
   */
  note<T>(change: () => T): Promise<T> {
    return this.#enqueue(change, 'note');
  }

  /** A `note` that is not gathered with others: for a step that the next one waits for. */
  step<T>(change: () => T): Promise<T> {
    return this.#enqueue(change, 'step');
  }

  /** Grows with every commit: as long as it stands still, so does all that can be read. */
  get commits(): number {
    return this.#commits;
  }

  /** Commits everything that is waiting, now. */
  flush(): void {
    if (this.#held) this.#durability?.syncNow();
    while (this.#pending.length > 0) this.#commitSome(Infinity);
    this.#durability?.syncNow();
  }

  /** Runs the change in a transaction of its own, at once, and waits for the disk. Not to be nested, nor called from within `write`. */
  transaction<T>(change: () => T): T {
    if (this.#held) this.#durability?.syncNow();
    const result = this.#transact(change);
    this.#durability?.syncNow();
    return result;
  }

  #transact<T>(change: () => T): T {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      const result = change();
      this.#connection.exec('COMMIT');
      this.#commits += 1;
      this.onCommit?.();
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

  /** Like `all`, with rows as arrays in the order of the columns: for many rows, about half the time. */
  arrays(sql: string, ...values: SQLInputValue[]): SQLOutputValue[][] {
    let statement = this.#arrays.get(sql);
    if (!statement) {
      statement = this.#connection.prepare(sql);
      statement.setReturnArrays(true);
      this.#arrays.set(sql, statement);
    }
    return statement.all(...values) as unknown as SQLOutputValue[][];
  }

  /** Commits what is waiting and frees the lock; later writes reject. Closing twice is closing once. */
  close(): void {
    if (this.#closed) return;
    this.flush();
    clearTimeout(this.#gathering);
    this.#closed = true;
    this.#statements.clear();
    this.#arrays.clear();
    this.#durability?.end();
    this.#connection.close();
    this.#durability?.close();
  }

  /** Resolves when everything that was committed before this call is on the disk; `unhurried`: a little later, with others. */
  synced(unhurried = false): Promise<void> {
    return this.#durability?.synced(unhurried) ?? Promise.resolve();
  }

  #enqueue<T>(change: () => T, how: 'write' | 'note' | 'step'): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the ledger is closed'));
    return new Promise<T>((resolve, reject) => {
      this.#pending.push({ relaxed: how !== 'write', change, resolve, reject });
      if (how === 'note') this.#scheduleNotes();
      else this.#schedule();
    });
  }

  #scheduleNotes(): void {
    if (this.#scheduled || this.#held) return;
    const { length } = this.#pending;
    if (length >= gatheredNotes || (length === 1 && performance.now() - this.#committedAtMs > streamMs)) {
      return this.#schedule();
    }
    if (this.#gathering) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = undefined;
      if (this.#held || this.#scheduled || this.#pending.length === 0) return;
      this.#commitSome(gatherMs);
      if (this.#pending.length > 0) this.#schedule();
    }, noteGatherMs);
  }

  #schedule(): void {
    if (this.#scheduled || this.#held) return;
    this.#scheduled = true;
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#held) return;
      this.#commitSome(gatherMs);
      if (this.#pending.length > 0) this.#schedule();
    });
  }

  /** One transaction of waiting changes: as many as begin within the time, but at least one. */
  #commitSome(limitMs: number): void {
    if (this.#pending.length === 0) return;
    const begunAt = performance.now();
    const settle: (() => void)[] = [];
    let taken = 0;
    let failure: { error: unknown } | undefined;
    const batch = this.#pending;
    // Changes that ask for further writes put them into the next transaction.
    this.#pending = [];
    try {
      this.#transact(() => {
        while (taken < batch.length && (taken === 0 || performance.now() - begunAt < limitMs)) {
          settle.push(this.#runOne(batch[taken++]!));
        }
      });
    } catch (error) {
      failure = { error: asLedgerProblem(error) };
    }
    if (taken < batch.length && !(failure && taken === 0)) {
      this.#pending = batch.slice(taken).concat(this.#pending);
      batch.length = taken;
    }
    if (failure) {
      for (const { reject } of batch) reject(failure.error);
      return;
    }
    this.#committedAtMs = performance.now();
    this.#acknowledge(batch, settle);
  }

  /** Tells who waits once the transaction is on the disk. */
  #acknowledge(batch: readonly Pending[], settle: readonly (() => void)[]): void {
    const durability = this.#durability;
    batch.forEach(({ relaxed }, index) => {
      if (relaxed || !durability) settle[index]!();
    });
    if (!durability) return;
    const waiting = batch.flatMap((pending, index) => (pending.relaxed ? [] : [{ pending, done: settle[index]! }]));
    if (waiting.length > 0) {
      durability.synced().then(
        () => waiting.forEach(({ done }) => done()),
        (error: unknown) => waiting.forEach(({ pending }) => pending.reject(asLedgerProblem(error))),
      );
    }
    if (durability.checkpointIsDue && !this.#held) void this.#checkpoint(durability);
  }

  async #checkpoint(durability: Durability): Promise<void> {
    this.#held = true;
    try {
      await durability.checkpoint();
    } catch {
      // The WAL keeps what could not be carried over; the next checkpoint tries again.
    } finally {
      this.#held = false;
      if (this.#pending.length > 0) this.#schedule();
    }
  }

  /** Runs one change within the transaction; throws only when the transaction as a whole is lost. */
  #runOne({ change, resolve, reject }: Pending): () => void {
    this.run('SAVEPOINT change');
    try {
      const result = change();
      if (result instanceof Promise) {
        result.catch(() => undefined);
        throw new TypeError('a change of the ledger must not be asynchronous');
      }
      this.run('RELEASE change');
      return () => resolve(result as never);
    } catch (error) {
      // After a full disk or an I/O error SQLite has rolled back everything, and the cause is this error.
      if (!this.#connection.isTransaction) throw error;
      this.run('ROLLBACK TO change');
      this.run('RELEASE change');
      return () => reject(error);
    }
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
