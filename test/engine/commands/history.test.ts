import { join } from 'node:path';
import { expect, test } from 'vitest';
import { history } from '../../../main/engine/commands/history.ts';
import { openEngine, TestBox, writeTree } from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { openTestLedger } from '../ledger/support.ts';

const { signal } = new AbortController();

/** Receipts of files with these names, the oldest first. */
async function ledgerWith(count: number, pathOf: (n: number) => string) {
  const { db, ledger, jobId } = await openTestLedger();
  db.transaction(() => {
    for (let n = 1; n <= count; n += 1) {
      ledger.receipts.add({
        ownerId: jobId, path: pathOf(n), sizeBytes: n, sha1: 'a', boxSha1: 'a', fileId: `${n}`, versionId: null,
        etag: null, how: 'sent', sentBytes: n, at: n,
      }); // prettier-ignore
    }
  });
  return { db, ledger, jobId };
}

test('the receipts of an upload come newest first, page by page', async () => {
  const engine = await openEngine(await TestBox.start());
  const folder = join(temporaryFolder(), 'tree');
  writeTree(folder, Object.fromEntries(Array.from({ length: 7 }, (_, n) => [`file-${n}.txt`, `${n}`])));
  const { jobId } = await engine.upload([folder]);
  const first = await engine.commands.history({ text: '', before: null, limit: 5 });
  expect(first.total).toBe(7);
  expect(first.receipts.map(({ id }) => id)).toEqual([7, 6, 5, 4, 3]);
  expect(first.receipts[0]).toMatchObject({ jobId, pairId: null, how: 'sent' });
  const second = await engine.commands.history({ text: '', before: first.next, limit: 5 });
  expect(second.receipts.map(({ id }) => id)).toEqual([2, 1]);
  expect(second.next).toBeNull();
  expect((await engine.commands.history({ text: '', before: 1, limit: 5 })).receipts).toEqual([]);
});

test('a text is looked for in the whole path, in any case and however its accents are written', async () => {
  const names = ['/data/Übung/a.txt', '/data/u\u0308BUNG/b.txt', '/data/other/c.txt', '/data/Plan_100%.txt'];
  const { ledger } = await ledgerWith(names.length, (n) => names[n - 1]!);
  const find = async (text: string) =>
    (await history(ledger, { text, before: null, limit: 10 }, signal)).receipts.map(({ path }) => path);
  expect(await find('übung/')).toEqual([names[1], names[0]]);
  expect(await find('%')).toEqual([names[3]]);
  expect(await find('n_1')).toEqual([names[3]]);
  expect(await find('nowhere')).toEqual([]);
});

test('pages of a search are all of it, none twice', async () => {
  const { ledger } = await ledgerWith(9000, (n) => `/data/${n % 7 === 0 ? 'Wanted' : 'other'}-${n}`);
  const found: number[] = [];
  let before: number | null = null;
  do {
    const page = await history(ledger, { text: 'wanted', before, limit: 100 }, signal);
    found.push(...page.receipts.map(({ id }) => id));
    expect(page.total).toBeNull();
    before = page.next;
  } while (before !== null);
  expect(found).toEqual(Array.from({ length: 9000 }, (_, n) => 9000 - n).filter((n) => n % 7 === 0));
});

test('an addition that is undone leaves no gap in the ids: the count is right', async () => {
  const { db, ledger, jobId } = await ledgerWith(3, (n) => `/data/${n}`);
  const receipt = {
    ownerId: jobId, path: '/x', sizeBytes: 1, sha1: 'a', boxSha1: 'a', fileId: '1', versionId: null, etag: null,
    how: 'sent', sentBytes: 1, at: 1,
  } as const; // prettier-ignore
  const undone = () =>
    db.transaction(() => {
      ledger.receipts.add(receipt);
      throw new Error('undone');
    });
  expect(undone).toThrow('undone');
  await expect(
    ledger.write(() => {
      ledger.receipts.add(receipt);
      throw new Error('undone alone');
    }),
  ).rejects.toThrow('undone alone');
  expect(() => db.transaction(() => ledger.receipts.add({ ...receipt, boxSha1: 'other' }))).toThrow();
  await ledger.write(() => ledger.receipts.add(receipt));
  expect(ledger.receipts.count()).toBe(4);
  expect(Number(db.get('SELECT count(*) AS n FROM receipt')!['n'])).toBe(4);
});

test('with a million receipts a page takes milliseconds, and a search never holds others up', async () => {
  const { ledger } = await ledgerWith(1_000_000, (n) => `/home/anna/Documents/Some folder/file-${n}.txt`);
  const cpuMs = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  for (const before of [null, 500_000, 10]) {
    await history(ledger, { text: '', before, limit: 200 }, signal);
    const begunMs = cpuMs();
    await history(ledger, { text: '', before, limit: 200 }, signal);
    expect(cpuMs() - begunMs).toBeLessThan(20);
  }
  let longestMs = 0;
  let last = cpuMs();
  let ended = false;
  const look = () => {
    const now = cpuMs();
    longestMs = Math.max(longestMs, now - last);
    last = now;
    if (!ended) setImmediate(look);
  };
  setImmediate(look);
  const page = await history(ledger, { text: 'FILE-12.', before: null, limit: 10 }, signal);
  expect(page.receipts).toEqual([]);
  // Bounded: the rest is asked for.
  expect(page.next).toBe(500_001);
  const rest = await history(ledger, { text: 'FILE-12.', before: page.next, limit: 10 }, signal);
  ended = true;
  expect(rest.receipts.map(({ id }) => id)).toEqual([12]);
  expect(longestMs).toBeLessThan(20);
}, 120_000);
