import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openWeek, paint, step, type Cell } from '../../renderer/components/schedule-cells.ts';

const cell = fc.record<Cell>({ day: fc.integer({ min: 0, max: 6 }), hour: fc.integer({ min: 0, max: 23 }) });

test('painting sets the rectangle between two corners, whichever comes first, and nothing else', () => {
  fc.assert(
    fc.property(cell, cell, (from, to) => {
      const days = paint(openWeek(), from, to, 'paused');
      expect(days).toEqual(paint(openWeek(), to, from, 'paused'));
      const painted = days.flat().filter((kind) => kind === 'paused').length;
      expect(painted).toBe((Math.abs(from.day - to.day) + 1) * (Math.abs(from.hour - to.hour) + 1));
      expect(days[from.day]![from.hour]).toBe('paused');
      expect(days[to.day]![to.hour]).toBe('paused');
    }),
  );
});

test('a step stays in the week', () => {
  const keys = fc.constantFrom('ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End');
  fc.assert(
    fc.property(cell, keys, (at, key) => {
      const next = step(at, key)!;
      expect(openWeek()[next.day]![next.hour]).toBe('full');
    }),
  );
  expect(step({ day: 0, hour: 0 }, 'a')).toBeUndefined();
});
