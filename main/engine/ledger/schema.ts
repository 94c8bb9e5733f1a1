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

  -- Whatever owns folders and files: a job (one manual upload) or a pair. One number space for both. Never removed, so that
  -- receipts of a removed pair still say whose they were.
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
  CREATE INDEX job_state ON job (state);

  -- A local folder that is kept up to date on Box. Its rows in folder and file have scan 0: they are compared folder by folder.
  CREATE TABLE pair (
    id INTEGER PRIMARY KEY REFERENCES owner (id),
    path TEXT NOT NULL,
    path_raw BLOB,
    -- Which folder it is, so that another one in its place is noticed.
    dev TEXT, inode TEXT,
    -- A person has said that this very folder is to be empty: for the next walk, which uses it up.
    accept_empty INTEGER NOT NULL DEFAULT 0 CHECK (accept_empty IN (0, 1)),
    target TEXT NOT NULL,
    target_folder_id TEXT NOT NULL,
    options TEXT NOT NULL,
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    paused_until INTEGER,
    problem TEXT,
    -- When the last complete walk ended, and when the last comparison with Box's listing began: null where events were missed.
    scanned_at INTEGER, compared_at INTEGER,
    -- The file that was read again last; the next ones follow by their ids.
    scrubbed_to INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    -- Set when it is being removed: its rows go in slices.
    removed_at INTEGER,
    CHECK ((dev IS NULL) = (inode IS NULL)),
    CHECK (accept_empty = 0 OR dev IS NOT NULL),
    CHECK (paused = 1 OR paused_until IS NULL)
  ) STRICT;

  -- What a person is asked. Answered ones are kept as history.
  CREATE TABLE question (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER NOT NULL REFERENCES owner (id),
    kind TEXT NOT NULL CHECK (kind IN ('conflict', 'removed-on-box', 'many-deletions', 'root', 'name')),
    file_id INTEGER, folder_id INTEGER,
    path TEXT NOT NULL,
    text TEXT NOT NULL,
    -- What the answer needs: JSON by kind.
    detail TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    answer TEXT, answered_at INTEGER,
    CHECK ((answer IS NULL) = (answered_at IS NULL))
  ) STRICT;
  -- One open question of a kind about one thing.
  CREATE UNIQUE INDEX question_open ON question (owner_id, kind, ifnull(file_id, 0), ifnull(folder_id, 0)) WHERE answer IS NULL;
  CREATE INDEX question_folder ON question (folder_id) WHERE folder_id IS NOT NULL;
  CREATE INDEX question_file ON question (file_id) WHERE file_id IS NOT NULL AND answer IS NULL;

  -- How far the events of an account were followed, and when that was noted.
  CREATE TABLE cursor (
    account_id INTEGER PRIMARY KEY REFERENCES account (id),
    position TEXT NOT NULL,
    moved_at INTEGER NOT NULL
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
    -- In pairs also gone: no longer here, and not decided yet what follows; left: gone, and stays on Box.
    state TEXT NOT NULL CHECK (state IN ('found', 'create', 'list', 'planned', 'failed', 'gone', 'left')),
    scan INTEGER NOT NULL,
    -- 1 when the scan has delivered every entry of it.
    complete INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1)),
    -- The last scan that compared the folder's whole listing with its files at once, and when. That scan has seen every
    -- file of the folder that is not gone, so that rows of unchanged files need not be written.
    whole_scan INTEGER NOT NULL DEFAULT 0,
    whole_at INTEGER NOT NULL DEFAULT 0,
    box_id TEXT,
    problem TEXT,
    -- Pairs alone: which folder it is, and when it was last seen changing place (gone, or new).
    dev TEXT, inode TEXT, birthtime_ns TEXT,
    changed_at INTEGER NOT NULL DEFAULT 0,
    -- When its items on Box were last read whole.
    listed_at INTEGER,
    -- Pairs alone, as with files: a move was begun on Box, or the making of it where box_id is null.
    relocate INTEGER NOT NULL DEFAULT 0 CHECK (relocate IN (0, 1)),
    -- A folder has a place on Box before its files are planned.
    CHECK (state NOT IN ('list', 'planned') OR box_id IS NOT NULL)
  ) STRICT;
  -- One row a name: by its bytes where it is not valid UTF-8.
  CREATE UNIQUE INDEX folder_child ON folder (parent_id, name, ifnull(name_raw, x'')) WHERE parent_id IS NOT NULL;
  CREATE UNIQUE INDEX folder_container ON folder (owner_id, name, ifnull(name_raw, x'')) WHERE parent_id IS NULL;
  CREATE INDEX folder_scan ON folder (owner_id, scan);
  CREATE INDEX folder_ready ON folder (owner_id, scan) WHERE state IN ('create', 'list') AND complete = 1;
  CREATE INDEX folder_failed ON folder (owner_id, scan) WHERE state = 'failed';
  CREATE INDEX folder_relocate ON folder (owner_id) WHERE relocate = 1;
  CREATE INDEX folder_gone ON folder (owner_id) WHERE state = 'gone';
  CREATE INDEX folder_box ON folder (box_id) WHERE box_id IS NOT NULL AND scan = 0;

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
  CREATE TRIGGER folder_recounted AFTER UPDATE OF state, scan, owner_id ON folder
    WHEN old.state <> new.state OR old.scan <> new.scan OR old.owner_id <> new.owner_id BEGIN
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
      -- gone: no longer here (in pairs: and not decided yet what follows); left: gone, and stays on Box (pairs alone).
      ('pending', 'sent', 'adopted', 'unchanged', 'kept', 'failed', 'aborted', 'special', 'gone', 'left')),
    problem TEXT,
    -- The digest and the facts (dev:inode:size:mtime:ctime) under which it was computed: equal facts need no new hash.
    sha1 TEXT,
    sha1_facts TEXT,
    -- What Box holds for it: this is only ever written from an answer of Box.
    box_id TEXT, box_name TEXT, box_etag TEXT, box_version_id TEXT, box_sha1 TEXT,
    -- Pairs alone. own_name: on Box it has another name than here on purpose (a copy beside other content, renamed there).
    -- relocate: its place on Box may be another than here, and is to be set: a move was begun there (this is written before the
    -- call), or it moved here while it went up, and follows once it has arrived.
    own_name INTEGER NOT NULL DEFAULT 0 CHECK (own_name IN (0, 1)),
    relocate INTEGER NOT NULL DEFAULT 0 CHECK (relocate IN (0, 1)),
    -- Facts are known together or not at all; so are a digest and its facts, and Box's copy.
    CHECK ((inode IS NULL) = (dev IS NULL) AND (inode IS NULL) = (mtime_ns IS NULL) AND (inode IS NULL) = (ctime_ns IS NULL)),
    CHECK ((sha1 IS NULL) = (sha1_facts IS NULL)),
    CHECK ((box_id IS NULL) = (box_sha1 IS NULL) AND (box_id IS NULL) = (box_name IS NULL))
  ) STRICT;
  -- One row a name: by its bytes where it is not valid UTF-8.
  CREATE UNIQUE INDEX file_name ON file (folder_id, name, ifnull(name_raw, x''));
  -- The files of a folder in the order of their ids, so that a folder of 100,000 files is read in slices without sorting.
  CREATE INDEX file_folder ON file (folder_id);
  -- Files of pairs (scan 0): what an event of Box is about, and what is gone without a decision.
  CREATE INDEX file_box ON file (box_id) WHERE box_id IS NOT NULL AND scan = 0;
  CREATE INDEX file_synced ON file (owner_id, id) WHERE box_id IS NOT NULL AND scan = 0;
  CREATE INDEX file_relocate ON file (owner_id) WHERE relocate = 1;
  CREATE INDEX file_gone ON file (owner_id) WHERE outcome = 'gone' AND scan = 0;
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
  CREATE TRIGGER file_recounted AFTER UPDATE OF outcome, size, owner_id ON file
    WHEN old.outcome <> new.outcome OR old.size <> new.size OR old.owner_id <> new.owner_id BEGIN
    UPDATE owner_count SET files = files - 1, bytes = bytes - old.size
      WHERE owner_id = old.owner_id AND outcome = old.outcome;
    INSERT INTO owner_count VALUES (new.owner_id, new.outcome, 1, new.size)
      ON CONFLICT DO UPDATE SET files = files + 1, bytes = bytes + new.size;
  END;
  CREATE TRIGGER file_uncounted AFTER DELETE ON file BEGIN
    UPDATE owner_count SET files = files - 1, bytes = bytes - old.size
      WHERE owner_id = old.owner_id AND outcome = old.outcome;
  END;

  -- One revision of one file on its way to Box. No IN in its checks: see its indexes below.
  CREATE TABLE transfer (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner_id INTEGER NOT NULL REFERENCES owner (id),
    file_id INTEGER NOT NULL REFERENCES file (id),
    -- check: compared with Box's copy of the same size first; direct: one request; session: in parts.
    kind TEXT NOT NULL CHECK (kind = 'check' OR kind = 'direct' OR kind = 'session'),
    lane INTEGER NOT NULL CHECK (lane = 0 OR lane = 1),
    priority INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL CHECK (state = 'queued' OR state = 'sending' OR state = 'done' OR state = 'checking'
      OR state = 'opening' OR state = 'committing' OR state = 'settling' OR state = 'paused' OR state = 'waiting'
      OR state = 'needs-you' OR state = 'aborting' OR state = 'aborted' OR state = 'superseded'),
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
  CREATE INDEX transfer_file ON transfer (file_id);
  CREATE INDEX transfer_state ON transfer (owner_id, state);
  CREATE INDEX transfer_queue ON transfer (owner_id, lane, priority DESC, id) WHERE state = 'queued';
  -- The list that people see, group by group in its order: by owner too where a group may be long. Each row stands in one.
  -- The id ends every index by itself.
  CREATE INDEX transfer_needs_you ON transfer (updated_at, id, owner_id) WHERE state = 'needs-you';
  CREATE INDEX transfer_paused ON transfer (priority DESC, id, owner_id) WHERE state = 'paused';

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
  `
  -- More indexes of transfers. No IN here, nor where queries repeat what an index says: SQLite puts the list of an IN together anew
  -- in each statement, twice for each index, and a change of state took twice the time. Earlier ledgers have them with lists.
  DROP INDEX IF EXISTS transfer_live;
  DROP INDEX IF EXISTS transfer_parts;
  DROP INDEX IF EXISTS transfer_under_way;
  DROP INDEX IF EXISTS transfer_waiting;
  DROP INDEX IF EXISTS transfer_waiting_of;
  DROP INDEX IF EXISTS transfer_ended;
  DROP INDEX IF EXISTS transfer_ended_of;
  DROP INDEX IF EXISTS transfer_begun;
  DROP INDEX IF EXISTS transfer_orphan;
  -- A file has at most one transfer that has not ended: two revisions are never on their way at once.
  CREATE UNIQUE INDEX transfer_live ON transfer (file_id)
    WHERE state <> 'done' AND state <> 'aborted' AND state <> 'superseded';
  CREATE INDEX transfer_parts ON transfer (owner_id)
    WHERE session IS NOT NULL AND state <> 'done' AND state <> 'aborted' AND state <> 'superseded';
  CREATE INDEX transfer_under_way ON transfer (id, owner_id)
    WHERE state = 'checking' OR state = 'opening' OR state = 'sending' OR state = 'committing' OR state = 'aborting';
  CREATE INDEX transfer_waiting ON transfer (priority DESC)
    WHERE state = 'settling' OR state = 'queued' OR state = 'waiting';
  CREATE INDEX transfer_waiting_of ON transfer (owner_id, priority DESC)
    WHERE state = 'settling' OR state = 'queued' OR state = 'waiting';
  CREATE INDEX transfer_ended ON transfer (updated_at) WHERE state = 'done' OR state = 'aborted';
  CREATE INDEX transfer_ended_of ON transfer (owner_id, updated_at) WHERE state = 'done' OR state = 'aborted';
  -- Those of which something may have left this machine.
  CREATE INDEX transfer_begun ON transfer (id)
    WHERE (session IS NOT NULL OR intended_sha1 IS NOT NULL)
      AND state <> 'done' AND state <> 'aborted' AND state <> 'superseded';
  CREATE INDEX transfer_orphan ON transfer (id) WHERE session IS NOT NULL AND (state = 'aborted' OR state = 'superseded');

  -- Pairs alone: the digest of the folder's entries at its last comparison, as long as its files have the rows that this left.
  -- A walk that finds the same need not read them. Any other writer takes it away, by these triggers; what becomes of a file
  -- on Box does not concern it.
  ALTER TABLE folder ADD COLUMN seen TEXT;
  CREATE TRIGGER file_unseen_new AFTER INSERT ON file WHEN new.scan = 0 BEGIN
    UPDATE folder SET seen = NULL WHERE id = new.folder_id AND seen IS NOT NULL;
  END;
  CREATE TRIGGER file_unseen AFTER UPDATE OF folder_id, name, name_raw, kind, dev, inode, size, mtime_ns, ctime_ns, outcome ON file
    WHEN new.scan = 0 AND (old.folder_id <> new.folder_id OR old.name <> new.name OR old.name_raw IS NOT new.name_raw
      OR old.kind <> new.kind OR old.size <> new.size OR old.dev IS NOT new.dev OR old.inode IS NOT new.inode
      OR old.mtime_ns IS NOT new.mtime_ns OR old.ctime_ns IS NOT new.ctime_ns
      OR (old.outcome <> new.outcome
        AND (old.outcome IN ('gone', 'left', 'special') OR new.outcome IN ('gone', 'left', 'special')))) BEGIN
    UPDATE folder SET seen = NULL WHERE id IN (old.folder_id, new.folder_id) AND seen IS NOT NULL;
  END;
  CREATE TRIGGER file_unseen_gone AFTER DELETE ON file WHEN old.scan = 0 BEGIN
    UPDATE folder SET seen = NULL WHERE id = old.folder_id AND seen IS NOT NULL;
  END;
  `,
];
