import { readdirSync, readlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHashPool, type HashPool } from '../../../main/engine/hash/hash-pool.ts';
import { statFactsSync } from '../../../main/engine/scan/facts.ts';
import { openFileSource } from '../../../main/engine/source/file-source.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import {
  bytesFrom,
  bytesOf,
  fileOf,
  gridOf,
  longAgo,
  never,
  openSource,
  poolFor,
  problem,
  sha1,
} from './open-source.ts';

const KiB = 2 ** 10;

describe('digests and bytes', () => {
  test('are those of the file, for any size, grid, order and number of asks', async () => {
    const hashPool = createHashPool({ sliceBytes: 1000 });
    onTestFinished(() => hashPool.close());
    const path = fileOf(bytesOf(1));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30_000 }),
        fc.integer({ min: 500, max: 40_000 }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.record({ part: fc.nat(60), how: fc.constantFrom('digest', 'read', 'release', 'check', 'whole') }), {
          maxLength: 25,
        }),
        fc.boolean(),
        async (sizeBytes, partSizeBytes, readAheadParts, asks, holdOpen) => {
          const bytes = bytesOf(sizeBytes, partSizeBytes);
          writeFileSync(path, bytes);
          utimesSync(path, longAgo, longAgo);
          const source = await openSource(path, { hashPool, readAheadParts, sliceBytes: 777, holdOpen });
          const grid = gridOf(sizeBytes, partSizeBytes);
          const part = (index: number) => bytes.subarray(index * partSizeBytes, (index + 1) * partSizeBytes);
          const work = asks.map(async ({ part: ask, how }) => {
            const range = grid[ask % grid.length]!;
            if (how === 'digest') expect(await source.digestOf(range, never)).toBe(sha1(part(range.index)));
            if (how === 'read') expect(await bytesFrom(source.read(range, never))).toEqual(part(range.index));
            if (how === 'release') source.release(range);
            if (how === 'check') await source.assertUnchanged();
            if (how === 'whole') expect(await source.wholeDigest(never)).toBe(sha1(bytes));
          });
          await Promise.all(work);
          expect(await source.wholeDigest(never)).toBe(sha1(bytes));
          await source.assertUnchanged();
          await source.close();
        },
      ),
      { numRuns: 80 },
    );
  });

  test('beyond 4 GiB, in a sparse file of 5 GiB', async () => {
    const path = fileOf(Buffer.alloc(0));
    truncateSync(path, 5 * 2 ** 30);
    await using file = await open(path, 'r+');
    const partSizeBytes = 8 * 2 ** 20;
    const range = gridOf(5 * 2 ** 30, partSizeBytes)[600]!;
    expect(range.offset).toBeGreaterThan(2 ** 32);
    const bytes = bytesOf(partSizeBytes);
    await file.write(bytes, 0, bytes.length, range.offset);
    utimesSync(path, longAgo, longAgo);
    const source = await openSource(path);
    expect(await source.digestOf(range, never)).toBe(sha1(bytes));
    expect(sha1(await bytesFrom(source.read(range, never)))).toBe(sha1(bytes));
    await source.assertUnchanged();
  });

  test('an empty file', async () => {
    const source = await openSource(fileOf(Buffer.alloc(0)));
    expect(source.sizeBytes).toBe(0);
    expect(await source.wholeDigest(never)).toBe(sha1(Buffer.alloc(0)));
    expect(await bytesFrom(source.readAll(never))).toEqual(Buffer.alloc(0));
  });

  test.each([1, 20_000, 256 * KiB, 256 * KiB + 1, 3 * 2 ** 20])('a direct upload of %i bytes', async (sizeBytes) => {
    const bytes = bytesOf(sizeBytes);
    const source = await openSource(fileOf(bytes));
    expect(await source.wholeDigest(never)).toBe(sha1(bytes));
    for (let attempt = 0; attempt < 2; attempt += 1) {
      let largest = 0;
      const read = [];
      for await (const slice of source.readAll(never)) {
        largest = Math.max(largest, slice.length);
        read.push(Buffer.from(slice));
      }
      expect(largest).toBeLessThanOrEqual(2 ** 20);
      expect(Buffer.concat(read).equals(bytes)).toBe(true);
    }
    await source.assertUnchanged();
  });

  test('a small file is read once: what is sent is what was hashed', async () => {
    const bytes = bytesOf(1000);
    const path = fileOf(bytes);
    const source = await openSource(path);
    await source.wholeDigest(never);
    writeFileSync(path, bytesOf(1000, 2));
    expect(await bytesFrom(source.readAll(never))).toEqual(bytes);
    await expect(source.assertUnchanged()).rejects.toMatchObject(problem('local.changed'));
  });

  test('a slice stays as it is until the next but one is asked for', async () => {
    const bytes = bytesOf(10_000);
    const path = fileOf(bytes);
    const source = await openSource(path, { sliceBytes: 1000 });
    const [range] = gridOf(10_000, 10_000);
    let before: Uint8Array | null = null;
    let at = 0;
    for await (const slice of source.read(range!, never)) {
      // The slice after this one is being read: these come after it in the line of Node's four threads.
      await Promise.all(Array.from({ length: 16 }, () => readFile(path)));
      if (before) expect(Buffer.from(before)).toEqual(bytes.subarray(at - 1000, at));
      at += slice.length;
      before = slice;
    }
    expect(Buffer.from(before!)).toEqual(bytes.subarray(9000));
  });
});

describe('the pass in order', () => {
  const partSizeBytes = 1000;
  const bytes = bytesOf(20 * partSizeBytes);
  const grid = gridOf(bytes.length, partSizeBytes);

  /** A source of 20 parts with one thread, so that a digest of a range comes after all that the pass may do. */
  async function watched(readAheadParts: number) {
    const hashPool = createHashPool({ workers: 1 });
    onTestFinished(() => hashPool.close());
    const path = fileOf(bytes);
    let alone = 0;
    const counting: HashPool = {
      startPass: (options) => hashPool.startPass(options),
      digestRange: (...args) => ((alone += 1), hashPool.digestRange(...args)),
      close: () => hashPool.close(),
    };
    const progress: number[] = [];
    const arrivals = new Map<number, () => void>();
    const onPrefix = (checkedBytes: number) => {
      progress.push(checkedBytes);
      arrivals.get(checkedBytes)?.();
    };
    const source = await openSource(path, { hashPool: counting, readAheadParts, onPrefix });
    return {
      source,
      aloneCount: () => alone,
      until: (parts: number) =>
        new Promise<void>((resolve) => {
          arrivals.set(parts * partSizeBytes, resolve);
          if (progress.includes(parts * partSizeBytes)) resolve();
        }),
      /** How far the pass went, once it had its chance to go further. */
      standsAt: async () => {
        const rested = await open(path, 'r');
        for (let n = 0; n < 5; n += 1) {
          await hashPool.digestRange({ fd: rested.fd, displayPath: path }, { offset: 0, sizeBytes: bytes.length });
        }
        await rested.close();
        return progress.at(-1)! / partSizeBytes;
      },
    };
  }

  test('runs a few parts ahead of the highest asked for, and through what is on Box already', async () => {
    const { source, until, standsAt, aloneCount } = await watched(2);
    await source.digestOf(grid[0]!, never);
    await until(3);
    expect(await standsAt()).toBe(3);
    await source.digestOf(grid[1]!, never);
    await until(4);
    expect(await standsAt()).toBe(4);
    for (const range of grid.slice(4, 12)) source.release(range);
    await until(12);
    expect(await standsAt()).toBe(12);
    expect(await source.wholeDigest(never)).toBe(sha1(bytes));
    expect(aloneCount()).toBe(0);
  });

  test('a part far ahead is read by itself, one near by the pass', async () => {
    const { source, aloneCount } = await watched(3);
    await source.digestOf(grid[3]!, never);
    expect(aloneCount()).toBe(0);
    await source.digestOf(grid[19]!, never);
    expect(aloneCount()).toBe(1);
    await Promise.all([source.digestOf(grid[19]!, never), source.digestOf(grid[18]!, never)]);
    expect(aloneCount()).toBeLessThanOrEqual(2);
    expect(await source.wholeDigest(never)).toBe(sha1(bytes));
  });

  test('another grid takes the place of the first', async () => {
    const { source } = await watched(1);
    await source.digestOf(grid[0]!, never);
    const other = gridOf(bytes.length, 3000);
    expect(await source.digestOf(other[2]!, never)).toBe(sha1(bytes.subarray(6000, 9000)));
    expect(await source.wholeDigest(never)).toBe(sha1(bytes));
  });
});

describe('what was written just now', () => {
  /** A pool that counts reads, and a clock that stands at some time after the file's mtime. */
  async function racySource(sizeBytes: number, sinceWrittenMs: number) {
    const pool = poolFor();
    let other: string | null = null;
    const reads = { passes: 0, ranges: 0 };
    const hashPool: HashPool = {
      startPass: (options) => ((reads.passes += 1), pool.startPass(options)),
      digestRange: async (...args) => {
        reads.ranges += 1;
        const digest = await pool.digestRange(...args);
        return other ?? digest;
      },
      close: () => pool.close(),
    };
    let nowMs = longAgo * 1000 + sinceWrittenMs;
    const clock = { ...systemClock, now: () => nowMs };
    const bytes = bytesOf(sizeBytes);
    const path = fileOf(bytes);
    const source = await openSource(path, { hashPool, clock });
    return {
      source,
      reads,
      bytes,
      setNow: (ms: number) => (nowMs = longAgo * 1000 + ms),
      setOther: (digest: string) => (other = digest),
    };
  }

  test('is hashed again before the commit: those parts that were read within 2 s of the mtime', async () => {
    const { source, reads, bytes, setNow } = await racySource(10_000, 1995);
    const grid = gridOf(10_000, 1000);
    await source.digestOf(grid[0]!, never);
    setNow(5000);
    expect(await source.wholeDigest(never)).toBe(sha1(bytes));
    expect(reads.passes).toBe(1);
    expect(reads.ranges).toBeGreaterThanOrEqual(1);
    expect(reads.ranges).toBeLessThanOrEqual(10);
  });

  test('and what was read later is not', async () => {
    const { source, reads, bytes } = await racySource(10_000, 2001);
    await source.digestOf(gridOf(10_000, 1000)[0]!, never);
    expect(await source.wholeDigest(never)).toBe(sha1(bytes));
    expect(reads).toEqual({ passes: 1, ranges: 0 });
  });

  test('a whole file that was read too early is read again', async () => {
    const { source, reads, bytes } = await racySource(300 * KiB, 1995);
    expect(await source.wholeDigest(never)).toBe(sha1(bytes));
    expect(reads.passes).toBe(2);
  });

  test('a write that no time shows is found out', async () => {
    // No file system lets itself be told to keep both times, so the second reading is made to differ.
    const { source, setOther } = await racySource(1000, 1995);
    await source.digestOf(gridOf(1000, 1000)[0]!, never);
    setOther(sha1(Buffer.from('other bytes')));
    await expect(source.wholeDigest(never)).rejects.toMatchObject(problem('local.changed'));
    await expect(source.assertUnchanged()).rejects.toMatchObject(problem('local.changed'));
  });

  test('an abort ends the wait', async () => {
    const { source } = await racySource(1000, 0);
    const controller = new AbortController();
    const digest = source.wholeDigest(controller.signal);
    setImmediate(() => controller.abort(new Error('paused')));
    await expect(digest).rejects.toThrow('paused');
  });
});

describe('opening and closing', () => {
  test('what is missing, no file, or other than planned', async () => {
    const path = fileOf(bytesOf(10));
    const facts = statFactsSync(path);
    const base = { displayPath: 'shown', facts, hashPool: poolFor(), clock: systemClock };
    const reject = (at: string | Buffer, code: string) =>
      expect(openFileSource({ ...base, path: at })).rejects.toMatchObject({ problem: { code, item: 'shown' } });
    await reject(`${path}-not`, 'local.missing');
    await reject(join(path, 'below'), 'local.missing');
    await reject(temporaryFolder(), 'local.not-regular');
    await reject('/dev/null', 'local.not-regular');
    await (await openFileSource({ ...base, path: Buffer.from(path) })).close();
    utimesSync(path, longAgo + 1, longAgo + 1);
    await reject(path, 'local.changed');
  });

  test('a closed source rejects, and holds no file any more', async () => {
    const path = fileOf(Buffer.alloc(0));
    truncateSync(path, 5 * 2 ** 30);
    const isOpen = () =>
      readdirSync('/proc/self/fd').some((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`) === path;
        } catch {
          return false;
        }
      });
    const canSee = process.platform === 'linux';
    for (const holdOpen of [true, false]) {
      const source = await openSource(path, { holdOpen, readAheadParts: 2 });
      if (canSee) expect(isOpen()).toBe(holdOpen);
      const grid = gridOf(5 * 2 ** 30, 2 ** 30);
      const outcomes = [grid[0]!, grid[4]!].map((range) =>
        expect(source.digestOf(range, never)).rejects.toMatchObject(problem('local.internal')),
      );
      await source.close();
      await source.close();
      await Promise.all(outcomes);
      if (canSee) expect(isOpen()).toBe(false);
      await expect(source.digestOf(grid[0]!, never)).rejects.toMatchObject(problem('local.internal'));
      await expect(source.wholeDigest(never)).rejects.toMatchObject(problem('local.internal'));
      await expect(source.assertUnchanged()).rejects.toMatchObject(problem('local.internal'));
      await expect(bytesFrom(source.readAll(never))).rejects.toMatchObject(problem('local.internal'));
    }
  });

  test('an aborted ask and an aborted read reject with the reason, the others go on', async () => {
    const bytes = bytesOf(100_000);
    const source = await openSource(fileOf(bytes), { sliceBytes: 1000 });
    const [range] = gridOf(100_000, 50_000);
    const controller = new AbortController();
    const reading = (async () => {
      for await (const slice of source.read(range!, controller.signal)) {
        expect(slice).toHaveLength(1000);
        controller.abort(new Error('paused'));
      }
    })();
    await expect(reading).rejects.toThrow('paused');
    await expect(source.digestOf(range!, controller.signal)).rejects.toThrow('paused');
    expect(await source.digestOf(range!, never)).toBe(sha1(bytes.subarray(0, 50_000)));
  });

  test('a pool that is closed is an error of ours', async () => {
    const hashPool = createHashPool();
    const source = await openSource(fileOf(bytesOf(1000)), { hashPool });
    await hashPool.close();
    await expect(source.digestOf(gridOf(1000, 100)[0]!, never)).rejects.toMatchObject(problem('local.internal'));
  });
});
