import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createHashPool } from '../../../main/engine/hash/hash-pool.ts';
import { hourlyShare, scrubSome } from '../../../main/engine/pair/scrub.ts';
import { sha1Of, TestBox, writeTree } from '../../support/engine-fixture.ts';
import { boxTree, openPairEngine, pairFolder, startPair } from '../../support/pair-fixture.ts';

test('all files have their turn within the days, and none with 0 days', () => {
  expect(hourlyShare(100_000, 30)).toBe(139);
  expect(hourlyShare(1, 30)).toBe(1);
  expect(hourlyShare(0, 30)).toBe(0);
  expect(hourlyShare(100_000, 0)).toBe(0);
});

test('content that changed behind its size and times is found, and goes up as a version', async () => {
  const box = await TestBox.start();
  const engine = await openPairEngine(box, { watch: false });
  const folder = pairFolder();
  writeTree(folder, { 'a.txt': 'aaaa', 'b.txt': 'bbbb', 'c.txt': 'cccc' });
  const pairId = await startPair(engine, folder);
  const path = join(folder, 'b.txt');
  const { atime, mtime, ctimeMs } = statSync(path);
  writeFileSync(path, 'BBBB');
  utimesSync(path, atime, mtime);
  // As a failing disk would: no time tells of it, so the ledger is given the change time of now.
  expect(statSync(path).ctimeMs).not.toBe(ctimeMs);
  const hashPool = createHashPool();
  const services = { ledger: engine.ledger, hashPool, log: { warn: () => undefined } } as never;
  const { signal } = new AbortController();
  const first = await scrubSome(services, pairId, 1, signal);
  expect(first.size).toBe(0);
  const rest = await scrubSome(services, pairId, 10, signal);
  await hashPool.close();
  expect(rest.size).toBe(1);
  // At the end it begins anew.
  expect(engine.ledger.pairs.get(pairId)!.scrubbedTo).toBe(0);
  const synced = engine.synced();
  await engine.commands.rescan({ pairId });
  await synced;
  expect((await boxTree(box)).get('b.txt')).toBe(sha1Of(Buffer.from('BBBB')));
  expect(await box.versions('Pair/b.txt')).toHaveLength(2);
});
