// The sandbox's memory: which file on disk is which item on Box, and everything that files can't hold.
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { SandboxError } from '../sandbox-error.ts';

// Invariants:
// - item: at most one live item per (parent, name_key): the unique index. A trashed item keeps the parent it had.
// - item.local_name is the name on disk; it differs from name only where the file system can't hold name.
// - version holds past versions only; the current one is in its item.
// - part rows exist only for parts whose bytes are all in the session's file, checked against their digest.
// - effect holds the file moves of the last transaction (or failed ones): see state.ts.
const schema = `
create table if not exists meta (key text primary key, value text not null) without rowid;
create table if not exists item (
  id integer primary key autoincrement,
  kind text not null,
  parent integer,
  name text not null,
  name_key text not null,
  local_name text not null,
  etag integer not null default 0,
  size integer not null default 0,
  sha1 text,
  version_id integer,
  version_number integer not null default 1,
  description text not null default '',
  created_at integer not null,
  modified_at integer not null,
  content_created_at integer not null,
  content_modified_at integer not null,
  version_created_at integer not null,
  trashed_at integer
);
create unique index if not exists item_name on item (parent, name_key) where trashed_at is null;
create index if not exists item_trashed on item (trashed_at) where trashed_at is not null;
create index if not exists item_parent on item (parent, kind, id);
create table if not exists version (
  id integer primary key,
  item integer not null,
  number integer not null,
  name text not null,
  size integer not null,
  sha1 text not null,
  created_at integer not null,
  modified_at integer not null
);
create index if not exists version_item on version (item, number);
create table if not exists session (
  id text primary key,
  file integer,
  folder integer not null,
  name text not null,
  name_key text not null,
  renames integer not null default 0,
  size integer not null,
  part_size integer not null,
  created_at_ms integer not null,
  expires_at_ms integer not null,
  rounds integer not null default 0,
  committed_file integer
) without rowid;
create index if not exists session_target on session (folder, name_key);
create table if not exists part (
  session text not null,
  offset integer not null,
  size integer not null,
  sha1 text not null,
  part_id text not null,
  primary key (session, offset)
) without rowid;
create table if not exists event (
  id integer primary key autoincrement,
  event_id text not null,
  type text not null,
  created_at integer not null,
  source text not null
);
create table if not exists token (
  token text primary key,
  kind text not null,
  pair text not null,
  expires_at_ms integer,
  redirect_uri text,
  spent integer not null default 0
) without rowid;
create table if not exists effect (
  id integer primary key autoincrement,
  kind text not null,
  source text not null,
  target text not null
);
`;

/** A statement whose rows have a known shape: the columns named in its SQL, as the schema above types them. */
export interface Query<Row> {
  get(...values: SQLInputValue[]): Row | undefined;
  all(...values: SQLInputValue[]): Row[];
  run(...values: SQLInputValue[]): { lastId: number; changes: number };
}

export interface Database {
  query<Row = unknown>(sql: string): Query<Row>;
  /** Runs `work` in one transaction: all of it or nothing. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}

/**
 * Opens the state. Exclusive, so that two sandboxes never serve one folder; the kernel frees the lock at any death.
 * `synchronous=NORMAL` in WAL mode: no disk flush per change, nothing lost when the process is killed.
 * @throws SandboxError root-in-use, root-unusable
 */
export function openDatabase(file: string): Database {
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(file, { timeout: 1000 });
    database.exec('pragma locking_mode=exclusive; pragma journal_mode=wal; pragma synchronous=normal');
    database.exec('pragma wal_autocheckpoint=4000; pragma temp_store=memory; pragma cache_size=-32000');
    database.exec(schema);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (/locked|busy/i.test(text)) {
      throw new SandboxError(
        'root-in-use',
        'Another sandbox serves this folder. Stop it, or choose another with --root.',
        {
          cause: error,
        },
      );
    }
    throw new SandboxError('root-unusable', `The sandbox's state in ${file} can't be opened: ${text}`, {
      cause: error,
    });
  }
  const begin = database.prepare('begin immediate');
  const commit = database.prepare('commit');
  const rollback = database.prepare('rollback');
  return {
    query<Row>(sql: string): Query<Row> {
      const statement = database.prepare(sql);
      return {
        get: (...values) => statement.get(...values) as Row | undefined,
        all: (...values) => statement.all(...values) as Row[],
        run: (...values) => {
          const { lastInsertRowid, changes } = statement.run(...values);
          return { lastId: Number(lastInsertRowid), changes: Number(changes) };
        },
      };
    },
    transaction<Result>(work: () => Result): Result {
      begin.run();
      try {
        const result = work();
        commit.run();
        return result;
      } catch (error) {
        if (database.isTransaction) rollback.run();
        throw error;
      }
    },
    close: () => database.close(),
  };
}
