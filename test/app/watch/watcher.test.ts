import { once } from 'node:events';
import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { Mirror, quickLimits } from './mirror.ts';

function tree(...folders: string[]): string {
  const root = temporaryFolder();
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
  return root;
}

/** The threads that start from here on. */
function watchThreads(): Worker[] {
  const threads: Worker[] = [];
  const onWorker = (worker: Worker) => void threads.push(worker);
  process.on('worker', onWorker);
  onTestFinished(() => void process.off('worker', onWorker));
  return threads;
}

async function started(root: string, options: ConstructorParameters<typeof Mirror>[1] = {}): Promise<Mirror> {
  const mirror = new Mirror(root, options);
  await mirror.start();
  return mirror;
}

describe('changes', () => {
  test('a new, a changed, a renamed and a removed file each hint their folder and no other', async () => {
    const root = tree('a', 'b');
    writeFileSync(join(root, 'b/kept'), 'x');
    const mirror = await started(root);
    const changes = [
      () => writeFileSync(join(root, 'a/new'), 'x'),
      () => appendFileSync(join(root, 'a/new'), 'y'),
      () => renameSync(join(root, 'a/new'), join(root, 'a/renamed')),
      () => utimesSync(join(root, 'a/renamed'), 1, 1),
      () => rmSync(join(root, 'a/renamed')),
    ];
    for (const change of changes) {
      mirror.hints.length = 0;
      change();
      await mirror.inStep();
      expect([...mirror.hinted()]).toEqual([join(root, 'a')]);
    }
  });

  test('names that watchers like to leave out are events as well', async () => {
    const root = tree('a');
    const mirror = await started(root);
    for (const name of ['a~', '.x.swp', '.subl123.tmp', 'with\\backslash', '.hidden', '__proto__']) {
      writeFileSync(join(root, 'a', name), 'x');
      await mirror.inStep();
    }
  });

  test('a folder with such a name is watched', async () => {
    const root = tree('backup~', '.x.swp');
    const mirror = await started(root);
    writeFileSync(join(root, 'backup~/file'), 'x');
    writeFileSync(join(root, '.x.swp/file'), 'x');
    await mirror.inStep();
  });

  test('a file moved between two folders hints both', async () => {
    const root = tree('a', 'b');
    writeFileSync(join(root, 'a/file'), 'x');
    const mirror = await started(root);
    renameSync(join(root, 'a/file'), join(root, 'b/file'));
    await mirror.inStep();
    expect(mirror.hinted()).toEqual(new Set([join(root, 'a'), join(root, 'b')]));
  });

  test('a save by rename is found', async () => {
    const root = tree('a');
    writeFileSync(join(root, 'a/file'), 'old');
    const mirror = await started(root);
    writeFileSync(join(root, 'a/file.tmp'), 'newer');
    renameSync(join(root, 'a/file.tmp'), join(root, 'a/file'));
    await mirror.inStep();
  });

  test('a name that is no UTF-8 hints its folder', async () => {
    const root = tree('a');
    const mirror = await started(root);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/a/`), Buffer.from([0x66, 0xe9])]), 'x');
    await mirror.until(() => mirror.hinted().has(join(root, 'a')));
  });

  test('5,000 files at once are all found', async () => {
    const root = tree('a', 'b');
    const mirror = await started(root, { limits: { ...quickLimits, maxMs: 1000 } });
    for (let n = 0; n < 5000; n++) writeFileSync(join(root, n % 2 ? 'a' : 'b', `file-${n}`), 'x');
    await mirror.inStep();
    expect(mirror.hinted()).toEqual(new Set([join(root, 'a'), join(root, 'b')]));
  });

  test('more folders than the limit collapse to an overflow', async () => {
    const folders = Array.from({ length: 12 }, (_, n) => `f${n}`);
    const root = tree(...folders);
    const mirror = await started(root, { limits: { ...quickLimits, maxFolders: 10 } });
    for (const folder of folders) writeFileSync(join(root, folder, 'file'), 'x');
    await mirror.inStep();
    expect(mirror.hints.some(({ overflow }) => overflow)).toBe(true);
  });
});

describe('folders', () => {
  test('nested folders with files in them, made at once, are found and then watched', async () => {
    const root = tree();
    const mirror = await started(root);
    mkdirSync(join(root, 'a/b/c/d'), { recursive: true });
    writeFileSync(join(root, 'a/b/c/d/file'), 'x');
    await mirror.inStep();
    writeFileSync(join(root, 'a/b/c/d/later'), 'x');
    await mirror.inStep();
    expect(mirror.watcher.report(root)).toMatchObject({ mode: 'watching', watches: 5 });
  });

  test('a renamed folder hints the folder above, and changes in it are found under its new name', async () => {
    const root = tree('up/old/deep', 'other');
    writeFileSync(join(root, 'up/old/deep/file'), 'x');
    const mirror = await started(root);
    renameSync(join(root, 'up/old'), join(root, 'other/new'));
    await mirror.inStep();
    expect([...mirror.hinted()]).toEqual(expect.arrayContaining([join(root, 'up'), join(root, 'other')]));
    mirror.hints.length = 0;
    appendFileSync(join(root, 'other/new/deep/file'), 'y');
    await mirror.inStep();
    expect(mirror.hinted().has(join(root, 'other/new/deep'))).toBe(true);
    expect(mirror.watcher.report(root).watches).toBe(5);
  });

  test('a folder that takes the place of a renamed one is watched instead of it', async () => {
    const root = tree('a');
    const away = temporaryFolder();
    const mirror = await started(root);
    mkdirSync(join(root, 'a/deep'));
    await mirror.until(() => mirror.watcher.report(root).watches === 3);
    renameSync(join(root, 'a'), join(away, 'a'));
    mkdirSync(join(root, 'a/deep'), { recursive: true });
    await mirror.inStep();
    mirror.hints.length = 0;
    writeFileSync(join(root, 'a/deep/file'), 'x');
    await mirror.inStep();
    writeFileSync(join(away, 'a/deep/file'), 'x');
    writeFileSync(join(root, 'last'), 'x');
    await mirror.inStep();
    expect(mirror.watcher.report(root).watches).toBe(3);
  });

  test('a folder deleted and made anew at once is watched, on the same inode too', async () => {
    const root = tree('a/deep');
    const mirror = await started(root);
    for (let n = 0; n < 5; n++) {
      rmSync(join(root, 'a'), { recursive: true });
      mkdirSync(join(root, 'a/deep'), { recursive: true });
      await mirror.inStep();
      writeFileSync(join(root, 'a/deep/file'), 'x');
      await mirror.inStep();
    }
  });

  test('a folder that went away and came back is watched without being asked for again', async () => {
    const root = tree('a/deep');
    const away = temporaryFolder();
    const mirror = await started(root);
    renameSync(join(root, 'a'), join(away, 'a'));
    await mirror.until(() => mirror.watcher.report(root).watches === 1);
    // The engine of this test would ask for it if it had seen it gone: it is as if it had not looked in time.
    mirror.watcher.add = () => Promise.resolve();
    renameSync(join(away, 'a'), join(root, 'a'));
    await mirror.until(() => mirror.watcher.report(root).watches === 3);
    mirror.hints.length = 0;
    writeFileSync(join(root, 'a/deep/file'), 'x');
    await mirror.until(() => mirror.hinted().has(join(root, 'a/deep')));
  });

  test('removed folders give their watches back, and so does unwatch', async () => {
    const root = tree('a/1', 'a/2', 'b/1', 'c');
    const mirror = await started(root);
    rmSync(join(root, 'a'), { recursive: true });
    await mirror.inStep();
    await mirror.until(() => mirror.watcher.report(root).watches === 4);
    await mirror.watcher.unwatch(root, [join(root, 'b')]);
    expect(mirror.watcher.report(root).watches).toBe(2);
    mirror.hints.length = 0;
    writeFileSync(join(root, 'b/1/file'), 'x');
    writeFileSync(join(root, 'c/file'), 'x');
    await mirror.until(() => mirror.hinted().has(join(root, 'c')));
    expect([...mirror.hinted()]).toEqual([join(root, 'c')]);
  });

  test('many folders that come one by one stay watched', async () => {
    const root = tree();
    const mirror = await started(root);
    const folders = Array.from({ length: 120 }, (_, n) => join(root, `f${n}`));
    for (const folder of folders) {
      mkdirSync(folder);
      await mirror.watcher.add(root, [folder]);
    }
    await mirror.inStep();
    for (const folder of folders) writeFileSync(join(folder, 'file'), 'x');
    await mirror.inStep();
    expect(mirror.watcher.report(root)).toMatchObject({ mode: 'watching', watches: 121 });
  });
});

describe('roots', () => {
  test('a root that goes is told and looked for, and is watched when it comes back', async () => {
    const root = tree('pair/a/deep');
    const pair = join(root, 'pair');
    const mirror = await started(pair, { times: { rescanMs: 20 } });
    renameSync(pair, join(root, 'away'));
    await mirror.until(() => mirror.watcher.report(pair).mode === 'polling' && mirror.hinted().has(pair));
    expect(mirror.watcher.report(pair).fallbackFolders).toEqual([
      { path: pair, reason: expect.stringContaining('not there') as string, remedy: expect.any(String) as string },
    ]);
    renameSync(join(root, 'away'), pair);
    await mirror.until(() => mirror.watcher.report(pair).mode === 'watching');
    await mirror.inStep();
    writeFileSync(join(pair, 'a/deep/file'), 'x');
    await mirror.inStep();
  });

  test('a root removed and made anew at once is watched', async () => {
    const root = tree('pair/a');
    const pair = join(root, 'pair');
    const mirror = await started(pair, { times: { rescanMs: 20 } });
    rmSync(pair, { recursive: true });
    mkdirSync(join(pair, 'b'), { recursive: true });
    await mirror.inStep();
    writeFileSync(join(pair, 'b/file'), 'x');
    await mirror.inStep();
  });

  test('directories that are watched already make no hint when they are given again, a new one among them does', async () => {
    const folders = Array.from({ length: 60 }, (_, n) => `f${n}`);
    const root = tree(...folders);
    const all = [root, ...folders.map((name) => join(root, name))];
    const mirror = await started(root, { limits: { ...quickLimits, maxFolders: 50 } });
    await mirror.watcher.watch(root, all);
    await mirror.watcher.add(root, all);
    writeFileSync(join(root, 'f3/file'), 'x');
    await mirror.until(() => mirror.hints.length > 0);
    expect(mirror.hints).toEqual([{ folders: [join(root, 'f3')], overflow: false }]);
    mirror.watcher.add = () => Promise.resolve();
    mkdirSync(join(root, 'f4/new'));
    await mirror.inStep();
    mirror.hints.length = 0;
    await mirror.watcher.watch(root, [...all, join(root, 'f4/new')]);
    await mirror.until(() => mirror.hints.length > 0);
    expect(mirror.hints).toEqual([{ folders: [join(root, 'f4/new')], overflow: false }]);
  });

  test('a root that is not there from the start is no error', async () => {
    const root = join(temporaryFolder(), 'missing');
    const mirror = new Mirror(root);
    await mirror.watcher.watch(root, [root]);
    expect(mirror.watcher.report(root)).toMatchObject({ mode: 'polling', watches: 0, fallbackCount: 1 });
  });

  test('two roots get their own hints; a root that is unwatched gets none', async () => {
    const [one, two] = [tree('a'), tree('a')];
    const mirror = await started(one);
    await mirror.watcher.watch(two, [two, join(two, 'a')]);
    await mirror.watcher.unwatch(one);
    expect(mirror.watcher.report(one)).toMatchObject({ mode: 'starting', watches: 0 });
    writeFileSync(join(one, 'a/file'), 'x');
    writeFileSync(join(two, 'a/file'), 'x');
    await mirror.until(() => mirror.hinted().has(join(two, 'a')));
    expect(mirror.hinted().has(join(one, 'a'))).toBe(false);
  });

  test('directories come in batches from a walk that still runs', async () => {
    const folders = Array.from({ length: 130 }, (_, n) => `f${n}`);
    const root = tree(...folders);
    const mirror = new Mirror(root);
    async function* walk() {
      yield [root];
      for (const folder of folders) yield await Promise.resolve([join(root, folder)]);
    }
    await mirror.watcher.watch(root, walk());
    expect(mirror.watcher.report(root)).toMatchObject({ mode: 'watching', watches: 131 });
    expect(mirror.reports[0]?.mode).toBe('starting');
  });

  test('a directory outside the root is refused', async () => {
    const root = tree();
    const mirror = await started(root);
    await expect(mirror.watcher.add(root, [temporaryFolder()])).rejects.toThrow('Outside');
  });
});

describe('the thread', () => {
  test('that dies is started again: all is watched, and each root is read', async () => {
    const threads = watchThreads();
    const root = tree('a/deep', 'b');
    const mirror = await started(root, { times: { restartMs: 10 } });
    await threads[0]!.terminate();
    await mirror.until(() => mirror.watcher.report(root).mode === 'starting');
    writeFileSync(join(root, 'b/while-blind'), 'x');
    await mirror.until(() => mirror.watcher.report(root).mode === 'watching');
    expect(mirror.hints).toContainEqual({ folders: [], overflow: true });
    await mirror.inStep();
    writeFileSync(join(root, 'a/deep/file'), 'x');
    await mirror.inStep();
    expect(mirror.watcher.report(root).watches).toBe(4);
  });

  test('that dies while directories are added loses none', async () => {
    const threads = watchThreads();
    const folders = Array.from({ length: 150 }, (_, n) => `f${n}`);
    const root = tree(...folders);
    const mirror = new Mirror(root, { times: { restartMs: 10 } });
    async function* walk() {
      yield [root, ...folders.slice(0, 60).map((folder) => join(root, folder))];
      const ending = threads[0]!.terminate();
      yield folders.slice(60).map((folder) => join(root, folder));
      await ending;
    }
    await mirror.watcher.watch(root, walk());
    expect(mirror.watcher.report(root)).toMatchObject({ mode: 'watching', watches: 151 });
    expect(threads).toHaveLength(2);
  });

  test('ends with close, and with the last root', async () => {
    const threads = watchThreads();
    const root = tree('a');
    const mirror = await started(root);
    const last = once(threads[0]!, 'exit');
    await mirror.watcher.unwatch(root);
    await last;
    await mirror.watcher.watch(root, [root]);
    const second = once(threads[1]!, 'exit');
    await mirror.watcher.close();
    await second;
    expect(threads).toHaveLength(2);
    await expect(mirror.watcher.add(root, [root])).rejects.toThrow('closed');
  });

  test('a close while directories are being added rejects that call', async () => {
    const root = tree('a', 'b');
    const mirror = new Mirror(root);
    const watching = mirror.watcher.watch(root, [root, join(root, 'a')]);
    const outcome = expect(watching).rejects.toThrow('closed');
    await mirror.watcher.close();
    await outcome;
  });
});

test.runIf(process.platform === 'linux')(
  'a folder that may not be read falls back until its rights change',
  async () => {
    const root = tree('secret', 'open');
    chmodSync(root, 0o755);
    chmodSync(join(root, 'secret'), 0o000);
    const isRoot = process.geteuid!() === 0;
    if (isRoot) {
      process.seteuid!(65534);
      onTestFinished(() => process.seteuid!(0));
    }
    const mirror = new Mirror(root, { times: { rescanMs: 20 } });
    const secret = join(root, 'secret');
    await mirror.watcher.watch(root, [root, join(root, 'open'), secret]);
    expect(mirror.watcher.report(root)).toMatchObject({
      mode: 'partly',
      watches: 2,
      fallbackFolders: [{ path: secret, reason: expect.stringContaining('permission') as string }],
    });
    mirror.hints.length = 0;
    await mirror.until(() => mirror.hints.filter(({ folders }) => folders.includes(secret)).length >= 2);
    if (isRoot) process.seteuid!(0);
    chmodSync(secret, 0o755);
    if (isRoot) process.seteuid!(65534);
    await mirror.until(() => mirror.watcher.report(root).mode === 'watching');
  },
);
