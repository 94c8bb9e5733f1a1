import { groupOf, transferGroups, type ListFilter } from '../../../shared/list-model.ts';
import type { TransferRow } from '../../../shared/model.ts';
import type { Batch, View } from '../../../shared/progress-contract.ts';

type ListView = Extract<View, { kind: 'list' }>;
interface Watcher {
  view: ListView;
  onBatch: (batch: Batch) => void | Promise<void>;
  sent: Map<number, TransferRow> | null;
}

/** What stands at the other end of the link: rows, and windows of them, as the engine's list view gives them out. */
export class FakeTransfers {
  rows = new Map<number, TransferRow>();
  readonly watchers = new Set<Watcher>();
  /** Every window that was ever asked for. */
  readonly asked: ListView[] = [];
  /** With it, a new window is answered only by `deliver`. */
  isSlow = false;

  add(row: Partial<TransferRow> & { id: number }): void {
    this.rows.set(row.id, makeRow(row));
  }

  change(id: number, changes: Partial<TransferRow>): void {
    this.rows.set(id, { ...this.rows.get(id)!, ...changes });
  }

  readonly watch = (view: View, onBatch: (batch: Batch) => void | Promise<void>): (() => void) => {
    if (view.kind !== 'list') return () => undefined;
    const watcher: Watcher = { view, onBatch, sent: null };
    this.asked.push(view);
    this.watchers.add(watcher);
    if (!this.isSlow) queueMicrotask(() => this.#send(watcher));
    return () => this.watchers.delete(watcher);
  };

  /** One tick: everybody gets what changed. */
  deliver(): void {
    for (const watcher of [...this.watchers]) this.#send(watcher);
  }

  /** The ids under a filter, in order. */
  idsOf({ group, text, folded = [] }: ListFilter): number[] {
    const rows = [...this.rows.values()].filter(({ path }) => path.toLowerCase().includes(text.toLowerCase()));
    return transferGroups
      .filter((one) => (group === null ? !folded.includes(one) : one === group))
      .flatMap((one) => rows.filter(({ state }) => groupOf[state] === one).map(({ id }) => id));
  }

  #send(watcher: Watcher): void {
    if (!this.watchers.has(watcher)) return;
    const { filter, from: asked, count } = watcher.view;
    const all = this.idsOf(filter);
    const from = asked < all.length ? asked : Math.max(0, all.length - count);
    const ids = all.slice(from, from + count);
    const whole = watcher.sent === null;
    const rows = ids.map((id) => this.rows.get(id)!).filter((row) => watcher.sent?.get(row.id) !== row);
    watcher.sent = new Map(ids.map((id) => [id, this.rows.get(id)!]));
    const counts = Object.fromEntries(
      transferGroups.map((group) => [group, this.idsOf({ ...filter, group }).length]),
    ) as Record<(typeof transferGroups)[number], number>;
    void watcher.onBatch({ kind: 'list', whole, counts, from, ids, rows });
  }
}

export function makeRow(row: Partial<TransferRow> & { id: number }): TransferRow {
  return {
    jobId: 1,
    pairId: null,
    path: `/home/ann/Films/film-${String(row.id).padStart(5, '0')}.mp4`,
    kind: 'session',
    state: 'queued',
    wait: null,
    sizeBytes: 300_000_000,
    doneBytes: 0,
    bytesPerSecond: null,
    parts: null,
    commit: null,
    attempts: 1,
    problem: null,
    updatedAt: Date.UTC(2026, 0, 2, 14, 32),
    ...row,
  };
}
