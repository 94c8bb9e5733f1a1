import type { TransferKind } from '../../../shared/model.ts';
import {
  groupOf,
  transferGroups,
  type GroupCounts,
  type ListFilter,
  type TransferGroup,
} from '../../../shared/list-model.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { TransferState, WaitReason } from '../../../shared/transfer-state.ts';
import type { Database } from './database.ts';
import { readProblem } from './jobs.ts';
import { inStates, isLive } from './transfer-sql.ts';

/** What the list shows of a transfer, as the ledger has it. */
export interface ListedTransfer {
  id: number;
  ownerId: number;
  folderId: number;
  fileName: string;
  fileNameRaw: Uint8Array | null;
  kind: TransferKind;
  state: TransferState;
  wait: { reason: WaitReason; startedAt: number; lengthMs: number } | null;
  sizeBytes: number;
  attempts: number;
  problem: Problem | null;
  updatedAt: number;
  session: { partSizeBytes: number; totalParts: number } | null;
}

/** What the ledger holds of a listed transfer: equal columns, equal transfer. */
export type Columns = readonly unknown[];

/** Where a page of names ends: the next one begins behind it. */
export interface ListKey {
  stretch: number;
  order: number;
  id: number;
}

/** Rows of a group that one index gives in order. */
interface Stretch {
  states: readonly TransferState[];
  index: string;
  /** The index that begins with the owner, where the group may be long. */
  ownIndex?: string;
  /** As the index says it: SQLite takes a partial index only then. */
  where: string;
  order: string;
  reverse: string;
  /** The column that comes before the id in the order; null: none. */
  column: 'updated_at' | 'priority' | null;
}

const latestFirst = {
  order: 'updated_at DESC, id DESC',
  reverse: 'updated_at, id',
  column: 'updated_at',
} as const;
const nextFirst = { order: 'priority DESC, id', reverse: 'priority, id DESC', column: 'priority' } as const;

/** The order inside the groups does not change while numbers tick: only a change of state moves a row. */
export const stretches: Record<TransferGroup, readonly Stretch[]> = {
  'needs-you': [{ states: ['needs-you'], index: 'transfer_needs_you', where: "state = 'needs-you'", ...latestFirst }],
  'under-way': [
    {
      states: ['checking', 'opening', 'sending', 'committing', 'aborting'],
      index: 'transfer_under_way',
      where: inStates(['checking', 'opening', 'sending', 'committing', 'aborting']),
      order: 'id',
      reverse: 'id DESC',
      column: null,
    },
  ],
  // In the order in which they will start; what is paused starts last.
  waiting: [
    {
      states: ['settling', 'queued', 'waiting'],
      index: 'transfer_waiting',
      ownIndex: 'transfer_waiting_of',
      where: inStates(['settling', 'queued', 'waiting']),
      ...nextFirst,
    },
    { states: ['paused'], index: 'transfer_paused', where: "state = 'paused'", ...nextFirst },
  ],
  done: [
    {
      states: ['done', 'aborted'],
      index: 'transfer_ended',
      ownIndex: 'transfer_ended_of',
      where: inStates(['done', 'aborted']),
      ...latestFirst,
    },
  ],
};

/** Where a place far from both ends of a group was found. */
interface Mark {
  /** The first row of the group then, and how many rows it had. */
  newest: readonly [updatedAt: number, id: number];
  total: number;
  from: number;
  /** The row that stood there. */
  key: readonly [updatedAt: number, id: number];
}
const keptMarks = 8;

/** The transfers of all jobs and pairs as people see them: sorted, in groups, by the place in the list. Only reads. */
export class TransferListStore {
  readonly #db: Database;
  readonly #marks = new Map<string, Mark>();
  readonly #nearRows: number;

  /** @param nearRows places that are so far from both ends of a group are found again from where they were */
  constructor(db: Database, nearRows = 20_000) {
    this.#db = db;
    this.#nearRows = nearRows;
  }

  /** How many transfers are in each state; of one owner, or of all. States without any may be absent. */
  countStates(ownerId: number | null): Map<TransferState, number> {
    const rows =
      ownerId === null
        ? this.#db.arrays('SELECT state, transfers FROM transfer_count WHERE transfers > 0')
        : this.#db.arrays('SELECT state, transfers FROM transfer_count WHERE owner_id = ?', ownerId);
    const counts = new Map<TransferState, number>();
    for (const [state, transfers] of rows) {
      const of = state as TransferState;
      counts.set(of, (counts.get(of) ?? 0) + Number(transfers));
    }
    return counts;
  }

  /** The ids from a place of a group on, the first one being 0. `counts` are those of `countStates`, of the same moment. */
  ids(
    group: TransferGroup,
    ownerId: number | null,
    counts: ReadonlyMap<TransferState, number>,
    from: number,
    limit: number,
  ): number[] {
    const ids: number[] = [];
    let skip = from;
    for (const stretch of stretches[group]) {
      const total = stretch.states.reduce((sum, state) => sum + (counts.get(state) ?? 0), 0);
      const wanted = Math.min(limit - ids.length, total - skip);
      if (wanted > 0) ids.push(...this.#idsOf(stretch, ownerId, total, skip, wanted));
      skip = Math.max(0, skip - total);
      if (ids.length >= limit) break;
    }
    return ids;
  }

  /** The columns of one listed transfer, for `readListed`; undefined when it is gone. */
  columns(id: number): Columns | undefined {
    return this.#db.arrays(select, id)[0];
  }

  /** Names of a group's files in the order of the list, behind a key; `next` is null when none is left. */
  names(
    group: TransferGroup,
    ownerId: number | null,
    after: ListKey | null,
    limit: number,
  ): { rows: { id: number; name: string }[]; next: ListKey | null } {
    const at = after ?? { stretch: 0, order: Infinity, id: 0 };
    const stretch = stretches[group][at.stretch]!;
    const found = this.#namesOf(stretch, ownerId, at.order === Infinity ? null : at, limit);
    const last = found.at(-1);
    const rows = found.map(([id, , name]) => ({ id: Number(id), name: name as string }));
    if (last && found.length === limit) {
      return { rows, next: { stretch: at.stretch, order: Number(last[1]), id: Number(last[0]) } };
    }
    // Within one priority the rest is behind it.
    if (stretch.column === 'priority' && at.order !== Infinity && !isBehind(at)) {
      return { rows, next: { stretch: at.stretch, order: last ? Number(last[1]) : at.order, id: behind } };
    }
    const isLast = at.stretch + 1 >= stretches[group].length;
    return { rows, next: isLast ? null : { stretch: at.stretch + 1, order: Infinity, id: 0 } };
  }

  /** Parts of a transfer that Box has acknowledged, and their bytes. */
  storedParts(transfer: Pick<ListedTransfer, 'id' | 'sizeBytes' | 'session'>): { done: number; bytes: number } {
    const { id, sizeBytes, session } = transfer;
    if (!session) return { done: 0, bytes: 0 };
    const [[count, last]] = this.#db.arrays(
      "SELECT count(*), max(part_index) FROM part WHERE transfer_id = ? AND state = 'done'",
      id,
    ) as [[number, number | null]];
    const { partSizeBytes, totalParts } = session;
    const missing = last === totalParts - 1 ? partSizeBytes * totalParts - sizeBytes : 0;
    return { done: count, bytes: Math.max(0, count * partSizeBytes - missing) };
  }

  /** Transfers that have not ended and of which something may have left this machine. */
  begun(limit: number): number[] {
    return this.#db
      .arrays(
        `SELECT id FROM transfer INDEXED BY transfer_begun WHERE (session IS NOT NULL OR intended_sha1 IS NOT NULL)
           AND ${isLive} ORDER BY id LIMIT ?`,
        limit,
      )
      .map(([id]) => Number(id));
  }

  #idsOf(stretch: Stretch, ownerId: number | null, total: number, from: number, limit: number): number[] {
    const fromEnd = total - from - limit;
    if (Math.min(from, fromEnd) > this.#nearRows && stretch.column === 'updated_at') {
      return this.#farIds(stretch, ownerId, total, from, limit);
    }
    return this.#countedIds(stretch, ownerId, total, from, limit);
  }

  /** Counted off from the nearer end: an index entry costs some 25 ns. */
  #countedIds(stretch: Stretch, ownerId: number | null, total: number, from: number, limit: number): number[] {
    const fromEnd = total - from - limit;
    const isNear = from <= fromEnd;
    const { source, owner } = sourceOf(stretch, ownerId);
    const rows = this.#db.arrays(
      `SELECT id FROM ${source} ORDER BY ${isNear ? stretch.order : stretch.reverse} LIMIT ? OFFSET ?`,
      ...owner,
      limit,
      isNear ? from : fromEnd,
    );
    const ids = rows.map(([id]) => Number(id));
    return isNear ? ids : ids.reverse();
  }

  /** A place far from both ends, counted off from where one was found before: rows come in at the front, and the rest stays. */
  #farIds(stretch: Stretch, ownerId: number | null, total: number, from: number, limit: number): number[] {
    const name = `${stretch.index} ${ownerId}`;
    const { source, owner } = sourceOf(stretch, ownerId);
    const keys = (where: string, order: string, key: readonly number[], count: number, skip: number) =>
      this.#db
        .arrays(
          `SELECT updated_at, id FROM ${source} AND ${where} ORDER BY ${order} LIMIT ? OFFSET ?`,
          ...owner,
          ...key,
          count,
          skip,
        )
        .map(([at, id]) => [Number(at), Number(id)] as const);
    const before = '(updated_at, id) > (?, ?)';
    const keyOf = (id: number) =>
      [Number(this.#db.arrays('SELECT updated_at FROM transfer WHERE id = ?', id)[0]![0]), id] as const;
    const mark = this.#marks.get(name);
    if (mark) {
      const added = keys(before, stretch.reverse, mark.newest, this.#nearRows, 0);
      const at = mark.from + added.length;
      // Else something was taken out, and nobody knows where.
      const isSound = added.length < this.#nearRows && total - mark.total === added.length;
      if (isSound && Math.abs(from - at) <= this.#nearRows) {
        const isBehind = from >= at;
        const found = isBehind
          ? keys('(updated_at, id) <= (?, ?)', stretch.order, mark.key, limit, from - at)
          : keys(before, stretch.reverse, mark.key, at - from, 0)
              .slice(-limit)
              .reverse();
        const rest = isBehind ? 0 : limit - found.length;
        const ids = found.map(([, id]) => id);
        if (rest > 0)
          ids.push(...keys('(updated_at, id) <= (?, ?)', stretch.order, mark.key, rest, 0).map(([, id]) => id));
        this.#marks.set(name, { newest: added.at(-1) ?? mark.newest, total, from, key: found[0]! });
        return ids;
      }
    }
    const ids = this.#countedIds(stretch, ownerId, total, from, limit);
    const [newest] = this.#countedIds(stretch, ownerId, total, 0, 1);
    if (this.#marks.size >= keptMarks) this.#marks.clear();
    if (ids.length > 0) this.#marks.set(name, { newest: keyOf(newest!), total, from, key: keyOf(ids[0]!) });
    return ids;
  }

  #namesOf(stretch: Stretch, ownerId: number | null, after: ListKey | null, limit: number) {
    const { source, owner } = sourceOf(stretch, ownerId);
    const column = stretch.column ?? 'id';
    const read = (behindKey: string, ...key: number[]) =>
      this.#db.arrays(
        `SELECT id, ${column}, (SELECT name FROM file WHERE file.id = file_id) FROM ${source} ${behindKey}
           ORDER BY ${stretch.order} LIMIT ?`,
        ...owner,
        ...key,
        limit,
      );
    if (!after) return read('');
    if (stretch.column === null) return read('AND id > ?', after.id);
    if (stretch.column === 'updated_at') return read('AND (updated_at, id) < (?, ?)', after.order, after.id);
    return isBehind(after)
      ? read('AND priority < ?', after.order)
      : read('AND priority = ? AND id > ?', after.order, after.id);
  }
}

const behind = Number.MAX_SAFE_INTEGER;
const isBehind = (key: ListKey) => key.id === behind;

function sourceOf(stretch: Stretch, ownerId: number | null): { source: string; owner: number[] } {
  const { index, ownIndex, where } = stretch;
  if (ownerId === null) return { source: `transfer INDEXED BY ${index} WHERE ${where}`, owner: [] };
  return { source: `transfer INDEXED BY ${ownIndex ?? index} WHERE owner_id = ? AND ${where}`, owner: [ownerId] };
}

/** Counts of states as counts of the groups that people see. */
export function groupCounts(counts: ReadonlyMap<TransferState, number>): GroupCounts {
  const groups: GroupCounts = { 'needs-you': 0, 'under-way': 0, waiting: 0, done: 0 };
  for (const [state, transfers] of counts) {
    const group = groupOf[state];
    if (group !== null) groups[group] += transfers;
  }
  return groups;
}

/** The groups of which a filter shows the rows, in order. */
export function shownGroups({ group, folded = [] }: Pick<ListFilter, 'group' | 'folded'>): readonly TransferGroup[] {
  return group === null ? transferGroups.filter((one) => !folded.includes(one)) : [group];
}

const select = `SELECT transfer.id, transfer.owner_id, file.folder_id, file.name, file.name_raw, transfer.kind, state,
  wait_reason, wait_started_at, wait_ms, transfer.size, attempts, transfer.problem, updated_at,
  session ->> '$.partSizeBytes', session ->> '$.totalParts'
  FROM transfer JOIN file ON file.id = transfer.file_id WHERE transfer.id = ?`;

/** What `columns` has read. */
export function readListed(columns: Columns): ListedTransfer {
  const [id, ownerId, folderId, fileName, fileNameRaw, kind, state, reason, startedAt, lengthMs, size, ...rest] =
    columns;
  const [attempts, problem, updatedAt, partSize, parts] = rest;
  return {
    id: Number(id),
    ownerId: Number(ownerId),
    folderId: Number(folderId),
    fileName: fileName as string,
    fileNameRaw: fileNameRaw as Uint8Array | null,
    kind: kind as TransferKind,
    state: state as TransferState,
    wait:
      reason === null
        ? null
        : { reason: reason as WaitReason, startedAt: Number(startedAt), lengthMs: Number(lengthMs) },
    sizeBytes: Number(size),
    attempts: Number(attempts),
    problem: readProblem(problem),
    updatedAt: Number(updatedAt),
    session: partSize === null ? null : { partSizeBytes: Number(partSize), totalParts: Number(parts) },
  };
}
