import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { ledgerPath } from '../../../main/engine/ledger/open.ts';
import { TestBox, writeTree } from '../../support/engine-fixture.ts';
import { boxTree, openPairEngine, pairFolder, startPair } from '../../support/pair-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** As if the folder had been on another device when it was read last: a disk that is no longer mounted there. */
function moveToAnotherDevice(home: string, name: string): void {
  const database = new DatabaseSync(ledgerPath(home));
  database.prepare('UPDATE folder SET dev = ? WHERE name = ?').run('424242', name);
  database.close();
}

test('an empty folder where a disk was mounted is not a deletion; a filled one is read as it is', async () => {
  const box = await TestBox.start();
  const home = temporaryFolder();
  const folder = pairFolder();
  const first = await openPairEngine(box, { home, watch: false });
  writeTree(folder, { 'disk/a.txt': 'a', 'disk/deep/b.txt': 'b', 'other/c.txt': 'c', 'd.txt': 'd', 'e.txt': 'e' });
  const pairId = await startPair(first, folder, '/Pair', { deletions: 'trash' });
  await first.close();
  moveToAnotherDevice(home, 'disk');
  moveToAnotherDevice(home, 'other');
  rmSync(join(folder, 'disk/a.txt'));
  rmSync(join(folder, 'disk/deep'), { recursive: true });

  const second = await openPairEngine(box, { home, watch: false });
  const synced = second.synced();
  await second.commands.startPairs({});
  await synced;
  const there = await boxTree(box);
  expect(there.has('disk/a.txt')).toBe(true);
  expect(there.has('disk/deep/b.txt')).toBe(true);
  const failures = await second.commands.failures({ ownerId: pairId, after: 0, limit: 10 });
  expect(failures).toMatchObject([{ path: join(folder, 'disk'), problem: { code: 'pair.root-emptied' } }]);
});
