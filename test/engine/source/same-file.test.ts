import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HashPool } from '../../../main/engine/hash/hash-pool.ts';
import { statFactsSync } from '../../../main/engine/scan/facts.ts';
import type { FileSource } from '../../../main/engine/source/file-source.ts';
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

const sizeBytes = 20_000;
const bytes = bytesOf(sizeBytes);
const grid = gridOf(sizeBytes, 1000);
const other = bytesOf(sizeBytes, 7);

const setBack = (path: string) => utimesSync(path, longAgo, longAgo);

function overwrite(path: string, offset: number): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.from('other bytes'), 0, 11, offset);
  closeSync(fd);
}

function replace(path: string, content: Uint8Array): void {
  writeFileSync(`${path}~`, content);
  renameSync(`${path}~`, path);
}

/** What another program does to the file, and what becomes of a transfer that has digested something of it. */
const deeds: Record<
  string,
  { deed: (path: string) => void; outcome: 'goes on' | 'moved' | 'local.changed' | 'local.missing' }
> = {
  'is appended to': { deed: (path) => appendFileSync(path, 'x'), outcome: 'local.changed' },
  shrinks: { deed: (path) => truncateSync(path, 5000), outcome: 'local.changed' },
  'is written to in place': { deed: (path) => overwrite(path, 0), outcome: 'local.changed' },
  'is touched': { deed: (path) => utimesSync(path, longAgo + 1, longAgo + 1), outcome: 'local.changed' },
  'is replaced by other content': { deed: (path) => replace(path, other), outcome: 'local.changed' },
  'is replaced by a folder': { deed: (path) => (unlinkSync(path), mkdirSync(path)), outcome: 'local.changed' },
  'is deleted': { deed: (path) => unlinkSync(path), outcome: 'local.missing' },
  'is deleted with its folder moved': {
    deed: (path) => {
      const aside = `${dirname(path)}-aside`;
      renameSync(dirname(path), aside);
      unlinkSync(join(aside, 'file'));
      renameSync(aside, `${dirname(path)}`);
    },
    outcome: 'local.missing',
  },
  'is written to with its time set back': {
    deed: (path) => (overwrite(path, 0), setBack(path)),
    outcome: 'local.changed',
  },
  'is replaced by other content of the same size and time': {
    deed: (path) => (replace(path, other), setBack(path)),
    outcome: 'local.changed',
  },
  'is moved away and other content put in its place': {
    deed: (path) => (renameSync(path, `${path}~`), writeFileSync(path, other)),
    outcome: 'local.changed',
  },
  'is replaced by a copy with the same time': {
    deed: (path) => {
      copyFileSync(path, `${path}~`);
      setBack(`${path}~`);
      renameSync(`${path}~`, path);
    },
    outcome: 'goes on',
  },
  'gets other permissions': { deed: (path) => chmodSync(path, 0o600), outcome: 'goes on' },
  'gets a second name': { deed: (path) => linkSync(path, `${path}~`), outcome: 'goes on' },
  'is moved there and back': {
    deed: (path) => (renameSync(path, `${path}~`), renameSync(`${path}~`, path)),
    outcome: 'goes on',
  },
  'is moved away': { deed: (path) => renameSync(path, `${path}~`), outcome: 'moved' },
};

/** How far the transfer is when it happens. */
const stages: Record<string, (source: FileSource) => Promise<unknown>> = {
  'after the first part': (source) => source.digestOf(grid[0]!, never),
  'after parts out of order': (source) => Promise.all([0, 15].map((n) => source.digestOf(grid[n]!, never))),
  'while a part is read': async (source) => {
    await source.digestOf(grid[0]!, never);
    for await (const slice of source.read(grid[0]!, never)) expect(slice.length).toBeGreaterThan(0);
  },
  'before the commit': (source) => {
    for (const range of grid) void source.digestOf(range, never);
    return source.wholeDigest(never);
  },
  'after the digest of a direct upload': (source) => source.wholeDigest(never),
};

describe.each(Object.keys(stages))('%s', (stage) => {
  test.each(Object.keys(deeds))('the file %s', async (name) => {
    const { deed, outcome } = deeds[name]!;
    const path = fileOf(bytes);
    const source = await openSource(path, { readAheadParts: 2 });
    await source.assertUnchanged();
    await stages[stage]!(source);
    deed(path);
    if (outcome.startsWith('local.')) {
      await expect(source.assertUnchanged()).rejects.toMatchObject(problem(outcome));
      await expect(source.assertUnchanged()).rejects.toMatchObject(problem(outcome));
      await expect(source.wholeDigest(never)).rejects.toMatchObject(problem(outcome));
      return;
    }
    await Promise.all([source.assertUnchanged(), source.assertUnchanged()]);
    expect(source.movedAway).toBe(outcome === 'moved');
    const facts = statFactsSync(outcome === 'moved' ? `${path}~` : path);
    expect(source.facts).toEqual(facts);
    const digests = await Promise.all(grid.map((range) => source.digestOf(range, never)));
    expect(digests).toEqual(grid.map(({ offset }) => sha1(bytes.subarray(offset, offset + 1000))));
    expect(await bytesFrom(source.read(grid[19]!, never))).toEqual(bytes.subarray(19_000));
    expect(await source.wholeDigest(never)).toBe(sha1(bytes));
    await source.assertUnchanged();
  });
});

test('before anything was digested, only size and time matter: it is the new bytes that go up', async () => {
  const path = fileOf(bytes);
  const source = await openSource(path);
  replace(path, other);
  setBack(path);
  await source.assertUnchanged();
  expect(await source.digestOf(grid[3]!, never)).toBe(sha1(other.subarray(3000, 4000)));
  expect(await source.wholeDigest(never)).toBe(sha1(other));
});

test('bytes that change without a trace between two readings are found when the pass comes there', async () => {
  const path = fileOf(bytes);
  const pool = poolFor();
  const gate = Promise.withResolvers<void>();
  const hashPool: HashPool = {
    startPass: (options) => {
      const pass = pool.startPass(options);
      return {
        position: 0,
        allow: (index) => void gate.promise.then(() => pass.allow(index)),
        whole: pass.whole,
        cancel: () => pass.cancel(),
      };
    },
    digestRange: (...args) => pool.digestRange(...args),
    close: () => pool.close(),
  };
  const source = await openSource(path, { hashPool, readAheadParts: 1 });
  await source.digestOf(grid[19]!, never);
  overwrite(path, 19_500);
  setBack(path);
  gate.resolve();
  await expect(source.wholeDigest(never)).rejects.toMatchObject(problem('local.changed'));
});

test('a moved file that is then deleted is missing, one whose old path is taken has changed', async () => {
  const paths = [fileOf(bytes), fileOf(bytes)];
  const [deleted, taken] = await Promise.all(paths.map((path) => openSource(path)));
  for (const path of paths) renameSync(path, `${path}~`);
  await Promise.all([deleted!.assertUnchanged(), taken!.assertUnchanged()]);
  expect([deleted!.movedAway, taken!.movedAway]).toEqual([true, true]);
  unlinkSync(`${paths[0]!}~`);
  writeFileSync(paths[1]!, 'another');
  await expect(deleted!.assertUnchanged()).rejects.toMatchObject(problem('local.missing'));
  await expect(taken!.assertUnchanged()).rejects.toMatchObject(problem('local.changed'));
});

test('a file whose folder is moved is moved', async () => {
  const path = fileOf(bytes);
  const source = await openSource(path);
  await source.digestOf(grid[0]!, never);
  renameSync(dirname(path), `${dirname(path)}-aside`);
  await source.assertUnchanged();
  expect(source.movedAway).toBe(true);
  expect(await source.wholeDigest(never)).toBe(sha1(bytes));
  renameSync(`${dirname(path)}-aside`, dirname(path));
  await source.assertUnchanged();
  expect(source.movedAway).toBe(false);
});

test('a file that shrinks while a part is read', async () => {
  const path = fileOf(bytes);
  const source = await openSource(path, { sliceBytes: 1000 });
  const [range] = gridOf(sizeBytes, sizeBytes);
  const reading = async () => {
    for await (const slice of source.read(range!, never)) if (slice.length > 0) truncateSync(path, 1500);
  };
  await expect(reading()).rejects.toMatchObject(problem('local.changed'));
});

describe('where files are not held open, as on Windows', () => {
  test('a freed inode that serves the next file is another revision', async () => {
    for (const [again, outcome] of [
      [other, 'local.changed'],
      [bytes, null],
    ] as const) {
      const path = fileOf(bytes);
      const source = await openSource(path, { holdOpen: false });
      for (const range of grid) await source.digestOf(range, never);
      await source.wholeDigest(never);
      unlinkSync(path);
      writeFileSync(path, again);
      await expect(openSource(path).then((fresh) => fresh.facts.inode)).resolves.toEqual(expect.any(String));
      setBack(path);
      if (outcome) await expect(source.assertUnchanged()).rejects.toMatchObject(problem(outcome));
      else await source.assertUnchanged();
    }
  });

  test('gone is missing, other size or time is changed, also when it is read', async () => {
    const path = fileOf(bytes);
    const [gone, changed, read] = await Promise.all([1, 2, 3].map(() => openSource(path, { holdOpen: false })));
    utimesSync(path, 1, 1);
    await expect(changed!.assertUnchanged()).rejects.toMatchObject(problem('local.changed'));
    await expect(bytesFrom(read!.read(grid[0]!, never))).rejects.toMatchObject(problem('local.changed'));
    unlinkSync(path);
    await expect(gone!.assertUnchanged()).rejects.toMatchObject(problem('local.missing'));
  });
});
