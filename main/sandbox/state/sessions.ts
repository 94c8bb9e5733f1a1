// Upload sessions: a sparse file that parts are written into, and the rows that say which parts are there.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { BoxError } from '../http/box-error.ts';
import type { Query } from './database.ts';
import { RangeSink, makeSparse } from './disk-sink.ts';
import { choosePartSize, overlapError, partCount } from './grid.ts';
import type { Items } from './items.ts';
import { nameKey } from './names.ts';
import { stateFolderName } from './state.ts';
import { WholeDigests } from './whole-digests.ts';

export interface Session {
  id: string;
  /** The file that gets a new version; null for a new file. */
  file: number | null;
  folder: number;
  name: string;
  /** 1 where a new version also gets the session's name. */
  renames: number;
  size: number;
  part_size: number;
  created_at_ms: number;
  expires_at_ms: number;
  /** Commits answered 202 so far. */
  rounds: number;
  committed_file: number | null;
}

export interface Part {
  offset: number;
  size: number;
  sha1: string;
  part_id: string;
}

/** What this process knows of a session beside its rows. */
interface Live {
  /** Offsets whose bytes are arriving now. */
  arriving: Set<number>;
  /** Offsets that somebody may have written to: no longer a hole. Undefined where another process began the session. */
  touched: Set<number> | undefined;
  /** End of the parts that follow each other from the start. */
  prefixBytes: number;
  /** How much of the prefix the hash worker hasn't been told of. */
  unhashedBytes: number;
  committing: boolean;
}

/** Waking the worker costs about as much as hashing a megabyte, so it is woken for a good piece of work. */
const hashStepBytes = 16 * 2 ** 20;
const sweepMs = 60_000;
const keepExpiredMs = 7 * 24 * 3600 * 1000;

export class Sessions {
  readonly items: Items;
  readonly digests = new WholeDigests();
  readonly #live = new Map<string, Live>();
  readonly #byId: Query<Session>;
  readonly #insert: Query<unknown>;
  readonly #delete: Query<unknown>;
  readonly #deleteParts: Query<unknown>;
  readonly #sameTarget: Query<Session>;
  readonly #part: Query<Part>;
  readonly #parts: Query<Part>;
  readonly #partCount: Query<{ count: number; bytes: number | null }>;
  readonly #addPart: Query<unknown>;
  readonly #addRound: Query<unknown>;
  readonly #setCommitted: Query<unknown>;
  readonly #sweep: NodeJS.Timeout;

  constructor(items: Items) {
    this.items = items;
    const { database } = items.state;
    this.#byId = database.query('select * from session where id = ?');
    this.#insert = database.query(`insert into session
      (id, file, folder, name, name_key, renames, size, part_size, created_at_ms, expires_at_ms) values (?,?,?,?,?,?,?,?,?,?)`);
    this.#delete = database.query('delete from session where id = ?');
    this.#deleteParts = database.query('delete from part where session = ?');
    this.#sameTarget = database.query(`select * from session where folder = ? and name_key = ? and file is ?
      and committed_file is null and expires_at_ms > ? limit 1`);
    this.#part = database.query('select * from part where session = ? and offset = ?');
    this.#parts = database.query('select * from part where session = ? order by offset limit ? offset ?');
    this.#partCount = database.query('select count(*) as count, sum(size) as bytes from part where session = ?');
    this.#addPart = database.query('insert into part (session, offset, size, sha1, part_id) values (?,?,?,?,?)');
    this.#addRound = database.query('update session set rounds = rounds + 1 where id = ?');
    this.#setCommitted = database.query('update session set committed_file = ? where id = ?');
    this.#sweep = setInterval(() => this.#removeExpired(), sweepMs).unref();
    this.#removeExpired();
  }

  /** Makes a session whose checks have passed. 409 session_conflict where that is switched on and one is live. */
  create(
    target: Pick<Session, 'file' | 'folder' | 'name' | 'renames'>,
    sizeBytes: number,
    show: (other: Session) => unknown,
  ): Session {
    const { settings } = this.items;
    const nowMs = Date.now();
    if (settings.sessionConflict) {
      const other = this.#sameTarget.get(target.folder, nameKey(target.name), target.file, nowMs);
      if (other) {
        throw new BoxError(409, 'session_conflict', 'An upload session for this item already exists', {
          session: show(other),
        });
      }
    }
    const id = randomBytes(16).toString('hex').toUpperCase();
    makeSparse(this.items.state.path(this.path(id)), sizeBytes);
    const session: Session = {
      ...{ id, ...target, size: sizeBytes },
      part_size: settings.partSize ?? choosePartSize(sizeBytes),
      created_at_ms: nowMs,
      expires_at_ms: nowMs + settings.sessionSeconds * 1000,
      rounds: 0,
      committed_file: null,
    };
    this.#insert.run(
      ...[
        id,
        target.file,
        target.folder,
        target.name,
        nameKey(target.name),
        target.renames,
        sizeBytes,
        session.part_size,
      ],
      ...[session.created_at_ms, session.expires_at_ms],
    );
    this.#live.set(id, {
      arriving: new Set(),
      touched: new Set(),
      prefixBytes: 0,
      unhashedBytes: 0,
      committing: false,
    });
    return session;
  }

  /** Where a session's bytes lie, relative to the root. */
  path(id: string): string {
    return `${stateFolderName}/sessions/${id}`;
  }

  /**
   * A session that can still be used.
   * @throws BoxError 400 invalid_upload_session_id, 404 not_found (aborted, committed or never there), 410 session_expired
   */
  usable(id: string): Session {
    const session = this.known(id);
    if (session.committed_file !== null) throw gone(id);
    if (session.expires_at_ms <= Date.now()) {
      throw new BoxError(410, 'session_expired', 'The upload session has expired');
    }
    return session;
  }

  /** As `usable`, but committed and expired sessions are found too. */
  known(id: string): Session {
    if (!/^[0-9a-f]{1,64}$/i.test(id)) {
      throw new BoxError(400, 'invalid_upload_session_id', `Invalid upload session id '${id}'`);
    }
    const session = this.#byId.get(id.toUpperCase());
    if (!session) throw gone(id);
    return session;
  }

  parts(id: string, limit: number, offset: number): Part[] {
    return this.#parts.all(id, limit, offset);
  }

  stored(id: string): { count: number; bytes: number } {
    const row = this.#partCount.get(id);
    return { count: row?.count ?? 0, bytes: row?.bytes ?? 0 };
  }

  /**
   * Claims one cell of the grid for a part that is about to arrive. Two bodies never write to the same place at once.
   * @throws BoxError 416 range_overlaps_existing_part, 409 conflict while another body for the cell is arriving
   */
  claim(session: Session, offset: number): { sink: RangeSink; release: () => void } {
    const existing = this.#part.get(session.id, offset);
    if (existing) throw overlapError(existing);
    const live = this.#liveOf(session);
    if (live.arriving.has(offset) || live.committing) {
      throw new BoxError(409, 'conflict', 'Another request is writing this part or committing its session');
    }
    const isHole = live.touched !== undefined && !live.touched.has(offset);
    const sink = new RangeSink(this.items.state.path(this.path(session.id)), offset, isHole);
    live.arriving.add(offset);
    live.touched?.add(offset);
    return { sink, release: () => live.arriving.delete(offset) };
  }

  /** Records a part whose bytes are on disk. 404 or 410 where the session ended meanwhile. */
  store(id: string, part: Omit<Part, 'part_id'>): Part {
    const session = this.usable(id);
    const stored = { ...part, part_id: randomBytes(4).toString('hex').toUpperCase() };
    this.#addPart.run(id, part.offset, part.size, part.sha1, stored.part_id);
    this.#advance(session);
    return stored;
  }

  /** Counts one commit that was answered 202. */
  addRound(id: string): void {
    this.#addRound.run(id);
  }

  /** Keeps others from writing parts or committing while one commit is under way. 409 where one already is. */
  beginCommit(session: Session): () => void {
    const live = this.#liveOf(session);
    if (live.committing) throw new BoxError(409, 'conflict', 'The session is being committed by another request');
    live.committing = true;
    return () => (live.committing = false);
  }

  /** Marks the session as committed, inside the transaction that makes the file. It stays known until its expiry. */
  markCommitted(id: string, file: number): void {
    this.#setCommitted.run(file, id);
    this.#deleteParts.run(id);
  }

  /** Forgets what only a live session needs. */
  afterCommit(id: string): void {
    this.#live.delete(id);
    this.digests.forget(this.items.state.path(this.path(id)));
  }

  /** Ends a session and drops its bytes. A committed one only loses its row: its file stays. */
  abort(session: Session): void {
    this.items.state.change(() => {
      this.#delete.run(session.id);
      this.#deleteParts.run(session.id);
    });
    this.#live.delete(session.id);
    // Where the bytes of a committed one are still here, they wait to be moved to the file's place.
    if (session.committed_file === null) this.#dropBytes(session);
    else this.digests.forget(this.items.state.path(this.path(session.id)));
  }

  /** num_parts_processed: what has arrived; with commit rounds it grows with each of them. */
  processedParts(session: Session): number {
    const { count } = this.stored(session.id);
    const { commitRounds } = this.items.settings;
    return commitRounds === 0 ? count : Math.floor((count * Math.min(session.rounds, commitRounds)) / commitRounds);
  }

  totalParts(session: Session): number {
    return partCount(session.size, session.part_size);
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await this.digests.close();
  }

  #liveOf(session: Session): Live {
    let live = this.#live.get(session.id);
    if (!live) {
      live = { arriving: new Set(), touched: undefined, prefixBytes: 0, unhashedBytes: 0, committing: false };
      this.#live.set(session.id, live);
    }
    return live;
  }

  #advance(session: Session): void {
    const live = this.#liveOf(session);
    const before = live.prefixBytes;
    for (let part; (part = this.#part.get(session.id, live.prefixBytes));) live.prefixBytes += part.size;
    live.unhashedBytes += live.prefixBytes - before;
    if (live.unhashedBytes >= hashStepBytes) {
      live.unhashedBytes = 0;
      this.digests.advance(this.items.state.path(this.path(session.id)), live.prefixBytes);
    }
  }

  #dropBytes(session: Session): void {
    const path = this.items.state.path(this.path(session.id));
    this.digests.forget(path);
    rmSync(path, { force: true });
  }

  // Rows outlive their expiry for a while, so that a late client hears 410 and not 404.
  #removeExpired(): void {
    const { database } = this.items.state;
    const nowMs = Date.now();
    for (const session of database.query<Session>('select * from session where expires_at_ms <= ?').all(nowMs)) {
      const live = this.#live.get(session.id);
      if (live && (live.arriving.size > 0 || live.committing)) continue;
      if (session.committed_file === null) this.#dropBytes(session);
      this.#live.delete(session.id);
      if (session.committed_file === null && session.expires_at_ms > nowMs - keepExpiredMs) continue;
      this.#delete.run(session.id);
      this.#deleteParts.run(session.id);
    }
  }
}

const gone = (id: string): BoxError =>
  new BoxError(404, 'not_found', 'Not Found', {
    errors: [{ reason: 'invalid_parameter', name: 'upload_session_id', message: `Invalid value '${id}'.` }],
  });
