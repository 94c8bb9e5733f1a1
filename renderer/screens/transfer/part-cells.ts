// The cells of the map as numbers: which parts share one, and what it shows. No drawing here.
import type { PartCode } from '../../../shared/list-model.ts';
import { pendingRank, worstFirst, type Ranks } from '../../state/part-ranks.ts';

/** More parts than this share cells. */
export const maxCells = 400;

/** Fills of a cell are told apart in so many steps. */
export const fillSteps = 8;

/** How many parts share one cell: 1 up to 400 parts. */
export function partsPerCell(parts: number): number {
  return Math.max(1, Math.ceil(parts / maxCells));
}

/** The parts of a cell: from, and up to but without to. */
export function partsOfCell(cell: number, parts: number): { from: number; to: number } {
  const shared = partsPerCell(parts);
  return { from: cell * shared, to: Math.min(parts, (cell + 1) * shared) };
}

export function cellOfPart(part: number, parts: number): number {
  return Math.floor(part / partsPerCell(parts));
}

/**
 * What each cell shows, a byte a cell: the worst of its codes, and how much of it is on Box in eighths ({@link readCell}).
 * @param moving how much of a part on the wire has left, 0..1, by its index
 */
export function cellsOf(ranks: Ranks, moving: ReadonlyMap<number, number>): Uint8Array {
  const shared = partsPerCell(ranks.length);
  const cells = new Uint8Array(Math.ceil(ranks.length / shared));
  for (let cell = 0; cell < cells.length; cell += 1) {
    const to = Math.min(ranks.length, (cell + 1) * shared);
    let [worst, there] = [worstFirst.length - 1, 0];
    for (let part = cell * shared; part < to; part += 1) {
      const rank = ranks[part]!;
      if (rank < worst) worst = rank;
      there += rank > pendingRank ? 1 : Math.min(1, Math.max(0, moving.get(part) ?? 0));
    }
    cells[cell] = worst * (fillSteps + 1) + Math.floor((there / (to - cell * shared)) * fillSteps);
  }
  return cells;
}

/** The inverse of what {@link cellsOf} packs; `fill` is 0..1. */
export function readCell(packed: number): { code: PartCode; fill: number } {
  const rank = Math.floor(packed / (fillSteps + 1));
  return { code: worstFirst[rank]!, fill: (packed % (fillSteps + 1)) / fillSteps };
}

/** The cells that differ from what is painted; all of them when their number changed. */
export function changedCells(painted: Uint8Array, wanted: Uint8Array): number[] {
  const all = painted.length !== wanted.length;
  const changed: number[] = [];
  for (let cell = 0; cell < wanted.length; cell += 1) {
    if (all || painted[cell] !== wanted[cell]) changed.push(cell);
  }
  return changed;
}
