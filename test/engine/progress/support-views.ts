import { onTestFinished } from 'vitest';
import type { GroupCounts, ListBatch, PartMap, TransferBatch } from '../../../shared/list-model.ts';
import type { TransferRow } from '../../../shared/model.ts';
import type { Batch } from '../../../shared/progress-contract.ts';
import { LiveBoard } from '../../../main/engine/progress/live.ts';
import { RowMaker } from '../../../main/engine/progress/rows.ts';
import type { Clock } from '../../../main/platform/clock.ts';
import { TestClock } from '../../support/engine-clock.ts';
import { openTestLedger, type TestLedger } from '../ledger/support.ts';

export interface Scene<C extends Clock = TestClock> extends TestLedger {
  clock: C;
  board: LiveBoard;
  rows: RowMaker;
}

/** A real ledger with a board and rows over it; time passes only when the test says so. */
export async function openScene(): Promise<Scene>;
export async function openScene<C extends Clock>(clock: C): Promise<Scene<C>>;
export async function openScene(clock: Clock = new TestClock()): Promise<Scene<Clock>> {
  const test = await openTestLedger();
  const board = new LiveBoard(clock);
  const rows = new RowMaker({ ledger: test.ledger, board, clock, uploadsPerMinute: () => 0, held: () => null });
  onTestFinished(() => test.ledger.onChange(undefined));
  return { ...test, clock, board, rows };
}

/** What a screen knows of a list after the batches that it got. */
export class SeenList {
  counts: GroupCounts | undefined;
  from = 0;
  ids: number[] = [];
  #rows = new Map<number, TransferRow>();

  take(batch: Batch): void {
    if (batch.kind !== 'list') throw new Error(batch.kind);
    const { whole, rows, counts, from, ids }: ListBatch = batch;
    if (whole) this.#rows.clear();
    // As on the wire.
    for (const row of structuredClone(rows)) this.#rows.set(row.id, row);
    Object.assign(this, { counts, from, ids });
    // A screen forgets what it does not show.
    this.#rows = new Map([...this.#rows].filter(([id]) => ids.includes(id)));
  }

  get shown() {
    return { counts: this.counts, from: this.from, rows: this.ids.map((id) => this.#rows.get(id)) };
  }
}

/** What a screen knows of one transfer. */
export class SeenTransfer {
  codes = '';
  #last: Omit<TransferBatch, 'map'> | undefined;

  take(batch: Batch): void {
    if (batch.kind !== 'transfer') throw new Error(batch.kind);
    const { map, kind: _kind, ...rest } = batch;
    if (map) this.codes = applyMap(this.codes, map);
    this.#last = structuredClone(rest);
  }

  get shown() {
    return { codes: this.codes, ...this.#last };
  }
}

function applyMap(codes: string, map: PartMap): string {
  if ('codes' in map) return map.codes;
  return map.changes.reduce(
    (all, change) => all.slice(0, change.from) + change.codes + all.slice(change.from + change.codes.length),
    codes,
  );
}
