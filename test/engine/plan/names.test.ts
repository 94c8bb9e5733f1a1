import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { copyName } from '../../../main/engine/plan/copy-name.ts';
import { findTwins } from '../../../main/engine/plan/twins.ts';
import { nameKey, nameProblem } from '../../../shared/box-names.ts';

const at = new Date(2026, 10, 20, 9, 5);

describe('the name of a copy', () => {
  test('says where and when, and keeps the extension', () => {
    expect(copyName('report.docx', 'laptop', at, new Set())).toBe('report (2026-11-20 09.05, laptop).docx');
    expect(copyName('no extension', 'laptop', at, new Set())).toBe('no extension (2026-11-20 09.05, laptop)');
    expect(copyName('.hidden', 'laptop', at, new Set())).toBe('.hidden (2026-11-20 09.05, laptop)');
  });

  test('goes out of the way of names that are taken, whatever their case', () => {
    const taken = new Set(['a (2026-11-20 09.05, pc).txt', 'A (2026-11-20 09.05, PC, 2).TXT'].map(nameKey));
    expect(copyName('a.txt', 'pc', at, taken)).toBe('a (2026-11-20 09.05, pc, 3).txt');
  });

  test('is always a name that Box takes, free, and ends like the original', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 255 })
      .filter((text) => nameProblem(text) === undefined);
    fc.assert(
      fc.property(name, fc.string(), fc.integer({ min: 0, max: 5 }), (original, host, takenCount) => {
        const taken = new Set<string>();
        for (let count = 0; count < takenCount; count += 1) taken.add(nameKey(copyName(original, host, at, taken)));
        const copy = copyName(original, host, at, taken);
        expect(nameProblem(copy)).toBeUndefined();
        expect(taken.has(nameKey(copy))).toBe(false);
        expect(nameKey(copy)).not.toBe(nameKey(original));
        const extension = /.(\.[^.]{1,15})$/s.exec(original)?.[1];
        if (extension) expect(copy.endsWith(extension)).toBe(true);
      }),
    );
  });
});

describe('twins', () => {
  test('the name that stands on Box goes up, else the first by code units', () => {
    expect(findTwins(['b', 'B', 'c'], new Set())).toEqual(new Map([['b', 'B']]));
    expect(findTwins(['b', 'B', 'c'], new Set(['b']))).toEqual(new Map([['B', 'b']]));
    expect(findTwins(['cafe\u0301', 'caf\u00e9'], new Set())).toEqual(new Map([['caf\u00e9', 'cafe\u0301']]));
  });

  test('of each group exactly one goes up, in whatever order they come', () => {
    const names = fc.uniqueArray(
      fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'B', '\u00e9', 'e\u0301', 'E'), minLength: 1, maxLength: 3 }),
    );
    fc.assert(
      fc.property(names, fc.array(fc.nat({ max: 100 })), (all, shuffle) => {
        const onBox = new Set(all.filter((_, n) => shuffle.includes(n)));
        const twins = findTwins(all, onBox);
        const winners = all.filter((name) => !twins.has(name));
        expect(winners.map(nameKey).sort()).toEqual([...new Set(all.map(nameKey))].sort());
        for (const [name, winner] of twins) {
          expect(nameKey(name)).toBe(nameKey(winner));
          expect(winners).toContain(winner);
        }
        expect(findTwins([...all].reverse(), onBox)).toEqual(twins);
      }),
    );
  });
});
