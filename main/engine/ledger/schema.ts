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
    complete INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1)),
    -- The last scan that compared the folder's whole listing with its files at once, and when. That scan has seen every
    -- file of the folder that is not gone, so that rows of unchanged files need not be written.
    whole_scan INTEGER NOT NULL DEFAULT 0,
    whole_at INTEGER NOT NULL DEFAULT 0,
    box_id TEXT,
    problem TEXT,
    -- A folder has a place on Box before its files are planned.
    CHECK (state NOT IN ('list', 'planned') OR box_id IS NOT NULL)
  ) STRICT;
  -- One row a name: by its bytes where it is not valid UTF-8.
  CREATE UNIQUE INDEX folder_child ON folder (parent_id, name, ifnull(name_raw, x'')) WHERE parent_id IS NOT NULL;
  CREATE UNIQUE INDEX folder_container ON folder (owner_id, name, ifnull(name_raw, x'')) WHERE parent_id IS NULL;
  CREATE INDEX folder_scan ON folder (owner_id, scan);
  CREATE INDEX folder_ready ON folder (owner_id, scan) WHERE state IN ('create', 'list') AND complete = 1;
  CREATE INDEX folder_failed ON folder (owner_id, scan) WHERE state = 'failed';

  -- How many folders of a scan are in each state; kept by triggers, like the other counts.
  CREATE TABLE folder_count (
    owner_id INTEGER NOT NULL, scan INTEGER NOT NULL, state TEXT NOT NULL, container INTEGER NOT NULL,
    folders INTEGER NOT NULL CHECK (folders >= 0),
    PRIMARY KEY (owner_id, scan, state, container)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER folder_counted AFTER INSERT ON folder BEGIN
    INSERT INTO folder_count VALUES (new.owner_id, new.scan, new.state, new.parent_id IS NULL, 1)
      ON CONFLICT DO UPDATE SET folders = folders + 1;
  END;
  CREATE TRIGGER folder_recounted AFTER UPDATE OF state, scan ON folder
    WHEN old.state <> new.state OR old.scan <> new.scan BEGIN
    UPDATE folder_count SET folders = folders - 1
      WHERE owner_id = old.owner_id AND scan = old.scan AND state = old.state AND container = (old.parent_id IS NULL);
    INSERT INTO folder_count VALUES (new.owner_id, new.scan, new.state, new.parent_id IS NULL, 1)
      ON CONFLICT DO UPDATE SET folders = folders + 1;
  END;
  CREATE TRIGGER folder_uncounted AFTER DELETE ON folder BEGIN
    UPDATE folder_count SET folders = folders - 1
      WHERE owner_id = old.owner_id AND scan = old.scan AND state = old.state AND container = (old.parent_id IS NULL);
  END;

  -- A local file, or a special one (link, socket, …) that is only listed.
  CREATE TABLE file (
    id INTEGER PRIMARY KEY,
    owner_id INTEGER NOT NULL REFERENCES owner (id),
    folder_id INTEGER NOT NULL REFERENCES folder (id),
    name TEXT NOT NULL,
    name_raw BLOB,
    kind TEXT NOT NULL DEFAULT 'file',
    dev TEXT, inode TEXT, size INTEGER NOT NULL DEFAULT 0 CHECK (size >= 0), mtime_ns TEXT, ctime_ns TEXT, birthtime_ns TEXT,
    -- The last scan that wrote the row. It was seen in that scan, and in its folder's whole_scan unless it is gone.
    scan INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN
      ('pending', 'sent', 'adopted', 'unchanged', 'kept', 'failed', 'aborted', 'special', 'gone')),
    problem TEXT,
    -- The digest and the facts (dev:inode:size:mtime:ctime) under which it was computed: equal facts need no new hash.
    sha1 TEXT,
    sha1_facts TEXT,
    -- What Box holds for it: this is only ever written from an answer of Box.
    box_id TEXT, box_name TEXT, box_etag TEXT, box_version_id TEXT, box_sha1 TEXT,
    -- Facts are known together or not at all; so are a digest and its facts, and Box's copy.
    CHECK ((inode IS NULL) = (dev IS NULL) AND (inode IS NULL) = (mtime_ns IS NULL) AND (inode IS NULL) = (ctime_ns IS NULL)),
    CHECK ((sha1 IS NULL) = (sha1_facts IS NULL)),
    CHECK ((box_id IS NULL) = (box_sha1 IS NULL) AND (box_id IS NULL) = (box_name IS NULL))
  ) STRICT;
  -- One row a name: by its bytes where it is not valid UTF-8.
  CREATE UNIQUE INDEX file_name ON file (folder_id, name, ifnull(name_raw, x''));
  -- The files of a folder in the order of their ids, so that a folder of 100,000 files is read in slices without sorting.
  CREATE INDEX file_folder ON file (folder_id);
  CREATE INDEX file_failed ON file (owner_id) WHERE problem IS NOT NULL AND outcome IN ('failed', 'special', 'kept');

  -- Kept by triggers, so that the totals of a million files are one row read.
  CREATE TABLE owner_count (
    owner_id INTEGER NOT NULL, outcome TEXT NOT NULL,
    files INTEGER NOT NULL CHECK (files >= 0), bytes INTEGER NOT NULL CHECK (bytes >= 0),
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
    state TEXT NOT NULL CHECK (state IN ('settling', 'queued', 'checking', 'opening', 'sending', 'committing', 'done',
      'paused', 'waiting', 'needs-you', 'aborting', 'aborted', 'superseded')),
    wait_reason TEXT,
    -- Waits are a start and a length, so that a clock set back never prolongs them.
    wait_started_at INTEGER,
    wait_ms INTEGER,
    size INTEGER NOT NULL CHECK (size >= 0),
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
    CHECK (state <> 'committing' OR intended_sha1 IS NOT NULL),
    CHECK ((wait_reason IS NULL) = (wait_started_at IS NULL) AND (wait_reason IS NULL) = (wait_ms IS NULL))
  ) STRICT;
  -- A file has at most one transfer that has not ended: two revisions are never on their way at once.
  CREATE UNIQUE INDEX transfer_live ON transfer (file_id) WHERE state NOT IN ('done', 'aborted', 'superseded');
  CREATE INDEX transfer_file ON transfer (file_id);
  CREATE INDEX transfer_state ON transfer (owner_id, state);
  CREATE INDEX transfer_queue ON transfer (owner_id, lane, priority DESC, id) WHERE state = 'queued';
  CREATE INDEX transfer_parts ON transfer (owner_id)
    WHERE session IS NOT NULL AND state NOT IN ('done', 'aborted', 'superseded');
  CREATE INDEX transfer_orphan ON transfer (id) WHERE session IS NOT NULL AND state IN ('aborted', 'superseded');

  CREATE TABLE transfer_count (
    owner_id INTEGER NOT NULL, state TEXT NOT NULL, transfers INTEGER NOT NULL CHECK (transfers >= 0),
    PRIMARY KEY (owner_id, state)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER transfer_counted AFTER INSERT ON transfer BEGIN
    INSERT INTO transfer_count VALUES (new.owner_id, new.state, 1) ON CONFLICT DO UPDATE SET transfers = transfers + 1;
  END;
  CREATE TRIGGER transfer_recounted AFTER UPDATE OF state ON transfer WHEN old.state <> new.state BEGIN
    UPDATE transfer_count SET transfers = transfers - 1 WHERE owner_id = old.owner_id AND state = old.state;
    INSERT INTO transfer_count VALUES (new.owner_id, new.state, 1) ON CONFLICT DO UPDATE SET transfers = transfers + 1;
  END;
  CREATE TRIGGER transfer_uncounted AFTER DELETE ON transfer BEGIN
    UPDATE transfer_count SET transfers = transfers - 1 WHERE owner_id = old.owner_id AND state = old.state;
  END;

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
