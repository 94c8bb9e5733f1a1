import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { ledgerPath } from '../../../main/engine/ledger/open.ts';
import { TestBox, writeTree } from '../../support/engine-fixture.ts';
import { boxTree, openPairEngine, pairFolder, startPair } from '../../support/pair-fixture.ts';
import { resync, settled } from '../../support/pair-steps.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** As if the folder had been on another device when it was read last: a disk that is no longer mounted there. */
function moveToAnotherDevice(home: string, name: string): void {
  const database = new DatabaseSync(ledgerPath(home));
  database.prepare('UPDATE folder SET dev = ? WHERE name = ?').run('424242', name);
  database.close();
}

const files = {
  'disk/a.txt': 'a',
  'disk/deep/b.txt': 'b',
  'other/c.txt': 'c',
  'd.txt': 'd',
  'e.txt': 'e',
  'f.txt': 'f',
  'g.txt': 'g',
};

/** A pair of which two folders lay on other devices; `disk` has become what `unmount` makes of it. */
async function afterUnmount(unmount: (disk: string) => void) {
  const box = await TestBox.start();
  const home = temporaryFolder();
  const folder = pairFolder();
  const first = await openPairEngine(box, { home, watch: false });
  writeTree(folder, files);
  const pairId = await startPair(first, folder, '/Pair', { deletions: 'trash' });
  await first.close();
  moveToAnotherDevice(home, 'disk');
  moveToAnotherDevice(home, 'other');
  const disk = join(folder, 'disk');
  rmSync(join(disk, 'a.txt'));
  rmSync(join(disk, 'deep'), { recursive: true });
  unmount(disk);
  return { box, disk, pairId, engine: await openPairEngine(box, { home, watch: false }) };
}

const nothing = () => undefined;
const marker = (disk: string) => writeTree(disk, { NOT_MOUNTED: '' });

test.each([
  ['empty', nothing],
  ['with a marker in it', marker],
])(
  'a folder where a disk was mounted, %s, is not a deletion; one with its files is read as it is',
  async (_, unmount) => {
    const { box, disk, pairId, engine } = await afterUnmount(unmount);
    const synced = engine.synced();
    await engine.commands.startPairs({});
    await synced;
    const there = await boxTree(box);
    expect([...there.keys()].filter((path) => path.startsWith('disk')).sort()).toEqual([
      'disk',
      'disk/a.txt',
      'disk/deep',
      'disk/deep/b.txt',
    ]);
    const failures = await engine.commands.failures({ ownerId: pairId, after: 0, limit: 10 });
    expect(failures).toMatchObject([{ path: disk, problem: { code: 'pair.folder-elsewhere' } }]);

    // The disk is back.
    rmSync(disk, { recursive: true });
    writeTree(disk, { 'a.txt': 'a', 'deep/b.txt': 'b' });
    await resync(engine);
    expect(await engine.commands.failures({ ownerId: pairId, after: 0, limit: 10 })).toEqual([]);
  },
);

test('nor is it where it is looked at by itself, as the watcher has it', async () => {
  const { box, disk, pairId, engine } = await afterUnmount(marker);
  await settled(engine, () => engine.commands.startPairs({}));
  const before = await boxTree(box);
  writeTree(disk, { 'log of the mount': '' });
  await settled(engine, () => engine.commands.hints({ pairId, folders: [disk], overflow: false }));
  expect(await boxTree(box)).toEqual(before);
});
