import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSameAfterMount } from '../../../main/engine/plan/mount-guard.ts';

test.each([
  ['nothing was known', [], ['a'], true, true],
  ['all of it is there', ['a', 'b'], ['b', 'a', 'c'], true, true],
  ['half of it is there', ['a', 'b'], ['a'], true, true],
  ['less than half', ['a', 'b', 'c'], ['a', 'x', 'y'], true, false],
  ['an empty mount point', ['a'], [], true, false],
  ['a mount point with a marker', ['a'], ['NOT MOUNTED'], true, false],
  ['a name of the disk stands in the mount point too', ['a', 'b', 'lost+found'], ['lost+found'], true, false],
  ['the first slice of it', ['a', 'b', 'c', 'd', 'e'], ['a', 'b'], false, true],
  ['the first slice of something else', ['a', 'b', 'c', 'd', 'e'], ['x', 'y'], false, false],
] as const)('%s', (_, known, found, isWhole, is) => {
  expect(isSameAfterMount(known, new Set<string>(found), isWhole)).toBe(is);
});

test('what is found besides never makes it another', () => {
  const names = fc.uniqueArray(fc.string({ maxLength: 2 }), { maxLength: 20 });
  fc.assert(
    fc.property(names, names, names, (known, found, more) => {
      fc.pre(isSameAfterMount(known, new Set(found), true));
      expect(isSameAfterMount(known, new Set([...found, ...more]), true)).toBe(true);
    }),
  );
});
