import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeDeletions } from '../../../main/engine/plan/deletion-guard.ts';

describe('how many deletions go unasked', () => {
  test.each([
    ['none', 0, 0, 'go'],
    ['100 of many', 100, 1_000_000, 'go'],
    ['101 of many', 101, 1_000_000, 'ask'],
    ['a quarter', 10, 40, 'go'],
    ['more than a quarter', 11, 40, 'ask'],
    ['3 of 10', 3, 10, 'ask'],
    ['2 of 10', 2, 10, 'go'],
    ['all of a small pair', 9, 9, 'ask'],
    ['3 of 4', 3, 4, 'ask'],
    ['2 of 2', 2, 2, 'go'],
    ['the only file', 1, 1, 'go'],
  ] as const)('%s', (_, files, totalFiles, verdict) => {
    expect(judgeDeletions({ files, totalFiles })).toBe(verdict);
  });

  test('more deletions never need less asking', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), fc.nat(2000), (files, more, totalFiles) => {
        fc.pre(judgeDeletions({ files, totalFiles }) === 'ask');
        expect(judgeDeletions({ files: files + more, totalFiles })).toBe('ask');
      }),
    );
  });
});
