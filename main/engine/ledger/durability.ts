import { closeSync, fdatasync, fdatasyncSync, fstatSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const dataSync = promisify(fdatasync);

const gatherMs = 3;
/** How long who is only to be told may wait: a sync costs this process a thread's wake, and the disk a write. */
const unhurriedMs = 25;

/** The WAL is carried over into the database when it has grown to this: what others were blamed for is one that grows without end. */
const checkpointBytes = 4 * 2 ** 20;

/**
 * [Note: durability] SQLite waits for the disk within COMMIT, on the thread that also sends parts: while another program
 * writes much to the same file system that takes tenths of a second. So SQLite runs with synchronous=OFF and the waiting
 * is done here, in the thread pool, with the guarantees of FULL: a write is acknowledged only after the WAL is on the
 * disk, and the order of a checkpoint is WAL, database, then the emptied WAL (sqlite.org/wal.html; its ticket ff5be73dee
 * tells why a WAL is not begun anew before the old one is known to be gone). Commits that come while the disk is busy
 * share the next sync.
 */
export class Durability {
  readonly #connection: DatabaseSync;
  readonly #walFd: number;
  readonly #databaseFd: number;
  #syncing = false;
  /** Syncs under way, so that a descriptor is not closed (and given to another file) beneath one. */
  #underWay = 0;
  #ended = false;
  #closed = false;
  #waiting: PromiseWithResolvers<void> | undefined;
  #waiters = 0;
  #later: NodeJS.Timeout | undefined;

  /** @param path of the database, which is in WAL mode and has been written to */
  constructor(connection: DatabaseSync, path: string) {
    this.#connection = connection;
    this.#walFd = openSync(`${path}-wal`, 'r+');
    // Never closed while the lock is held: POSIX drops a process's locks on a file when it closes any descriptor of it.
    this.#databaseFd = openSync(path, 'r+');
    connection.exec('PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0');
  }

  /**
   * Resolves when everything that was committed before this call is on the disk. `unhurried`: within some 25 ms, together
   * with whoever is in a hurry before.
   */
  synced(unhurried = false): Promise<void> {
    this.#waiting ??= Promise.withResolvers<void>();
    const { promise } = this.#waiting;
    this.#waiters += 1;
    if (this.#syncing) return promise;
    if (unhurried) this.#later ??= setTimeout(() => this.#begin(), unhurriedMs);
    else this.#begin();
    return promise;
  }

  #begin(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    if (!this.#syncing) void this.#sync();
  }

  /** Waits for the disk on this thread; the database first, since a checkpoint may be under way. */
  syncNow(): void {
    fdatasyncSync(this.#databaseFd);
    fdatasyncSync(this.#walFd);
  }

  /** The WAL is emptied by each checkpoint, so its size tells. */
  get checkpointIsDue(): boolean {
    return fstatSync(this.#walFd).size >= checkpointBytes;
  }

  /** Carries the WAL over into the database. No transaction may be begun until the promise has settled. */
  async checkpoint(): Promise<void> {
    await this.synced();
    if (this.#ended) return;
    this.#connection.exec('PRAGMA wal_checkpoint(PASSIVE)');
    await this.#dataSync(this.#databaseFd);
    if (this.#ended) return;
    this.#connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    await this.#dataSync(this.#walFd);
  }

  /** SQLite waits for the disk by itself again: for the last checkpoint, when the connection is closed. */
  end(): void {
    this.#ended = true;
    this.syncNow();
    this.#connection.exec('PRAGMA synchronous = FULL');
  }

  /** After the connection was closed. */
  close(): void {
    this.#ended = true;
    if (this.#underWay > 0 || this.#closed) return;
    this.#closed = true;
    closeSync(this.#walFd);
    closeSync(this.#databaseFd);
  }

  async #sync(): Promise<void> {
    this.#syncing = true;
    try {
      while (this.#waiting) {
        const { resolve, reject } = this.#waiting;
        const waiters = this.#waiters;
        this.#waiting = undefined;
        this.#waiters = 0;
        // At the end everything was synced on the main thread, and the file may be closed.
        if (this.#ended) resolve();
        else await this.#dataSync(this.#walFd).then(resolve, reject);
        // Where many write at a time, a sync serves more of them when it comes a little later.
        if (waiters > 1) await delay(gatherMs);
      }
    } finally {
      this.#syncing = false;
    }
  }

  async #dataSync(fd: number): Promise<void> {
    this.#underWay += 1;
    try {
      await dataSync(fd);
    } catch (error) {
      // What the disk refused once it may silently drop, and the next sync would succeed (lwn.net/Articles/752063): only a
      // new start, from what the disk really has, can be trusted.
      setImmediate(() => {
        throw new Error('the ledger could not be written to the disk', { cause: error });
      });
      throw error;
    } finally {
      this.#underWay -= 1;
      if (this.#ended && this.#underWay === 0) this.close();
    }
  }
}
