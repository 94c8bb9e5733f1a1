import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { transferGroups } from '../../shared/list-model.ts';
import {
  ariaIndexOf,
  commonShift,
  drawnBox,
  layOut,
  rowAt,
  scrollFor,
  scrollOf,
  topOf,
} from '../../renderer/state/list-layout.ts';

const sizes = { rowPx: 64, headerPx: 36 };
const countsArb = fc.record({
  'needs-you': fc.nat(5),
  'under-way': fc.nat(20),
  waiting: fc.nat(2_000_000),
  done: fc.nat(2_000_000),
});
const foldedArb = fc.subarray([...transferGroups]);
const shareArb = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));
const onlyArb = fc.option(fc.constantFrom(...transferGroups), { nil: null });

describe('the layout of the list', () => {
  test('headers stand before the rows of each group that has any', () => {
    const layout = layOut({ 'needs-you': 1, 'under-way': 0, waiting: 2, done: 0 }, null, sizes);
    expect(layout.boxes.map(({ group, topPx }) => [group, topPx])).toEqual([
      ['needs-you', 0],
      ['waiting', 100],
    ]);
    expect([0, 1, 2].map((index) => topOf(layout, index))).toEqual([36, 136, 200]);
    expect([0, 1, 2].map((index) => ariaIndexOf(layout, index))).toEqual([2, 4, 5]);
    expect(layout.heightPx).toBe(264);
  });

  test('of a folded group only the header stands there', () => {
    const counts = { 'needs-you': 1, 'under-way': 1, waiting: 5, done: 2 };
    const layout = layOut(counts, null, sizes, ['waiting', 'done']);
    expect(layout.boxes.map(({ group, topPx, count }) => [group, topPx, count])).toEqual([
      ['needs-you', 0, 1],
      ['under-way', 100, 1],
      ['waiting', 200, 0],
      ['done', 236, 0],
    ]);
    expect([layout.rows, layout.heightPx]).toEqual([2, 272]);
    // What stands behind the last row is that row, as for every edge beyond the list.
    expect(rowAt(layout, 210)).toBe(1);
    const first = layOut(counts, null, sizes, ['needs-you']);
    expect(rowAt(first, 10)).toBe(0);
    expect(ariaIndexOf(first, 0)).toBe(3);
  });

  test('each row is found again at each pixel of it', () => {
    fc.assert(
      fc.property(countsArb, onlyArb, foldedArb, fc.nat(), fc.nat(63), (counts, only, folded, pick, inside) => {
        const layout = layOut(counts, only, sizes, folded);
        if (layout.rows === 0) return;
        const index = pick % layout.rows;
        expect(rowAt(layout, topOf(layout, index) + inside)).toBe(index);
      }),
    );
  });

  test('however long the list, it can be scrolled to each place, and what is there is drawn inside the window', () => {
    fc.assert(
      fc.property(countsArb, onlyArb, shareArb, (counts, only, share) => {
        const layout = layOut(counts, only, sizes);
        const windowPx = 800;
        if (layout.heightPx <= windowPx) return;
        const wantedPx = (layout.heightPx - windowPx) * share;
        const scrollPx = scrollFor(layout, wantedPx, windowPx);
        const scroll = scrollOf(layout, scrollPx, windowPx);
        expect(scroll.heightPx).toBeLessThanOrEqual(15_000_000);
        expect(scrollPx).toBeLessThanOrEqual(scroll.heightPx - windowPx + 0.01);
        expect(scroll.offsetPx).toBeCloseTo(wantedPx, 3);
        const index = rowAt(layout, scroll.offsetPx + layout.headerPx);
        const box = layout.boxes.find(({ first, count }) => index >= first && index < first + count)!;
        const drawn = drawnBox(box, scroll);
        expect(drawn.heightPx).toBeLessThan(layout.heightPx > 15_000_000 ? 2_000_001 : 15_000_001);
        const shownPx = topOf(layout, index) + scroll.shiftPx - scrollPx;
        expect(shownPx).toBeGreaterThan(-65);
        expect(shownPx).toBeLessThan(windowPx + 100);
      }),
    );
  });

  test('what most rows did is the shift; without a majority nothing is shifted', () => {
    expect(commonShift([64, 64, 64, -128])).toBe(64);
    expect(commonShift([64, -64])).toBe(0);
    expect(commonShift([])).toBe(0);
  });
});
