import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../platform/clock.ts';
import { sleep } from '../../platform/wait.ts';
import { Database } from './database.ts';
import { Durability } from './durability.ts';
import { migrations } from './schema.ts';

/** Why the ledger can't be opened; the code is what the app is told. */
export class LedgerError extends Error {
  readonly code: 'locked' | 'newer-ledger' | 'home' | 'internal';

  constructor(code: LedgerError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'LedgerError';
    this.code = code;
  }
}

// Primary result codes, https://www.sqlite.org/rescode.html; errcode carries the extended ones, whose low byte these are.
const sqlitePermission = 3;
const sqliteBusy = 5;
const sqliteReadOnly = 8;
const sqliteInputOutput = 10;
const sqliteCorrupt = 11;
const sqliteFull = 13;
const sqliteCannotOpen = 14;
const sqliteNotADatabase = 26;

const lockPauseMs = 50;

/** The file of the ledger in a data folder. */
export function ledgerPath(home: string): string {
  return join(home, 'ledger.db');
}

/**
 * Opens the ledger of a data folder, makes or migrates it, and holds it alone until the process ends. The lock is
 * SQLite's own, so the kernel frees it at any death. A held lock is waited for, since a Boxcar that was just killed or
 * is just closing frees it within moments. Where the system has modes, its files are 0600.
 * POSIX drops the lock when this process closes any other descriptor of the file, so nothing else may open it here.
 * @throws LedgerError `locked` after `lockWaitMs`, `newer-ledger`, `home` when the folder can't be written, the disk is full
 * or the file is damaged; the signal's reason when aborted while waiting.
 */
export async function openLedgerDatabase(
  home: string,
  options: { clock: Clock; lockWaitMs: number; networkFileSystem: boolean; signal: AbortSignal },
): Promise<Database> {
  const path = ledgerPath(home);
  createPrivate(path);
  const deadline = options.clock.monotonic() + options.lockWaitMs;
  for (;;) {
    try {
      const database = openNow(path, options.networkFileSystem);
      for (const suffix of ['', '-wal', '-shm', '-journal']) keepFromOthers(path + suffix);
      return database;
    } catch (error) {
      const code = ((error as { errcode?: number }).errcode ?? 0) & 0xff;
      if (code === sqliteBusy && options.clock.monotonic() < deadline) {
        await sleep(lockPauseMs, options.signal);
        continue;
      }
      throw asLedgerError(error, code, path);
    }
  }
}

/**
 * Creates the file of a new ledger so that its owner alone may read it: it names every file. What SQLite makes beside it gets the
 * same mode. What is wrong with a place where it can't be made, SQLite says itself.
 */
function createPrivate(path: string): void {
  try {
    // Only one that wasn't there is opened: closing any other would drop the lock on it.
    closeSync(openSync(path, 'wx', 0o600));
  } catch {
    // It is there already, or opening it fails too.
  }
}

/** Takes a file of an older Boxcar from everybody but its owner. By its path: closing a descriptor would drop the lock. */
function keepFromOthers(path: string): void {
  // Windows has no such modes, and takes one without a right to write for a read-only file.
  if (process.platform === 'win32') return;
  try {
    const { mode } = statSync(path);
    if ((mode & 0o077) !== 0) chmodSync(path, mode & 0o700);
  } catch {
    // It isn't there, is somebody else's, or its file system has no modes.
  }
}

function openNow(path: string, networkFileSystem: boolean): Database {
  const connection = new DatabaseSync(path, { timeout: 0 });
  try {
    // EXCLUSIVE before WAL: the lock is then held for good, and no shared memory file is needed.
    connection.exec('PRAGMA locking_mode = EXCLUSIVE');
    connection.exec(`PRAGMA journal_mode = ${networkFileSystem ? 'TRUNCATE' : 'WAL'}`);
    connection.exec(
      // FULL until Durability takes the waiting over, and on network file systems for good.
      'PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192',
    );
    connection.exec('PRAGMA journal_size_limit = 67108864');
    // On macOS alone they do anything: fsync leaves the bytes in the cache of the disk there (sqlite.org/pragma.html#pragma_fullfsync).
    connection.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
    connection.exec('BEGIN EXCLUSIVE');
    connection.exec('COMMIT');
    migrate(connection, path);
    return new Database(connection, networkFileSystem ? undefined : new Durability(connection, path));
  } catch (error) {
    connection.close();
    throw error;
  }
}

function migrate(connection: DatabaseSync, path: string): void {
  // Reads the whole schema, so that damage there shows now.
  const { tables } = connection.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: number };
  const { user_version: version } = connection.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > migrations.length) {
    throw new LedgerError(
      'newer-ledger',
      `${path} was written by a newer Boxcar (ledger ${version}, this one knows ${migrations.length}). ` +
        'Install that version again, or use another data folder with --home.',
    );
  }
  if (version === 0 && tables > 0) {
    throw new LedgerError(
      'home',
      `${path} is a database of some other program. Choose another data folder with --home.`,
    );
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue;
    connection.exec(`BEGIN EXCLUSIVE; ${migration}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

function asLedgerError(error: unknown, code: number, path: string): LedgerError {
  if (error instanceof LedgerError) return error;
  const said = error instanceof Error ? error.message : String(error);
  switch (code) {
    case sqliteBusy:
      return new LedgerError('locked', `Another Boxcar holds ${path}.`, { cause: error });
    case sqlitePermission:
    case sqliteCannotOpen:
    case sqliteReadOnly:
    case sqliteInputOutput:
    case sqliteFull:
      return new LedgerError('home', `${path} cannot be written: ${said}. Choose another data folder with --home.`, {
        cause: error,
      });
    case sqliteCorrupt:
    case sqliteNotADatabase:
      return new LedgerError(
        'home',
        `${path} is damaged (${said}). Move it away and start again: Boxcar compares with Box and sends only what is missing.`,
        { cause: error },
      );
    default:
      return new LedgerError('internal', `${path} cannot be opened: ${said}`, { cause: error });
  }
}
