import {
  transferGroups,
  type GroupCounts,
  type ListBatch,
  type ListFilter,
  type TransferGroup,
} from '../../shared/list-model.ts';
import type { TransferRow } from '../../shared/model.ts';
import { EtaGauge } from './eta-gauge.ts';
import { windowFor, type RowWindow } from './list-window.ts';
import type { Session } from './session.svelte.ts';

/** While somebody drags the scroll bar, another window is asked for at most this often. */
const moveMs = 100;

/** One row that is known. Only who reads it is drawn again when it changes. */
export class TransferCell {
  row = $state.raw() as TransferRow;
  /** Null until it can be trusted. */
  etaMs = $state<number | null>(null);
  readonly #gauge = new EtaGauge();

  constructor(row: TransferRow) {
    this.put(row);
  }

  put(row: TransferRow): void {
    this.row = row;
    this.etaMs = this.#gauge.push(performance.now(), row.bytesPerSecond, row.sizeBytes - row.doneBytes);
  }
}

/** The rows that a filter lets through: how many there are in all, and those around what is seen. */
export class TransferList {
  filter = $state.raw<ListFilter>({ group: null, text: '', ownerId: null });
  /** Rows of each group, also of those that are not shown, under the text; null until the first batch. */
  counts = $state.raw<GroupCounts | null>(null);
  /** Whether what is shown is still of the filter before. */
  isStale = $state(false);
  /** What is known: the place of the first one, and the order. Old until the new has come. */
  known = $state.raw<{ from: number; ids: readonly number[] }>({ from: 0, ids: [] });
  /** The group that is shown, which the filter of now may not be yet; null: all. */
  group = $state<TransferGroup | null>(null);
  /** The groups that are shown folded, where all are shown. */
  folded = $state.raw<readonly TransferGroup[]>([]);
  /** Rows that are shown. */
  readonly total = $derived(totalOf(this.counts, { group: this.group, folded: [...this.folded] }));
  /** Whether the filter lets nothing through, folded groups included. */
  readonly isEmpty = $derived(this.counts !== null && totalOf(this.counts, { group: this.group }) === 0);
  readonly #session: Pick<Session, 'watch'>;
  readonly #cells = new Map<number, TransferCell>();
  #window: RowWindow | null = null;
  #seen = { first: 0, last: 30 };
  #close: () => void = () => undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #movedAt = -Infinity;

  /** `near`: a row that is in sight at first. */
  constructor(session: Pick<Session, 'watch'>, filter?: ListFilter, near = 0) {
    this.#session = session;
    if (filter) this.filter = filter;
    this.#seen = { first: Math.max(0, near - 30), last: near + 30 };
    this.isStale = true;
    this.#open();
  }

  /** Shows other rows, those near a place first; the old ones stay until they have come. */
  choose(filter: ListFilter, first = 0): void {
    this.filter = filter;
    this.isStale = true;
    this.#seen = { first, last: first + this.#seen.last - this.#seen.first };
    this.#window = null;
    this.#open();
  }

  /** Says which rows are in sight. */
  look(first: number, last: number): void {
    this.#seen = { first, last };
    if (this.isStale || windowFor(this.#seen, this.#window, this.total) === this.#window) return;
    if (this.#timer !== undefined) return;
    const restMs = Math.max(0, this.#movedAt + moveMs - performance.now());
    if (restMs === 0) return this.#open();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#open();
    }, restMs);
  }

  /** The id at a place; undefined where it isn't known. */
  idAt(index: number): number | undefined {
    return this.known.ids[index - this.known.from];
  }

  /** The place of an id; -1 where it isn't known. */
  indexOf(id: number): number {
    const place = this.known.ids.indexOf(id);
    return place < 0 ? -1 : place + this.known.from;
  }

  cell(id: number): TransferCell | undefined {
    return this.#cells.get(id);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#close();
  }

  #open(): void {
    const window = windowFor(this.#seen, this.#window, this.isStale ? null : this.total);
    if (window === this.#window) return;
    this.#window = window;
    this.#movedAt = performance.now();
    this.#close();
    const view = { kind: 'list' as const, filter: this.filter, ...window };
    this.#close = this.#session.watch(view, (batch) => {
      if (batch.kind === 'list') this.#apply(batch);
    });
  }

  #apply(batch: ListBatch): void {
    // What an earlier window knew and this one doesn't send again is still the same row only if this batch isn't whole.
    if (batch.whole) {
      const sent = new Set(batch.rows.map(({ id }) => id));
      for (const id of this.#cells.keys()) if (!sent.has(id)) this.#cells.delete(id);
    }
    for (const row of batch.rows) {
      const cell = this.#cells.get(row.id);
      if (cell) cell.put(row);
      else this.#cells.set(row.id, new TransferCell(row));
    }
    if (batch.from !== this.known.from || !sameIds(batch.ids, this.known.ids) || batch.whole) {
      const ids = new Set(batch.ids);
      for (const id of this.#cells.keys()) if (!ids.has(id)) this.#cells.delete(id);
      this.known = { from: batch.from, ids: batch.ids };
    }
    if (!sameCounts(this.counts, batch.counts)) this.counts = batch.counts;
    if (!this.isStale) return;
    this.group = this.filter.group;
    this.folded = this.filter.folded ?? [];
    this.isStale = false;
    // While it was waited for, somebody may have scrolled.
    this.look(this.#seen.first, this.#seen.last);
  }
}

function totalOf(counts: GroupCounts | null, { group, folded = [] }: Pick<ListFilter, 'group' | 'folded'>): number {
  if (!counts) return 0;
  if (group !== null) return counts[group];
  return transferGroups.reduce((sum, one) => (folded.includes(one) ? sum : sum + counts[one]), 0);
}

function sameIds(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id, place) => id === b[place]);
}

function sameCounts(a: GroupCounts | null, b: GroupCounts): boolean {
  return a !== null && Object.entries(b).every(([group, count]) => a[group as keyof GroupCounts] === count);
}
