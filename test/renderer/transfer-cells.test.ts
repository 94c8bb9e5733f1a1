import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boxOf, cellAt, layoutCells, moveCursor } from '../../renderer/screens/transfer/cell-layout.ts';
import {
  cellOfPart,
  cellsOf,
  changedCells,
  maxCells,
  partsOfCell,
  partsPerCell,
  readCell,
} from '../../renderer/screens/transfer/part-cells.ts';
import {
  applyMap,
  countCodes,
  nextPart,
  partsWith,
  worstFirst,
  worstPart,
  type Ranks,
} from '../../renderer/state/part-ranks.ts';

const nothingMoves = new Map<number, number>();
const codes = fc.array(fc.constantFrom(...worstFirst), { minLength: 1, maxLength: 1500 }).map((all) => all.join(''));
const ranksOf = (all: string) => applyMap(new Uint8Array(), { codes: all });
const show = (ranks: Ranks, moving = nothingMoves) => [...cellsOf(ranks, moving)].map(readCell);

test('up to 400 parts have a cell each; beyond, several share one', () => {
  expect([1, 400, 401, 800, 801, 8192, 10_000].map(partsPerCell)).toEqual([1, 1, 2, 2, 3, 21, 25]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), (parts) => {
      const cells = Math.ceil(parts / partsPerCell(parts));
      expect(cells).toBeLessThanOrEqual(maxCells);
      expect(cells).toBeGreaterThanOrEqual(Math.min(parts, maxCells / 2));
    }),
  );
});

test('every part stands in exactly one cell, in reading order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), (parts) => {
      const cells = Math.ceil(parts / partsPerCell(parts));
      let next = 0;
      for (let cell = 0; cell < cells; cell += 1) {
        const { from, to } = partsOfCell(cell, parts);
        expect(from).toBe(next);
        expect(to).toBeGreaterThan(from);
        expect([cellOfPart(from, parts), cellOfPart(to - 1, parts)]).toEqual([cell, cell]);
        next = to;
      }
      expect(next).toBe(parts);
    }),
    { numRuns: 50 },
  );
});

test('a cell shows the worst of its parts', () => {
  fc.assert(
    fc.property(codes, (all) => {
      const cells = show(ranksOf(all));
      cells.forEach(({ code }, cell) => {
        const { from, to } = partsOfCell(cell, all.length);
        const own = [...all.slice(from, to)];
        expect(code).toBe(worstFirst.find((one) => own.includes(one)));
      });
    }),
  );
});

test('one failed part of 8,192 is seen', () => {
  const all = 'd'.repeat(5000) + 'w' + 'd'.repeat(3191);
  const cells = show(ranksOf(all));
  expect(cells).toHaveLength(391);
  expect(cells.map(({ code }, cell) => (code === 'w' ? cell : -1)).filter((cell) => cell >= 0)).toEqual([
    cellOfPart(5000, 8192),
  ]);
});

test('the fill says how much of a cell is on Box', () => {
  expect(show(ranksOf('sspdb'), new Map([[0, 0.5]]))).toEqual([
    { code: 's', fill: 0.5 },
    { code: 's', fill: 0 },
    { code: 'p', fill: 0 },
    { code: 'd', fill: 1 },
    { code: 'b', fill: 1 },
  ]);
  const halves = ranksOf('dp'.repeat(400));
  expect(show(halves)[0]).toEqual({ code: 'p', fill: 0.5 });
});

test('only cells that changed are painted again', () => {
  fc.assert(
    fc.property(codes, fc.nat(), fc.constantFrom(...worstFirst), (all, seed, code) => {
      const before = ranksOf(all);
      const from = seed % all.length;
      const after = applyMap(before, { changes: [{ from, codes: code }] });
      const changed = changedCells(cellsOf(before, nothingMoves), cellsOf(after, nothingMoves));
      expect(changed.length).toBeLessThanOrEqual(1);
      if (changed.length === 1) expect(changed[0]).toBe(cellOfPart(from, all.length));
      expect(changedCells(new Uint8Array(), cellsOf(after, nothingMoves))).toHaveLength(
        cellsOf(after, nothingMoves).length,
      );
    }),
  );
});

test('changes are laid over the map, and what lies beyond it is left out', () => {
  const before = ranksOf('pppp');
  const after = applyMap(before, {
    changes: [
      { from: 1, codes: 'sd' },
      { from: 3, codes: 'ww' },
      { from: -1, codes: 'uu' },
    ],
  });
  expect([...after].map((rank) => worstFirst[rank]).join('')).toBe('usdw');
  expect([...before]).toEqual([...ranksOf('pppp')]);
});

test('an unknown code counts as pending', () => {
  expect(countCodes(ranksOf('p?d'))).toMatchObject({ p: 2, d: 1 });
});

test('counts, worst, next and all of a code', () => {
  const ranks = ranksOf('ddwpwd');
  expect(countCodes(ranks)).toEqual({ w: 2, u: 0, s: 0, h: 0, p: 1, d: 3, r: 0, b: 0 });
  expect(worstPart(ranks, { from: 0, to: 2 })).toBe(0);
  expect(worstPart(ranks, { from: 1, to: 6 })).toBe(2);
  expect([nextPart(ranks, 'w', -1), nextPart(ranks, 'w', 2), nextPart(ranks, 'w', 4), nextPart(ranks, 'u', 0)]).toEqual(
    [2, 4, 2, null],
  );
  expect(partsWith(ranks, 'w')).toEqual([2, 4]);
  expect(partsWith(ranks, 'w', { from: 3, to: 6 })).toEqual([4]);
});

test('cells fill the width without overlap, on whole device pixels, and a point finds its cell', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: maxCells }),
      fc.integer({ min: 240, max: 3600 }),
      fc.constantFrom(1, 1.25, 1.5, 2, 3),
      (cells, width, scale) => {
        const layout = layoutCells(cells, width);
        expect(layout.columns * layout.rows).toBeGreaterThanOrEqual(cells);
        expect(layout.height).toBeLessThanOrEqual(220);
        for (let cell = 0; cell < cells; cell += 1) {
          const box = boxOf(cell, layout, scale);
          expect([box.x, box.y, box.width, box.height].every(Number.isInteger)).toBe(true);
          expect(box.x + box.width).toBeLessThanOrEqual(Math.round(width * scale));
          if ((cell + 1) % layout.columns !== 0) expect(boxOf(cell + 1, layout, scale).x).toBe(box.x + box.width);
          const middle = [(box.x + box.width / 2) / scale, (box.y + box.height / 2) / scale] as const;
          expect(cellAt(...middle, layout, cells)).toBe(cell);
        }
        expect(cellAt(-1, 5, layout, cells)).toBeNull();
        expect(cellAt(width / 2, layout.height + 1, layout, cells)).toBeNull();
      },
    ),
    { numRuns: 60 },
  );
});

test('the cursor stays on the map', () => {
  const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'];
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...keys)),
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 1, max: 60 }),
      (pressed, cells, columns) => {
        let cursor = 0;
        for (const key of pressed) {
          cursor = moveCursor(cursor, key, cells, columns)!;
          expect(cursor).toBeGreaterThanOrEqual(0);
          expect(cursor).toBeLessThan(cells);
        }
      },
    ),
  );
  expect(moveCursor(12, 'ArrowDown', 100, 10)).toBe(22);
  expect(moveCursor(95, 'ArrowDown', 100, 10)).toBe(95);
  expect(moveCursor(5, 'ArrowUp', 100, 10)).toBe(5);
  expect(moveCursor(5, 'End', 100, 10)).toBe(99);
  expect(moveCursor(5, 'x', 100, 10)).toBeNull();
});
