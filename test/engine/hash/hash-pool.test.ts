import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, truncateSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hashFile } from '../../../main/engine/hash/hash-file.ts';
import { createHashPool, type HashPool, type HashPoolOptions } from '../../../main/engine/hash/hash-pool.ts';
import { statFactsSync } from '../../../main/engine/scan/facts.ts';
import { entryUrl } from '../../../main/platform/entry-url.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');
const problem = (code: string) => ({ problem: { code } });

function poolFor(options?: HashPoolOptions): HashPool {
  const pool = createHashPool(options);
  onTestFinished(() => pool.close());
  return pool;
}

/** A file of these bytes, or a sparse one of this size; open for reading and writing. */
function fileOf(content: Uint8Array | number): { fd: number; path: string; displayPath: string } {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, typeof content === 'number' ? '' : content);
  if (typeof content === 'number') truncateSync(path, content);
  const fd = openSync(path, 'r+');
  onTestFinished(() => closeSync(fd));
  return { fd, path, displayPath: path };
}

const partsOf = (bytes: Uint8Array, partSizeBytes: number) =>
  Array.from({ length: Math.max(1, Math.ceil(bytes.length / partSizeBytes)) }, (_, n) =>
    bytes.subarray(n * partSizeBytes, (n + 1) * partSizeBytes),
  );

describe('digests', () => {
  test('of parts and whole are those of createHash, for any sizes, slices and order of ranges', async () => {
    const pools = [poolFor({ sliceBytes: 1000 }), poolFor({ workers: 1 }), poolFor({ workers: 3, sliceBytes: 64 })];
    const { fd, displayPath } = fileOf(0);
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 20_000, size: 'max' }),
        fc.integer({ min: 200, max: 25_000 }),
        fc.constantFrom(...pools),
        fc.array(fc.nat(100), { maxLength: 5 }),
        async (bytes, partSizeBytes, pool, asks) => {
          ftruncateSync(fd, 0);
          writeSync(fd, bytes, 0, bytes.length, 0);
          const parts = partsOf(bytes, partSizeBytes);
          const digests: string[] = [];
          let checked = 0;
          const pass = pool.startPass({
            fd,
            displayPath,
            sizeBytes: bytes.length,
            partSizeBytes,
            onPart: (index, digest) => (expect(index).toBe(digests.length), digests.push(digest)),
            onProgress: (bytes) => (expect(bytes).toBeGreaterThanOrEqual(checked), (checked = bytes)),
          });
          const ranges = asks.map((ask) => {
            const index = ask % parts.length;
            const range = { offset: index * partSizeBytes, sizeBytes: parts[index]!.length };
            return pool
              .digestRange({ fd, displayPath }, range)
              .then((digest) => expect(digest).toBe(sha1(parts[index]!)));
          });
          for (let index = 0; index < parts.length; index += 2) pass.allow(index);
          pass.allow(Infinity);
          expect(await pass.whole).toBe(sha1(bytes));
          expect(digests).toEqual(parts.map(sha1));
          expect(pass.position).toBe(parts.length);
          expect(checked).toBe(bytes.length);
          await Promise.all(ranges);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('beyond 4 GiB, in a sparse file', async () => {
    const pool = poolFor();
    const file = fileOf(5 * 2 ** 30);
    const offset = 2 ** 32 + 12_345;
    writeSync(file.fd, 'beyond', offset);
    expect(await pool.digestRange(file, { offset, sizeBytes: 6 })).toBe(sha1(Buffer.from('beyond')));
  });

  test('a pass stands still until it may go on', async () => {
    const pool = poolFor({ workers: 1 });
    const bytes = Buffer.alloc(10_000, 'content');
    const file = fileOf(bytes);
    const pass = pool.startPass({ ...file, sizeBytes: 10_000, partSizeBytes: 1000 });
    // Ranges in the same thread come after whatever the pass may do.
    const barrier = () => pool.digestRange(file, { offset: 0, sizeBytes: 10_000 });
    await barrier();
    expect(pass.position).toBe(0);
    pass.allow(3);
    pass.allow(1);
    await barrier();
    await barrier();
    expect(pass.position).toBe(4);
    pass.allow(9);
    expect(await pass.whole).toBe(sha1(bytes));
  });
});

describe('sharing', () => {
  test('one thread: a small range overtakes a long pass, and two passes move together', async () => {
    const pool = poolFor({ workers: 1, sliceBytes: 2 ** 18 });
    const [a, b] = [fileOf(64 * 2 ** 20), fileOf(64 * 2 ** 20)];
    const order: string[] = [];
    const start = (file: typeof a, name: string) => {
      const onPart = () => void order.push(name);
      const pass = pool.startPass({ ...file, sizeBytes: 64 * 2 ** 20, partSizeBytes: 2 ** 20, onPart });
      pass.allow(Infinity);
      return pass.whole;
    };
    const first = start(a, 'a');
    const second = start(b, 'b');
    const range = pool.digestRange(a, { offset: 0, sizeBytes: 2 ** 20 }).then(() => order.push('range'));
    await Promise.all([first, second, range]);
    expect(order.indexOf('range')).toBeLessThan(20);
    const halfWay = order.slice(0, 64).filter((name) => name === 'a').length;
    expect(halfWay).toBeGreaterThan(28);
    expect(halfWay).toBeLessThan(36);
  });

  test('ranges run while the pass of the same file is on', async () => {
    const pool = poolFor();
    const file = fileOf(8 * 2 ** 30);
    const pass = pool.startPass({ ...file, sizeBytes: 8 * 2 ** 30, partSizeBytes: 2 ** 20 });
    pass.allow(Infinity);
    await pool.digestRange(file, { offset: 0, sizeBytes: 2 ** 20 });
    expect(pass.position).toBeLessThan(8 * 2 ** 10);
    await pass.cancel();
  });
});

describe('stopping', () => {
  test('a cancelled pass rejects and lets go of the file', async () => {
    const pool = poolFor();
    const file = fileOf(5 * 2 ** 30);
    const started = Promise.withResolvers<void>();
    const onPart = () => started.resolve();
    const pass = pool.startPass({ ...file, sizeBytes: 5 * 2 ** 30, partSizeBytes: 2 ** 20, onPart });
    pass.allow(Infinity);
    await started.promise;
    await pass.cancel();
    await expect(pass.whole).rejects.toThrow('cancelled');
    const { position } = pass;
    expect(position).toBeLessThan(5 * 2 ** 10);
    await pool.digestRange(file, { offset: 0, sizeBytes: 2 ** 20 });
    expect(pass.position).toBe(position);
    await pass.cancel();
  });

  test('an aborted range rejects with the reason, also before it began', async () => {
    const pool = poolFor();
    const file = fileOf(5 * 2 ** 30);
    const controller = new AbortController();
    const range = { offset: 0, sizeBytes: 5 * 2 ** 30 };
    const digest = pool.digestRange(file, range, controller.signal);
    await pool.digestRange(file, { offset: 0, sizeBytes: 1 });
    controller.abort(new Error('paused'));
    await expect(digest).rejects.toThrow('paused');
    await expect(pool.digestRange(file, range, controller.signal)).rejects.toThrow('paused');
  });

  test('closing the pool rejects what is on, and what comes', async () => {
    const pool = createHashPool();
    const file = fileOf(5 * 2 ** 30);
    const pass = pool.startPass({ ...file, sizeBytes: 5 * 2 ** 30 });
    pass.allow(Infinity);
    await pool.digestRange(file, { offset: 0, sizeBytes: 1 });
    await pool.close();
    await expect(pass.whole).rejects.toMatchObject(problem('local.internal'));
    await pass.cancel();
    await expect(pool.digestRange(file, { offset: 0, sizeBytes: 1 })).rejects.toMatchObject(problem('local.internal'));
    await createHashPool().close();
  });
});

describe('failures', () => {
  test('a file that ends early has changed; what it shares the thread with goes on', async () => {
    const pool = poolFor({ workers: 1, sliceBytes: 1000 });
    const bytes = Buffer.alloc(5000, 'x');
    const file = fileOf(bytes);
    const pass = pool.startPass({ ...file, sizeBytes: 5001 });
    pass.allow(Infinity);
    const good = pool.digestRange(file, { offset: 0, sizeBytes: 5000 });
    await expect(pass.whole).rejects.toMatchObject(problem('local.changed'));
    await expect(pass.whole).rejects.toThrow('ends at 5000 bytes, 5001 were expected');
    await expect(pool.digestRange(file, { offset: 9000, sizeBytes: 1 })).rejects.toMatchObject(
      problem('local.changed'),
    );
    expect(await good).toBe(sha1(bytes));
  });

  // Reading a process's memory at 0 is a plain file with an I/O error.
  test.skipIf(process.platform !== 'linux')('an error of the disk is a read error; a folder is no file', async () => {
    const pool = poolFor();
    const fd = openSync('/proc/self/mem', 'r');
    const folder = openSync('/', 'r');
    onTestFinished(() => (closeSync(fd), closeSync(folder)));
    const range = { offset: 0, sizeBytes: 10 };
    const failed = pool.digestRange({ fd, displayPath: '/disk/file' }, range);
    await expect(failed).rejects.toMatchObject({ problem: { code: 'local.read-error', item: '/disk/file' } });
    const notRegular = pool.digestRange({ fd: folder, displayPath: '/' }, range);
    await expect(notRegular).rejects.toMatchObject(problem('local.not-regular'));
  });

  test('a thread that dies takes its work with it, and the next work gets another', async () => {
    const folder = temporaryFolder();
    const script = `
      import { existsSync, writeFileSync } from 'node:fs';
      import { parentPort } from 'node:worker_threads';
      const flag = ${JSON.stringify(join(folder, 'flag'))};
      if (existsSync(flag)) await import(${JSON.stringify(entryUrl('hash-worker').href)});
      else parentPort.on('message', () => { writeFileSync(flag, ''); throw new Error('out of memory, say'); });`;
    writeFileSync(join(folder, 'worker.mjs'), script);
    const pool = poolFor({ workers: 1, workerUrl: pathToFileURL(join(folder, 'worker.mjs')) });
    const file = fileOf(Buffer.from('content'));
    const range = { offset: 0, sizeBytes: 7 };
    const lost = [pool.digestRange(file, range), pool.digestRange(file, range)];
    for (const digest of lost) {
      await expect(digest).rejects.toMatchObject(problem('local.internal'));
      await expect(digest).rejects.toThrow('out of memory, say');
    }
    expect(await pool.digestRange(file, range)).toBe(sha1(Buffer.from('content')));
  });
});

describe('hashFile', () => {
  test('gives digest and facts, of an empty file too', async () => {
    const pool = poolFor();
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(300_000, 'abc')]) {
      const { path } = fileOf(bytes);
      const facts = statFactsSync(path);
      expect(await hashFile(pool, { path, displayPath: path, facts })).toEqual({ sha1: sha1(bytes), facts });
    }
  });

  test('rejects what is missing, no file, changed since the plan, or changed meanwhile', async () => {
    const pool = poolFor();
    const { path } = fileOf(Buffer.from('content'));
    const facts = statFactsSync(path);
    const reject = (code: string, options: Partial<Parameters<typeof hashFile>[1]>) =>
      expect(hashFile(pool, { path, displayPath: 'shown', ...options })).rejects.toMatchObject({
        problem: { code, item: 'shown' },
      });
    await reject('local.missing', { path: `${path}-not` });
    await reject('local.not-regular', { path: temporaryFolder() });
    utimesSync(path, 1, 1);
    await reject('local.changed', { facts });
    const touching: HashPool = {
      ...pool,
      startPass: (options) => (utimesSync(path, 2, 2), pool.startPass(options)),
    };
    await expect(hashFile(touching, { path, displayPath: path })).rejects.toMatchObject(problem('local.changed'));
    await expect(
      hashFile(pool, { path, displayPath: path, signal: AbortSignal.abort(new Error('no')) }),
    ).rejects.toThrow('no');
  });

  test('an abort ends it with the reason', async () => {
    const pool = poolFor();
    const { path } = fileOf(5 * 2 ** 30);
    const controller = new AbortController();
    const aborting: HashPool = {
      ...pool,
      startPass: (options) => pool.startPass({ ...options, onProgress: () => controller.abort(new Error('paused')) }),
    };
    await expect(hashFile(aborting, { path, displayPath: path, signal: controller.signal })).rejects.toThrow('paused');
  });
});
