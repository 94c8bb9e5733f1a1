import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../platform/clock.ts';
import { sleep } from '../../platform/wait.ts';
import { Database } from './database.ts';
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

const sqliteBusy = 5;
const sqliteCannotOpen = 14;
const sqliteNotADatabase = 26;
const sqliteReadOnly = 8;

/** The file of the ledger in a data folder. */
export function ledgerPath(home: string): string {
  return join(home, 'ledger.db');
}

/**
 * Opens the ledger of a data folder, makes or migrates it, and holds it alone until the process ends. The lock is
 * SQLite's own, so the kernel frees it at any death. A held lock is waited for, since a Boxcar that was just killed or
 * is just closing frees it within moments.
 * @throws LedgerError `locked` after `lockWaitMs`, `newer-ledger`, `home` when the folder can't be written.
 */
export async function openLedgerDatabase(
  home: string,
  options: { clock: Clock; lockWaitMs: number; networkFileSystem: boolean; signal: AbortSignal },
): Promise<Database> {
  const path = ledgerPath(home);
  const deadline = options.clock.monotonic() + options.lockWaitMs;
  for (;;) {
    try {
      return openNow(path, options.networkFileSystem);
    } catch (error) {
      const code = (error as { errcode?: number }).errcode;
      if (code === sqliteBusy && options.clock.monotonic() < deadline) {
        await sleep(100, options.signal);
        continue;
      }
      throw asLedgerError(error, code, path);
    }
  }
}

function openNow(path: string, networkFileSystem: boolean): Database {
  const connection = new DatabaseSync(path, { timeout: 0 });
  try {
    // EXCLUSIVE before WAL: the lock is then held for good, and no shared memory file is needed.
    connection.exec('PRAGMA locking_mode = EXCLUSIVE');
    connection.exec(`PRAGMA journal_mode = ${networkFileSystem ? 'TRUNCATE' : 'WAL'}`);
    connection.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY');
    // The default of 1,000 pages, named because a WAL that grows without end is what others were blamed for.
    connection.exec('PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 67108864');
    connection.exec('BEGIN EXCLUSIVE');
    connection.exec('COMMIT');
    migrate(connection, path);
    return new Database(connection);
  } catch (error) {
    connection.close();
    throw error;
  }
}

function migrate(connection: DatabaseSync, path: string): void {
  const { user_version: version } = connection.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > migrations.length) {
    throw new LedgerError(
      'newer-ledger',
      `${path} was written by a newer Boxcar (ledger ${version}, this one knows ${migrations.length}). ` +
        'Install that version again, or use another data folder with --home.',
    );
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < version) continue;
    connection.exec(`BEGIN EXCLUSIVE; ${migration}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

function asLedgerError(error: unknown, code: number | undefined, path: string): LedgerError {
  if (error instanceof LedgerError) return error;
  const said = error instanceof Error ? error.message : String(error);
  switch (code ?? 0) {
    case sqliteBusy:
      return new LedgerError('locked', `Another Boxcar holds ${path}.`, { cause: error });
    case sqliteCannotOpen:
    case sqliteReadOnly:
      return new LedgerError('home', `${path} cannot be written: ${said}. Choose another data folder with --home.`, {
        cause: error,
      });
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
