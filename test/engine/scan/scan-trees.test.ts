import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareScanThread } from '../../../main/engine/scan/scan-thread.ts';
import { scanTrees } from '../../../main/engine/scan/scan-trees.ts';
import { collectBatches } from './collect.ts';

const never = new AbortController().signal;

/** Folders `a` … `n` of 1,000 files each, and an empty one that is walked last. */
const root = mkdtempSync(join(tmpdir(), 'boxcar-test-'));
beforeAll(() => {
  for (const letter of 'abcdefghijklmn') {
    mkdirSync(join(root, letter));
    for (let n = 0; n < 1000; n += 1) writeFileSync(join(root, letter, `${n}`), 'x');
  }
  mkdirSync(join(root, 'zoo'));
});
afterAll(() => rmSync(root, { recursive: true }));

test('a tree through the thread: bounded batches, totals that grow', async () => {
  const { batches, entries } = await collectBatches(scanTrees({ roots: [{ path: root }], signal: never }));
  expect(entries.size).toBe(14_016);
  expect(batches.length).toBeGreaterThanOrEqual(7);
  expect(batches.at(-1)).toMatchObject({ foldersSoFar: 16, filesSoFar: 14_000, bytesSoFar: 14_000 });
  for (const [n, batch] of batches.entries()) {
    expect(batch.filesSoFar).toBeGreaterThanOrEqual(batches[n - 1]?.filesSoFar ?? 0);
  }
});

test('the walk waits for its consumer: what is made before the consumer goes on is still found', async () => {
  const slow = scanTrees({ roots: [{ path: root }], signal: never });
  const first = await slow.next();
  expect(first.done).toBe(false);
  // A second walk of the same tree ends meanwhile, so an unbounded first one would have ended too.
  await collectBatches(scanTrees({ roots: [{ path: root }], signal: never }));
  writeFileSync(join(root, 'zoo/late'), '');
  let names: string[] = [];
  for await (const { folders } of slow) {
    names = folders.flatMap(({ entries }) => entries.map(({ name }) => name));
  }
  expect(names).toContain('late');
});

test('an abort ends it with its reason, also before it began', async () => {
  const controller = new AbortController();
  const scan = scanTrees({ roots: [{ path: root }], signal: controller.signal });
  await scan.next();
  await scan.next();
  controller.abort(new Error('paused'));
  const rest = async () => {
    for await (const batch of scan) expect(batch.folders.length).toBeGreaterThan(0);
  };
  await expect(rest()).rejects.toThrow('paused');
  await expect(scanTrees({ roots: [], signal: controller.signal }).next()).rejects.toThrow('paused');
});

test.skipIf(process.platform !== 'linux')('leaving early ends the thread', async () => {
  const countThreads = () => readdirSync('/proc/self/task').length;
  await access(root); // starts the threads that Node keeps for files
  const before = countThreads();
  for await (const batch of scanTrees({ roots: [{ path: root }], signal: never })) {
    expect(batch.folders.length).toBeGreaterThan(0);
    expect(countThreads()).toBe(before + 1);
    break;
  }
  expect(countThreads()).toBe(before);
});

test('no roots, no batches', async () => {
  expect((await collectBatches(scanTrees({ roots: [], signal: never }))).batches).toEqual([]);
});

test.skipIf(process.platform !== 'linux')(
  'a prepared thread serves the next walk, and no other is started',
  async () => {
    const countThreads = () => readdirSync('/proc/self/task').length;
    prepareScanThread();
    prepareScanThread();
    const prepared = countThreads();
    const scan = scanTrees({ roots: [{ path: root }], signal: never });
    await scan.next();
    expect(countThreads()).toBe(prepared);
    let filesSoFar = 0;
    for await (const batch of scan) ({ filesSoFar } = batch);
    expect(filesSoFar).toBeGreaterThanOrEqual(14_000);
    expect(countThreads()).toBe(prepared - 1);
  },
);
