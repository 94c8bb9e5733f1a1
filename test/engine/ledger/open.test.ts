import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { Ledger } from '../../../main/engine/ledger/ledger.ts';
import { LedgerError, ledgerPath, openLedgerDatabase } from '../../../main/engine/ledger/open.ts';
import { migrations } from '../../../main/engine/ledger/schema.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { firstLine, startChild } from './child.ts';
import { openDatabase } from './support.ts';

async function refusal(home: string): Promise<LedgerError> {
  const error: unknown = await openDatabase(home).then(
    (db) => {
      db.close();
      return new Error('it was opened');
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof LedgerError)) throw error;
  return error;
}

test('an empty folder gets a ledger, and an empty file becomes one', async () => {
  const home = temporaryFolder();
  writeFileSync(ledgerPath(home), '');
  for (let round = 0; round < 2; round += 1) {
    const db = await openDatabase(home);
    expect(db.get('PRAGMA user_version')).toEqual({ user_version: migrations.length });
    expect(db.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
    // The ledger waits for the disk by itself (main/engine/ledger/durability.ts).
    expect(db.get('PRAGMA synchronous')).toEqual({ synchronous: 0 });
    expect(db.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
    expect(db.all('PRAGMA foreign_key_check')).toEqual([]);
    db.close();
  }
});

test('where SQLite waits for the disk by itself, macOS is asked to empty the cache of the disk too', async () => {
  const db = await openDatabase(temporaryFolder());
  onTestFinished(() => db.close());
  expect(db.get('PRAGMA fullfsync')).toEqual({ fullfsync: 1 });
  expect(db.get('PRAGMA checkpoint_fullfsync')).toEqual({ checkpoint_fullfsync: 1 });
});

test.skipIf(process.platform === 'win32')('nobody else may read it: neither a new one nor one of before', async () => {
  const modes = (home: string) =>
    readdirSync(home)
      .toSorted()
      .map((name) => [name, (statSync(join(home, name)).mode & 0o777).toString(8)]);
  const fresh = temporaryFolder();
  const db = await openDatabase(fresh);
  expect(modes(fresh)).toEqual([
    ['ledger.db', '600'],
    ['ledger.db-wal', '600'],
  ]);
  db.close();

  const before = temporaryFolder();
  const writer = startChild('write', before);
  await firstLine(writer);
  await writer.kill();
  const names = readdirSync(before);
  expect(names).toContain('ledger.db-wal');
  for (const name of names) chmodSync(join(before, name), 0o644);
  const again = await openDatabase(before, { lockWaitMs: 10_000 });
  expect(modes(before).map(([, mode]) => mode)).toEqual(names.map(() => '600'));
  again.close();

  const network = temporaryFolder();
  const shared = await openDatabase(network, { networkFileSystem: true });
  expect(new Set(modes(network).map(([, mode]) => mode))).toEqual(new Set(['600']));
  shared.close();
});

test('while one process holds the ledger another is told so, and a killed holder frees it', async () => {
  const home = temporaryFolder();
  const holder = startChild('hold', home);
  expect(await firstLine(holder)).toBe('open');
  expect((await refusal(home)).code).toBe('locked');
  const waiting = openDatabase(home, { lockWaitMs: 30_000 });
  await holder.kill();
  (await waiting).close();
});

test('a wait for the lock ends with its signal', async () => {
  const home = temporaryFolder();
  const holder = startChild('hold', home);
  await firstLine(holder);
  const abort = new AbortController();
  const waiting = openLedgerDatabase(home, {
    clock: systemClock, lockWaitMs: 30_000, networkFileSystem: false, signal: abort.signal,
  }); // prettier-ignore
  abort.abort(new Error('stop'));
  await expect(waiting).rejects.toThrow('stop');
});

test('on a network file system there is no WAL, and the lock holds as well', async () => {
  const home = temporaryFolder();
  // It was a local ledger before its folder was moved.
  (await openDatabase(home)).close();
  const holder = startChild('hold', home, { networkFileSystem: true });
  expect(await firstLine(holder)).toBe('open');
  expect((await refusal(home)).code).toBe('locked');
  await holder.kill();
  const db = await openDatabase(home, { networkFileSystem: true });
  expect(db.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'truncate' });
  expect(existsSync(`${ledgerPath(home)}-wal`)).toBe(false);
  db.close();
});

test('a ledger of a newer version is refused and left as it is', async () => {
  const home = temporaryFolder();
  (await openDatabase(home)).close();
  const connection = new DatabaseSync(ledgerPath(home));
  connection.exec('PRAGMA user_version = 99');
  connection.close();
  const before = readFileSync(ledgerPath(home));
  const error = await refusal(home);
  expect(error.code).toBe('newer-ledger');
  expect(error.message).toContain('ledger 99');
  expect(readFileSync(ledgerPath(home)).equals(before)).toBe(true);
});

test('damaged files are named as such', async () => {
  const nonsense = temporaryFolder();
  writeFileSync(
    ledgerPath(nonsense),
    'this is no database, but a text that is long enough to be looked at '.repeat(99),
  );
  expect(await refusal(nonsense)).toMatchObject({
    code: 'home',
    message: expect.stringContaining('is damaged') as string,
  });

  const torn = temporaryFolder();
  (await openDatabase(torn)).close();
  const bytes = readFileSync(ledgerPath(torn));
  // The schema's first page keeps its header and loses the rest.
  writeFileSync(ledgerPath(torn), bytes.fill(0xff, 100));
  expect(await refusal(torn)).toMatchObject({ code: 'home', message: expect.stringContaining('is damaged') as string });
});

test("another program's database is refused", async () => {
  const home = temporaryFolder();
  const connection = new DatabaseSync(ledgerPath(home));
  connection.exec('CREATE TABLE bookmark (url TEXT)');
  connection.close();
  const error = await refusal(home);
  expect(error.code).toBe('home');
  expect(error.message).toContain('other program');
});

test('a folder that is missing, and a ledger that is a folder, get a clear error', async () => {
  const missing = await refusal(join(temporaryFolder(), 'missing'));
  expect(missing).toMatchObject({ code: 'home', message: expect.stringContaining('cannot be written') as string });
  const home = temporaryFolder();
  mkdirSync(ledgerPath(home));
  expect((await refusal(home)).code).toBe('home');
});

test.skipIf(process.platform === 'win32')('a read-only folder gets a clear error', async () => {
  const home = temporaryFolder();
  chmodSync(home, 0o555);
  if (process.getuid?.() !== 0) {
    expect((await refusal(home)).code).toBe('home');
    return;
  }
  // Nothing is read-only for root, so another user tries.
  const child = startChild('hold', home, { spawn: { uid: 65534, gid: 65534 } });
  expect(await firstLine(child)).toMatch(/^home: .*cannot be written/);
});

test('the WAL stays bounded and is gone after closing', async () => {
  const home = temporaryFolder();
  const db = await openDatabase(home);
  const ledger = new Ledger(db);
  const account = { boxHost: 'h', userId: 'u', login: 'x'.repeat(3000) };
  let largest = 0;
  for (let index = 0; index < 3000; index += 1) {
    await db.write(() => ledger.jobs.upsertAccount({ ...account, userId: String(index) }));
    if (index % 100 === 0) largest = Math.max(largest, statSync(`${ledgerPath(home)}-wal`).size);
  }
  // Emptied at 4 MiB, and the transactions that pass it.
  expect(largest).toBeLessThan(5_000_000);
  db.close();
  expect(existsSync(`${ledgerPath(home)}-wal`)).toBe(false);
});

test('a WAL whose end is torn loses that end alone', async () => {
  const home = temporaryFolder();
  const writer = startChild('write', home);
  let last = -1;
  for await (const line of writer.lines) {
    if (line !== 'open') last = Math.max(last, Number(line));
    if (last > 50) break;
  }
  await writer.kill();
  appendFileSync(`${ledgerPath(home)}-wal`, Buffer.alloc(5000, 0x5a));
  const db = await openDatabase(home, { lockWaitMs: 10_000 });
  expect(new Ledger(db).receipts.list({ ownerId: null, after: 0, limit: 10 })).toHaveLength(10);
  expect(db.get('PRAGMA quick_check')).toEqual({ quick_check: 'ok' });
  db.close();
});

test('a ledger of the first version goes on with the indexes of now', async () => {
  const home = temporaryFolder();
  const before = new DatabaseSync(ledgerPath(home));
  before.exec(migrations[0]!);
  const live = "state NOT IN ('done', 'aborted', 'superseded')";
  before.exec(`CREATE UNIQUE INDEX transfer_live ON transfer (file_id) WHERE ${live};
    CREATE INDEX transfer_parts ON transfer (owner_id) WHERE session IS NOT NULL AND ${live};
    CREATE INDEX transfer_begun ON transfer (id) WHERE (session IS NOT NULL OR intended_sha1 IS NOT NULL) AND ${live};
    PRAGMA user_version = 1`);
  before.close();
  const db = await openDatabase(home);
  onTestFinished(() => db.close());
  const ledger = new Ledger(db);
  // Both name their index, and fail where it says something else than they ask.
  expect(ledger.totals.inParts(1)).toEqual([]);
  expect(ledger.transferList.begun(10)).toEqual([]);
  expect(ledger.comparison.isSettled(1, 'digest')).toBe(false);
});
