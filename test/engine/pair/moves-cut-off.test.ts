import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TestBox, writeTree } from '../../support/engine-fixture.ts';
import { boxTree, localTree, openPairEngine, pairFolder, startPair } from '../../support/pair-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const uploads = ['upload-file', 'upload-version', 'create-session', 'create-version-session'];

/** A pair that is kept up to date by one engine; `change` here reaches Box, whose answer to the nth such call never comes; `back` is done before another engine goes on. */
async function cutOff(
  files: Record<string, string>,
  { route, nth, change, back }: { route: string; nth: number; change: [string, string][]; back: [string, string][] },
) {
  const box = await TestBox.start();
  const home = temporaryFolder();
  const folder = pairFolder();
  writeTree(folder, files);
  const first = await openPairEngine(box, { home });
  await startPair(first, folder, '/Pair', { deletions: 'trash' });
  const rename = ([from, to]: [string, string]) => renameSync(join(folder, from), join(folder, to));
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
  change.forEach(rename);
  await reached.promise;
  await first.close();
  over.resolve('drop');
  box.intercept = undefined;
  back.forEach(rename);
  const second = await openPairEngine(box, { home });
  const synced = second.synced();
  await second.commands.startPairs({});
  await synced;
  expect(await boxTree(box)).toEqual(localTree(folder));
  expect(box.count(...uploads)).toBe(0);
}

const swap: [string, string][] = [
  ['a', 't'],
  ['b', 'a'],
  ['t', 'b'],
];

test.each([1, 2, 3])('a change of places that is cut off after call %i, and taken back meanwhile', async (nth) => {
  await cutOff({ a: 'content of a', b: 'content of b' }, { route: 'update-file', nth, change: swap, back: swap });
});

test('a rename that is cut off, and taken back or done again in another way meanwhile', async () => {
  const files = { 'sub/a': 'content of a', b: 'b' };
  const there: [string, string] = ['sub/a', 'c'];
  await cutOff(files, { route: 'update-file', nth: 1, change: [there], back: [['c', 'sub/a']] });
  await cutOff(files, { route: 'update-file', nth: 1, change: [there], back: [['c', 'sub/d']] });
});

test('a folder whose rename is cut off, and taken back or done again in another way meanwhile', async () => {
  const files = { 'sub/deep/a': 'content of a', b: 'b' };
  const there: [string, string] = ['sub/deep', 'other'];
  await cutOff(files, { route: 'update-folder', nth: 1, change: [there], back: [['other', 'sub/deep']] });
  await cutOff(files, { route: 'update-folder', nth: 1, change: [there], back: [['other', 'sub/third']] });
});
