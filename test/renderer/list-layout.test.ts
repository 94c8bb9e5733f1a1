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

  test('each row is found again at each pixel of it', () => {
    fc.assert(
      fc.property(countsArb, onlyArb, fc.nat(), fc.nat(63), (counts, only, pick, inside) => {
        const layout = layOut(counts, only, sizes);
        if (layout.rows === 0) return;
        const index = pick % layout.rows;
        expect(rowAt(layout, topOf(layout, index) + inside)).toBe(index);
      }),
    );
  });

  test('however long the list, it can be scrolled to each place, and what is there is drawn inside the window', () => {
    fc.assert(
      fc.property(countsArb, onlyArb, fc.double({ min: 0, max: 1, noNaN: true }), (counts, only, share) => {
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
