import { z } from 'zod';
import type { TransferKind } from '../../../shared/model.ts';
import type { Problem } from '../../../shared/problem.ts';
import {
  activeStates,
  endStates,
  mayMove,
  type TransferState,
  type WaitReason,
} from '../../../shared/transfer-state.ts';
import type { SessionRecord } from '../../box/upload-session/journal.ts';
import type { Database, Row } from './database.ts';
import { localFactsSchema, type LedgerFacts } from './facts.ts';
import { readProblem } from './jobs.ts';
import type { PartStore } from './parts.ts';
import type { Timeline } from './timeline.ts';
import { inStates, isLive } from './transfer-sql.ts';

/** Files below Box's minimum for sessions never wait behind larger ones: two lanes. */
export const smallLane = 0;
export const largeLane = 1;

export interface Base {
  fileId: string;
  etag: string | null;
  sha1: string | null;
}

export interface TransferRowData {
  id: number;
  ownerId: number;
  fileId: number;
  kind: TransferKind;
  lane: 0 | 1;
  state: TransferState;
  wait: { reason: WaitReason; startedAt: number; lengthMs: number } | null;
  sizeBytes: number;
  facts: LedgerFacts;
  parentBoxId: string;
  name: string;
  /** The file on Box of which this becomes a new version; null for a new file. */
  base: Base | null;
  intendedSha1: string | null;
  attempts: number;
  problem: Problem | null;
  session: SessionRecord | null;
  /** Bytes that went over the wire for it, over all runs. */
  sentBytes: number;
  updatedAt: number;
}

/** What may change together with a state. */
export interface TransferChange {
  wait?: { reason: WaitReason; lengthMs: number };
  problem?: Problem | null;
  note?: string;
  countAttempt?: boolean;
  /** Bytes that went over the wire in the run that ends with the change. */
  sentBytes?: number;
  intendedSha1?: string;
}

const sessionSchema = z.object({
  id: z.string(),
  partSizeBytes: z.number(),
  totalParts: z.number(),
  expiresAt: z.string(),
  endpoints: z.object({
    uploadPart: z.string(),
    commit: z.string(),
    abort: z.string(),
    listParts: z.string(),
    status: z.string(),
    logEvent: z.string().optional(),
  }),
  ours: z.boolean(),
}) satisfies z.ZodType<SessionRecord>;

const ended = endStates.map((state) => `'${state}'`).join(', ');

/** Transfers. Every method that writes is called within a transaction. */
export class TransferStore {
  readonly #db: Database;
  readonly #parts: PartStore;
  readonly #timeline: Timeline;

  constructor(db: Database, parts: PartStore, timeline: Timeline) {
    this.#db = db;
    this.#parts = parts;
    this.#timeline = timeline;
  }

  /**
   * A new transfer of a file, which is pending from then on.
   * @throws when the file has a transfer that has not ended.
   */
  create(transfer: {
    ownerId: number;
    fileId: number;
    kind: TransferKind;
    lane: 0 | 1;
    state: 'queued' | 'settling';
    facts: LedgerFacts;
    parentBoxId: string;
    name: string;
    base: Base | null;
    now: number;
  }): number {
    const { id } = this.#db.run(
      `INSERT INTO transfer (owner_id, file_id, kind, lane, state, size, facts, parent_box_id, name, base_id, base_etag,
         base_sha1, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      transfer.ownerId,
      transfer.fileId,
      transfer.kind,
      transfer.lane,
      transfer.state,
      transfer.facts.sizeBytes,
      JSON.stringify(transfer.facts),
      transfer.parentBoxId,
      transfer.name,
      transfer.base?.fileId ?? null,
      transfer.base?.etag ?? null,
      transfer.base?.sha1 ?? null,
      transfer.now,
      transfer.now,
    );
    this.#db.run(
      "UPDATE file SET outcome = 'pending', problem = NULL WHERE id = ? AND (outcome <> 'pending' OR problem IS NOT NULL)",
      transfer.fileId,
    );
    this.#timeline.note(id, transfer.state, null, transfer.now);
    return id;
  }

  get(id: number): TransferRowData | undefined {
    const row = this.#db.get(selectById, id);
    return row && toTransfer(row);
  }

  /** The transfer of a file that has not ended; there is at most one. */
  live(fileId: number): TransferRowData | undefined {
    const row = this.#db.get(`${select} WHERE file_id = ? AND ${isLive}`, fileId);
    return row && toTransfer(row);
  }

  /** The newest transfer of a file, ended or not. */
  latest(fileId: number): TransferRowData | undefined {
    const row = this.#db.get(`${select} WHERE file_id = ? ORDER BY id DESC LIMIT 1`, fileId);
    return row && toTransfer(row);
  }

  /** The next queued transfers of a lane: by priority, the highest first, then in the order they were planned. */
  next(ownerId: number, lane: 0 | 1, limit: number): TransferRowData[] {
    return this.#db
      .all(
        `${select} WHERE owner_id = ? AND state = 'queued' AND lane = ? ORDER BY priority DESC, id LIMIT ?`,
        ownerId,
        lane,
        limit,
      )
      .map(toTransfer);
  }

  /** The ids that `next` would give. */
  nextIds(ownerId: number, lane: 0 | 1, limit: number): number[] {
    return this.inLine(ownerId, lane, limit).map(({ id }) => id);
  }

  /** The same with their priorities. */
  inLine(ownerId: number, lane: 0 | 1, limit: number): { id: number; priority: number }[] {
    return this.#db
      .arrays(
        "SELECT id, priority FROM transfer WHERE owner_id = ? AND state = 'queued' AND lane = ? ORDER BY priority DESC, id LIMIT ?",
        ownerId,
        lane,
        limit,
      )
      .map(([id, priority]) => ({ id: Number(id), priority: Number(priority) }));
  }

  /** Transfers in the order of their ids, beginning after `after`. `states` null: all of them. */
  list(query: {
    ownerId: number | null;
    states: readonly TransferState[] | null;
    after: number;
    limit: number;
  }): TransferRowData[] {
    const { ownerId, states, after, limit } = query;
    if (ownerId === null && states === null) {
      return this.#db.all(`${select} WHERE id > ? ORDER BY id LIMIT ?`, after, limit).map(toTransfer);
    }
    return this.#idsIn(ownerId, states, after, limit).map((id) => this.get(id)!);
  }

  /** How many transfers of an owner are in each state that has not ended. */
  countLive(ownerId: number): Map<TransferState, number> {
    const rows = this.#db.all(
      `SELECT state, transfers FROM transfer_count WHERE owner_id = ? AND transfers > 0 AND state NOT IN (${ended})`,
      ownerId,
    );
    return new Map(rows.map((row) => [row['state'] as TransferState, Number(row['transfers'])]));
  }

  /**
   * The one way in which a transfer changes its state; staying notes nothing in the timeline but takes the rest of the
   * change. Returns false, and nothing of the change is written, when the move isn't allowed: by the table of states, or because the transfer
   * has ended and another one of its file is on its way.
   * @throws when it would be committing without an intended SHA-1.
   */
  move(id: number, to: TransferState, change: TransferChange, now: number): boolean {
    const row = this.#db.get('SELECT state, file_id FROM transfer WHERE id = ?', id);
    const from = row?.['state'] as TransferState | undefined;
    if (from === undefined || !mayMove(from, to)) return false;
    if (from !== to && endStates.includes(from) && this.live(Number(row!['file_id']))) return false;
    this.#db.run(
      `UPDATE transfer SET state = ?, wait_reason = ?, wait_started_at = ?, wait_ms = ?, problem = ?,
         attempts = attempts + ?, sent_bytes = sent_bytes + ?, intended_sha1 = ifnull(?, intended_sha1), updated_at = ?
         WHERE id = ?`,
      to,
      change.wait?.reason ?? null,
      change.wait ? now : null,
      change.wait?.lengthMs ?? null,
      change.problem ? JSON.stringify(change.problem) : null,
      change.countAttempt ? 1 : 0,
      change.sentBytes ?? 0,
      change.intendedSha1 ?? null,
      now,
      id,
    );
    if (from !== to || change.note) this.#timeline.note(id, to, change.note ?? null, now);
    return true;
  }

  /** A start of the engine: what was under way is queued again. What was committing stays so until its outcome is known. */
  resetActive(now: number): void {
    const states: TransferState[] = [...activeStates.filter((state) => state !== 'committing'), 'waiting', 'settling'];
    for (const id of this.#idsIn(null, states, 0, -1)) {
      this.move(id, 'queued', { note: 'Boxcar was started' }, now);
    }
  }

  setKind(id: number, kind: TransferKind, lane: 0 | 1): void {
    this.#db.run('UPDATE transfer SET kind = ?, lane = ? WHERE id = ?', kind, lane, id);
  }

  setFacts(id: number, facts: LedgerFacts): void {
    this.#db.run('UPDATE transfer SET facts = ?, size = ? WHERE id = ?', JSON.stringify(facts), facts.sizeBytes, id);
  }

  setTarget(id: number, name: string, base: Base | null): void {
    this.#db.run(
      'UPDATE transfer SET name = ?, base_id = ?, base_etag = ?, base_sha1 = ? WHERE id = ?',
      name,
      base?.fileId ?? null,
      base?.etag ?? null,
      base?.sha1 ?? null,
      id,
    );
  }

  setIntended(id: number, sha1: string | null): void {
    this.#db.run('UPDATE transfer SET intended_sha1 = ? WHERE id = ?', sha1, id);
  }

  setPriority(id: number, priority: number): void {
    this.#db.run('UPDATE transfer SET priority = ? WHERE id = ?', priority, id);
  }

  addSentBytes(id: number, bytes: number): void {
    this.#db.run('UPDATE transfer SET sent_bytes = sent_bytes + ? WHERE id = ?', bytes, id);
  }

  /** Another session, or none: everything known of the parts of the old one is void. */
  setSession(id: number, session: SessionRecord | null): void {
    this.#parts.clear(id);
    this.#db.run('UPDATE transfer SET session = ? WHERE id = ?', session && JSON.stringify(session), id);
  }

  /** The same session at another address; what is known of its parts stays. */
  setEndpoints(id: number, session: SessionRecord): void {
    this.#db.run('UPDATE transfer SET session = ? WHERE id = ?', JSON.stringify(session), id);
  }

  /** Transfers that hold a session of ours though they have ended: their sessions are to be aborted. */
  orphanSessions(limit: number): TransferRowData[] {
    return this.#db
      .all(
        `${select} WHERE session IS NOT NULL AND ${inStates(['aborted', 'superseded'])} AND session ->> '$.ours' ORDER BY id LIMIT ?`,
        limit,
      )
      .map(toTransfer);
  }

  /** Transfers of an owner that have a session and have not ended: parts of them may be on Box. */
  inParts(ownerId: number, limit: number): TransferRowData[] {
    return this.#db
      .all(`${select} WHERE owner_id = ? AND session IS NOT NULL AND ${isLive} LIMIT ?`, ownerId, limit)
      .map(toTransfer);
  }

  /** Ids in order. The counts name the few pairs of owner and state that have rows, and an index serves each. */
  #idsIn(ownerId: number | null, states: readonly TransferState[] | null, after: number, limit: number): number[] {
    const pairs = this.#db.all(
      `SELECT owner_id, state FROM transfer_count WHERE transfers > 0 ${ownerId === null ? '' : 'AND owner_id = ?'}`,
      ...(ownerId === null ? [] : [ownerId]),
    );
    const ids: number[] = [];
    for (const pair of pairs) {
      if (states && !states.includes(pair['state'] as TransferState)) continue;
      const found = this.#db.arrays(
        'SELECT id FROM transfer WHERE owner_id = ? AND state = ? AND id > ? ORDER BY id LIMIT ?',
        Number(pair['owner_id']),
        pair['state'] as string,
        after,
        limit,
      );
      for (const [id] of found) ids.push(Number(id));
    }
    ids.sort((a, b) => a - b);
    return limit < 0 ? ids : ids.slice(0, limit);
  }
}

const select = `SELECT id, owner_id, file_id, kind, lane, state, wait_reason, wait_started_at, wait_ms, size, facts,
  parent_box_id, name, base_id, base_etag, base_sha1, intended_sha1, attempts, problem, session, sent_bytes, updated_at
  FROM transfer`;

/** Put together once: statements are found again by their text. */
const selectById = `${select} WHERE id = ?`;

function toTransfer(row: Row): TransferRowData {
  return {
    id: Number(row['id']),
    ownerId: Number(row['owner_id']),
    fileId: Number(row['file_id']),
    kind: row['kind'] as TransferKind,
    lane: row['lane'] as 0 | 1,
    state: row['state'] as TransferState,
    wait:
      row['wait_reason'] === null
        ? null
        : {
            reason: row['wait_reason'] as WaitReason,
            startedAt: Number(row['wait_started_at']),
            lengthMs: Number(row['wait_ms']),
          },
    sizeBytes: Number(row['size']),
    facts: localFactsSchema.parse(JSON.parse(row['facts'] as string)),
    parentBoxId: row['parent_box_id'] as string,
    name: row['name'] as string,
    base:
      row['base_id'] === null
        ? null
        : {
            fileId: row['base_id'] as string,
            etag: row['base_etag'] as string | null,
            sha1: row['base_sha1'] as string | null,
          },
    intendedSha1: row['intended_sha1'] as string | null,
    attempts: Number(row['attempts']),
    problem: readProblem(row['problem']),
    session: row['session'] === null ? null : sessionSchema.parse(JSON.parse(row['session'] as string)),
    sentBytes: Number(row['sent_bytes']),
    updatedAt: Number(row['updated_at']),
  };
}
