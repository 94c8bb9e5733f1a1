import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { content, mebibyte, sha1Of, TestBox, writeOld } from '../../support/engine-fixture.ts';
import { forkEngine } from '../../support/engine-process.ts';
import { boxTree, localTree, openPairEngine, pairFolder, startPair } from '../../support/pair-fixture.ts';
import { resync } from '../../support/pair-steps.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/**
 * The engine is killed when Box has done what a request asked for and its answer is not there yet; then the file changes here, and an
 * engine is started again. `name` exists in a first version where `isVersion`.
 */
async function killedAfter(
  route: string,
  bytes: Uint8Array,
  isVersion: boolean,
): Promise<{ box: TestBox; folder: string; sent: string; edited: string }> {
  const box = await TestBox.start();
  const home = temporaryFolder();
  const folder = pairFolder();
  writeOld(join(folder, 'other.txt'), 'other');
  if (isVersion) writeOld(join(folder, 'file.bin'), 'first');
  const first = await openPairEngine(box, { watch: false, home });
  const pairId = await startPair(first, folder);
  await first.close();
  const sent = writeOld(join(folder, 'file.bin'), bytes);
  const effect = Promise.withResolvers<void>();
  const never = Promise.withResolvers<undefined>();
  box.intercept = (request) =>
    request.route === route ? { afterEffect: () => (effect.resolve(), never.promise) } : undefined;
  const killed = await forkEngine(box, home);
  await killed.commands.startPairs({});
  await effect.promise;
  await killed.kill();
  never.resolve(undefined);
  box.intercept = undefined;
  appendFileSync(join(folder, 'file.bin'), 'edited');
  const edited = sha1Of(Buffer.concat([bytes, Buffer.from('edited')]));
  const second = await openPairEngine(box, { watch: false, home });
  const synced = second.synced();
  await second.commands.startPairs({});
  await synced;
  await resync(second);
  expect(await second.commands.questions({ after: 0, limit: 10 })).toEqual([]);
  expect((await second.commands.pair({ pairId })).counts).toMatchObject({ synced: 2, failed: 0, kept: 0 });
  return { box, folder, sent, edited };
}

const small = Buffer.from('a small file');
const large = content(21 * mebibyte);

test.each([
  ['a small file that is new', 'upload-file', small, false],
  ['a new version of a small file', 'upload-version', small, true],
  ['a large file that is new', 'commit-session', large, false],
  ['a new version that is large', 'commit-session', large, true],
])(
  'a kill between Box and its answer, and an edit: two versions and no conflict (%s)',
  async (_, route, bytes, isVersion) => {
    const { box, folder, sent, edited } = await killedAfter(route, bytes, isVersion);
    expect(await boxTree(box)).toEqual(localTree(folder));
    const first = isVersion ? [sha1Of(Buffer.from('first'))] : [];
    expect(await box.versions('Pair/file.bin')).toEqual([edited, sent, ...first]);
  },
);
