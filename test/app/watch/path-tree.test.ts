import { sep } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PathTree } from '../../../main/app/watch/path-tree.ts';

const root = `${sep}root`;
const path = fc.array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 4 }).map((names) => [root, ...names].join(sep));

test('behaves like a flat map that is asked by prefix', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ path, isAdded: fc.boolean() })), path, (steps, question) => {
      const tree = new PathTree<string>(root);
      const model = new Set<string>();
      for (const step of steps) {
        if (step.isAdded) {
          tree.set(step.path, step.path);
          model.add(step.path);
        } else {
          tree.delete(step.path);
          model.delete(step.path);
        }
      }
      const below = [...model].filter((some) => some === question || some.startsWith(question + sep));
      expect(tree.subtree(question).sort()).toEqual(below.sort());
      expect([...tree.values()].sort()).toEqual([...model].sort());
      expect(tree.size).toBe(model.size);
      expect(tree.get(question)).toBe(model.has(question) ? question : undefined);
    }),
  );
});

test('a path outside the root is refused', () => {
  const tree = new PathTree<number>(root);
  expect(() => tree.set(`${sep}rooted${sep}a`, 1)).toThrow(RangeError);
  expect(tree.size).toBe(0);
});
