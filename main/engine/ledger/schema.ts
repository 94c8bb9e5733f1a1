/**
 * The ledger's tables. A migration is numbered by its place and is never edited once released: a change is a new one.
 * Invariants stand beside what they bind. Numbers above 2^53 (inodes, nanoseconds) are decimal text.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- One user on one Box. The loopback port of a sandbox may change, so the host and not the address identifies it.
  CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    box_host TEXT NOT NULL,
    user_id TEXT NOT NULL,
    login TEXT,
    -- Upload endpoint in use when sessions were opened last; another one means: read sessions again by id.
    upload_url TEXT NOT NULL,
    UNIQUE (box_host, user_id)
  ) STRICT;

  -- Whatever owns folders and files: a job (one manual upload), later a pair. One number space for both.
  CREATE TABLE owner (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('job', 'pair')),
    account_id INTEGER NOT NULL REFERENCES account (id)
  ) STRICT;

  CREATE TABLE job (
    id INTEGER PRIMARY KEY REFERENCES owner (id),
    -- Account, paths and target: the same command finds its job again.
    identity TEXT NOT NULL UNIQUE,
    paths TEXT NOT NULL,
    target TEXT NOT NULL,
    target_folder_id TEXT,
    if_exists TEXT NOT NULL CHECK (if_exists IN ('version', 'keep-both', 'skip')),
    state TEXT NOT NULL CHECK (state IN ('scanning', 'active', 'paused', 'blocked', 'stopped', 'done', 'aborted')),
    problem TEXT,
    -- Counts the scans; rows seen by an older one than this are no longer there.
    scan INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    finished_at INTEGER
  ) STRICT;

  -- A local folder. A container (parent_id null, name an absolute path) stands for the target folder on Box.
  CREATE TABLE folder (
    id INTEGER PRIMARY KEY,
    owner_id INTEGER NOT NULL REFERENCES owner (id),
    parent_id INTEGER REFERENCES folder (id),
    name TEXT NOT NULL,
    name_raw BLOB,
    -- found: waits for its parent; create: not on Box yet; list: on Box, its items not read in this scan;
    -- planned: every file in it has its plan; failed: neither it nor anything below can go up.
    state TEXT NOT NULL CHECK (state IN ('found', 'create', 'list', 'planned', 'failed')),
    scan INTEGER NOT NULL,
    -- 1 when the scan has delivered every entry of it.
    complete INTEGER NOT NULL DEFAULT 0,
    box_id TEXT,
    problem TEXT,
    -- A folder has a place on Box before its files are planned.
    CHECK (state NOT IN ('list', 'planned') OR box_id IS NOT NULL)
  ) STRICT;
  CREATE INDEX folder_child ON folder (parent_id, name);
  CREATE INDEX folder_owner ON folder (owner_id, state, complete);

  -- A local file, or a special one (link, socket, …) that is only listed.
  CREATE TABLE file (
    id INTEGER PRIMARY KEY,
    owner_id INTEGER NOT NULL REFERENCES owner (id),
    folder_id INTEGER NOT NULL REFERENCES folder (id),
    name TEXT NOT NULL,
    name_raw BLOB,
    kind TEXT NOT NULL DEFAULT 'file',
    dev TEXT, inode TEXT, size INTEGER NOT NULL DEFAULT 0, mtime_ns TEXT, ctime_ns TEXT, birthtime_ns TEXT,
    scan INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN
      ('pending', 'sent', 'adopted', 'unchanged', 'kept', 'failed', 'aborted', 'special', 'gone')),
    problem TEXT,
    -- The digest and the facts (dev:inode:size:mtime:ctime) under which it was computed: equal facts need no new hash.
    sha1 TEXT,
    sha1_facts TEXT,
    -- What Box holds for it: this is only ever written from an answer of Box.
    box_id TEXT, box_name TEXT, box_etag TEXT, box_version_id TEXT, box_sha1 TEXT
  ) STRICT;
  CREATE INDEX file_name ON file (folder_id, name);
  CREATE INDEX file_outcome ON file (owner_id, outcome);

  -- Kept by triggers, so that the totals of a million files are one row read.
  CREATE TABLE owner_count (
    owner_id INTEGER NOT NULL, outcome TEXT NOT NULL, files INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (owner_id, outcome)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER file_counted AFTER INSERT ON file BEGIN
    INSERT INTO owner_count VALUES (new.owner_id, new.outcome, 1, new.size)
      ON CONFLICT DO UPDATE SET files = files + 1, bytes = bytes + new.size;
  END;
  CREATE TRIGGER file_recounted AFTER UPDATE OF outcome, size ON file
    WHEN old.outcome <> new.outcome OR old.size <> new.size BEGIN
    UPDATE owner_count SET files = files - 1, bytes = bytes - old.size
      WHERE owner_id = old.owner_id AND outcome = old.outcome;
    INSERT INTO owner_count VALUES (new.owner_id, new.outcome, 1, new.size)
      ON CONFLICT DO UPDATE SET files = files + 1, bytes = bytes + new.size;
  END;
  CREATE TRIGGER file_uncounted AFTER DELETE ON file BEGIN
    UPDATE owner_count SET files = files - 1, bytes = bytes - old.size
      WHERE owner_id = old.owner_id AND outcome = old.outcome;
  END;

  -- One revision of one file on its way to Box.
  CREATE TABLE transfer (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER NOT NULL REFERENCES owner (id),
    file_id INTEGER NOT NULL REFERENCES file (id),
    -- check: compared with Box's copy of the same size first; direct: one request; session: in parts.
    kind TEXT NOT NULL CHECK (kind IN ('check', 'direct', 'session')),
    lane INTEGER NOT NULL CHECK (lane IN (0, 1)),
    priority INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    wait_reason TEXT,
    -- Waits are a start and a length, so that a clock set back never prolongs them.
    wait_started_at INTEGER,
    wait_ms INTEGER,
    size INTEGER NOT NULL,
    -- The revision that was planned; the transfer never sends another.
    facts TEXT NOT NULL,
    parent_box_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- Set for a new version: the file, and what it was when the plan was made.
    base_id TEXT, base_etag TEXT, base_sha1 TEXT,
    -- Set before anything that may create the file on Box leaves this machine.
    intended_sha1 TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    problem TEXT,
    session TEXT,
    sent_bytes INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CHECK (state <> 'committing' OR intended_sha1 IS NOT NULL)
  ) STRICT;
  CREATE UNIQUE INDEX transfer_live ON transfer (file_id) WHERE state NOT IN ('done', 'aborted', 'superseded');
  CREATE INDEX transfer_file ON transfer (file_id);
  CREATE INDEX transfer_queue ON transfer (owner_id, state, lane, priority DESC, id);

  -- A part that was begun; parts never begun have no row. done: Box's answer is in part_id and sha1.
  CREATE TABLE part (
    transfer_id INTEGER NOT NULL REFERENCES transfer (id) ON DELETE CASCADE,
    part_index INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sending', 'done')),
    sha1 TEXT NOT NULL,
    part_id TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    origin TEXT CHECK (origin IN ('sent', 'resumed', 'on-box')),
    PRIMARY KEY (transfer_id, part_index),
    CHECK (state <> 'done' OR (part_id IS NOT NULL AND origin IS NOT NULL))
  ) STRICT, WITHOUT ROWID;

  -- The timeline of each transfer.
  CREATE TABLE transition (
    id INTEGER PRIMARY KEY,
    transfer_id INTEGER NOT NULL REFERENCES transfer (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    note TEXT
  ) STRICT;
  CREATE INDEX transition_transfer ON transition (transfer_id);

  -- Proof of what arrived; never trimmed, and free of references so that nothing else's removal touches it.
  CREATE TABLE receipt (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha1 TEXT NOT NULL,
    box_sha1 TEXT NOT NULL,
    file_id TEXT NOT NULL,
    version_id TEXT,
    etag TEXT,
    how TEXT NOT NULL CHECK (how IN ('sent', 'adopted')),
    sent_bytes INTEGER NOT NULL,
    at INTEGER NOT NULL,
    CHECK (sha1 = box_sha1)
  ) STRICT;
  CREATE INDEX receipt_owner ON receipt (owner_id, id);
  `,
];
