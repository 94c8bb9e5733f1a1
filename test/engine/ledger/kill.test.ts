import { expect, test } from 'vitest';
import { Ledger } from '../../../main/engine/ledger/ledger.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { startChild } from './child.ts';
import { openDatabase } from './support.ts';

const rounds = 6;

test.each([
  { name: 'with a WAL', networkFileSystem: false },
  { name: 'with a rollback journal', networkFileSystem: true },
])('kill -9 at any point keeps every resolved change and no half of one, $name', async ({ networkFileSystem }) => {
  const home = temporaryFolder();
  const resolved = new Set<number>();
  let next = 0;
  for (let round = 0; round < rounds; round += 1) {
    const killAfter = Math.ceil(Math.random() ** 2 * 400);
    const child = startChild('write', home, { first: next, networkFileSystem });
    let lines = 0;
    let killed: Promise<void> | undefined;
    for await (const line of child.lines) {
      if (line === 'open') continue;
      resolved.add(Number(line));
      lines += 1;
      if (lines >= killAfter) killed ??= child.kill();
    }
    await killed;

    const db = await openDatabase(home, { lockWaitMs: 10_000, networkFileSystem });
    const halves = new Map<number, string>();
    for (const { path } of new Ledger(db).receipts.list({ ownerId: null, after: 0, limit: 1_000_000 })) {
      const [number, half] = path.split('/') as [string, string];
      halves.set(Number(number), (halves.get(Number(number)) ?? '') + half);
    }
    expect(db.get('PRAGMA quick_check')).toEqual({ quick_check: 'ok' });
    db.close();
    const told = `round ${round}, killed after ${killAfter}`;
    expect(
      [...resolved].filter((number) => !halves.has(number)),
      told,
    ).toEqual([]);
    expect(
      [...halves].filter(([, both]) => both !== 'ab'),
      told,
    ).toEqual([]);
    next = Math.max(next, ...halves.keys()) + 1;
  }
  expect(resolved.size).toBeGreaterThanOrEqual(rounds);
});
