import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TestBox, writeTree } from '../../support/engine-fixture.ts';
import { boxTree, localTree, openPairEngine, pairFolder, startPair } from '../../support/pair-fixture.ts';
import { settled } from '../../support/pair-steps.ts';

/** What somebody does in the folder: to the nth thing of its kind that is there, into the nth folder. */
const step = fc.record({
  act: fc.constantFrom('write', 'new', 'move', 'move-folder', 'delete', 'folder'),
  which: fc.nat(100),
  into: fc.nat(100),
  name: fc.constantFrom('a', 'b', 'c', 'B', 'd e'),
});

/** Does it, and returns the folders whose entries changed. */
function perform(
  root: string,
  { act, which, into, name }: typeof step extends fc.Arbitrary<infer T> ? T : never,
  n: number,
): string[] {
  const tree = [...localTree(root)];
  const files = tree
    .filter(([path, sha1]) => sha1 !== null && !path.startsWith('stays'))
    .map(([path]) => join(root, path));
  const folders = [root, ...tree.filter(([, sha1]) => sha1 === null).map(([path]) => join(root, path))];
  const folder = folders[into % folders.length]!;
  const taken = new Set(tree.map(([path]) => join(root, path).toLowerCase()));
  const to = join(folder, name);
  const isFree = !taken.has(to.toLowerCase());
  const file = files[which % Math.max(1, files.length)];
  const moving = folders.slice(1)[which % Math.max(1, folders.length - 1)];
  switch (act) {
    case 'write':
      if (!file) return [];
      writeFileSync(file, `written in step ${n}`);
      return [dirname(file)];
    case 'new':
      if (!isFree) return [];
      writeFileSync(to, `new in step ${n}, ${basename(to)}`);
      return [folder];
    case 'move':
      if (!file || !isFree) return [];
      renameSync(file, to);
      return [dirname(file), folder];
    case 'move-folder':
      if (!moving || !isFree || `${folder}/`.startsWith(`${moving}/`)) return [];
      renameSync(moving, to);
      return [dirname(moving), folder];
    case 'delete':
      if (!file) return [];
      rmSync(file);
      return [dirname(file)];
    case 'folder':
      if (!isFree) return [];
      mkdirSync(to);
      return [folder];
    default:
      return [];
  }
}

test('whatever is done, and in whatever order and portions it is hinted at, Box ends as the folder is', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box, { watch: false });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(1000), { minLength: 16, maxLength: 16 }),
      fc.boolean(),
      async (steps, order, isWalk) => {
        run += 1;
        const folder = pairFolder();
        // So many that no step deletes a quarter, which would be asked about.
        const quiet = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`stays ${n}`, `stays ${n}`]));
        writeTree(folder, { ...quiet, a: 'a', 'sub/b': 'bb', 'sub/deep/c': 'ccc', 'other/d e': 'd' });
        const target = `/Run ${run}`;
        const pairId = await startPair(engine, folder, target, { deletions: 'trash', settleMs: 50 });
        const hints = steps.flatMap((one, n) => perform(folder, one, n));
        const shuffled = hints.map((hint, n) => ({ hint, at: order[n % 16]! })).sort((a, b) => a.at - b.at);
        await settled(engine, async () => {
          for (const { hint, at } of shuffled) {
            await engine.commands.hints({ pairId, folders: [hint], overflow: false });
            // Some come in one go, others after a turn of their own.
            if (at % 3 === 0) await new Promise((resolve) => setTimeout(resolve, at % 40));
          }
          if (isWalk || hints.length === 0) await engine.commands.rescan({ pairId });
        });
        expect(await boxTree(box, target.slice(1))).toEqual(localTree(folder));
        await engine.commands.removePair({ pairId });
      },
    ),
    { numRuns: 12, endOnFailure: true },
  );
}, 120_000);
