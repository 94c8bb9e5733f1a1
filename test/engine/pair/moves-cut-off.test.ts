import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TestBox, writeTree } from '../../support/engine-fixture.ts';
import { boxTree, localTree, openPairEngine, pairFolder, startPair } from '../../support/pair-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const uploads = ['upload-file', 'upload-version', 'create-session', 'create-version-session'];

/** What somebody does in the folder. */
type Deed = (folder: string) => void;

function renames(...pairs: [from: string, to: string][]): Deed {
  return (folder) => pairs.forEach(([from, to]) => renameSync(join(folder, from), join(folder, to)));
}

/** A pair that is kept up to date by one engine; `change` here reaches Box, whose answer to the nth such call never comes; `back` is done before another engine goes on. */
async function cutOff(
  files: Record<string, string>,
  { route, nth, change, back }: { route: string; nth: number; change: Deed; back: Deed },
) {
  const box = await TestBox.start();
  const home = temporaryFolder();
  const folder = pairFolder();
  writeTree(folder, files);
  const first = await openPairEngine(box, { home });
  await startPair(first, folder, '/Pair', { deletions: 'trash' });
  box.requests = [];
  const reached = Promise.withResolvers<void>();
  const over = Promise.withResolvers<'drop'>();
  onTestFinished(() => over.resolve('drop'));
  let seen = 0;
  box.intercept = (request) => {
    if (request.route !== route || (seen += 1) !== nth) return undefined;
    return {
      afterEffect: () => {
        reached.resolve();
        return over.promise;
      },
    };
  };
  change(folder);
  await reached.promise;
  await first.close();
  over.resolve('drop');
  box.intercept = undefined;
  back(folder);
  const second = await openPairEngine(box, { home });
  const synced = second.synced();
  await second.commands.startPairs({});
  await synced;
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(box.count(...uploads)).toBe(0);
}

const swap = renames(['a', 't'], ['b', 'a'], ['t', 'b']);

test.each([1, 2, 3])('a change of places that is cut off after call %i, and taken back meanwhile', async (nth) => {
  await cutOff({ a: 'content of a', b: 'content of b' }, { route: 'update-file', nth, change: swap, back: swap });
});

test('a rename that is cut off, and taken back or done again in another way meanwhile', async () => {
  const files = { 'sub/a': 'content of a', b: 'b' };
  const there = renames(['sub/a', 'c']);
  await cutOff(files, { route: 'update-file', nth: 1, change: there, back: renames(['c', 'sub/a']) });
  await cutOff(files, { route: 'update-file', nth: 1, change: there, back: renames(['c', 'sub/d']) });
});

test('a folder whose rename is cut off, and taken back or done again in another way meanwhile', async () => {
  const files = { 'sub/deep/a': 'content of a', b: 'b' };
  const there = renames(['sub/deep', 'other']);
  await cutOff(files, { route: 'update-folder', nth: 1, change: there, back: renames(['other', 'sub/deep']) });
  await cutOff(files, { route: 'update-folder', nth: 1, change: there, back: renames(['other', 'sub/third']) });
});

test('a folder that was being made, and is renamed or gone when it goes on', async () => {
  const make: Deed = (folder) => mkdirSync(join(folder, 'made'));
  const remove: Deed = (folder) => rmSync(join(folder, 'made'), { recursive: true });
  const files = { 'sub/a': 'content of a' };
  await cutOff(files, { route: 'create-folder', nth: 1, change: make, back: renames(['made', 'sub/other']) });
  await cutOff(files, { route: 'create-folder', nth: 1, change: make, back: renames(['made', 'MADE']) });
  await cutOff(files, { route: 'create-folder', nth: 1, change: make, back: remove });
});
