import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  content,
  mebibyte,
  openEngine,
  sessionMinimum,
  TestBox,
  writeOld,
  writeTree,
} from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('one job over a tree of all kinds', () => {
  test('every regular file is on Box with its SHA-1, in its folder', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const root = join(temporaryFolder(), 'tree');
    const files = writeTree(root, {
      'empty.txt': '',
      'small.txt': 'small',
      'just below.bin': content(sessionMinimum - 1),
      'just in parts.bin': content(sessionMinimum),
      'large.bin': content(sessionMinimum + 3 * mebibyte + 17),
      'a/b/c/deep.txt': 'deep',
      'ünï/日本語 🚃.txt': 'unicode',
      'odd \' " * ? < > : |.txt': 'odd',
    });
    mkdirSync(join(root, 'empty folder'));
    const { summary, outcomes } = await engine.upload([root]);

    expect(summary).toMatchObject({ state: 'done', counts: { files: 8, sent: 8, failed: 0, pending: 0 } });
    const tree = await box.tree();
    for (const [path, sha1] of files) expect(tree.get(`tree/${path}`)).toBe(sha1);
    expect(tree.get('tree/empty folder')).toBeNull();
    expect([...tree.values()].filter((sha1) => sha1 !== null)).toHaveLength(8);
    expect(outcomes.map(({ path }) => path).sort()).toEqual([...files.keys()].map((path) => join(root, path)).sort());
    expect(summary.doneBytes).toBe(summary.totalBytes);
    const receipts = await engine.commands.receipts({ jobId: summary.id, after: 0, limit: 100 });
    expect(receipts).toHaveLength(8);
    expect(receipts.every(({ sha1, boxSha1, how }) => sha1 === boxSha1 && how === 'sent')).toBe(true);
  });

  test('links, FIFOs and sockets are skipped, told and counted', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const root = join(temporaryFolder(), 'tree');
    writeTree(root, { 'file.txt': 'file' });
    symlinkSync('file.txt', join(root, 'link'));
    symlinkSync('.', join(root, 'loop'));
    execFileSync('mkfifo', [join(root, 'fifo')]);
    const server = createServer().listen(join(root, 'socket'));
    onTestFinished(() => void server.close());
    await new Promise((listening) => server.once('listening', listening));

    const { summary, outcomes, jobId } = await engine.upload([root]);
    expect(summary.counts).toMatchObject({ files: 1, sent: 1, special: 4, failed: 0 });
    expect(outcomes.filter(({ outcome }) => outcome === 'special')).toHaveLength(4);
    const failures = await engine.commands.failures({ ownerId: jobId, after: 0, limit: 100 });
    expect(failures.map(({ kind }) => kind)).toEqual(['special', 'special', 'special', 'special']);
    expect([...(await box.tree()).keys()]).toEqual(['tree', 'tree/file.txt']);
  });

  test('what cannot be looked at has failed and is not passed over, since it may be a file', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const root = join(temporaryFolder(), 'tree');
    writeTree(root, { 'file.txt': 'file' });
    // Beyond the longest path, where nobody may look, whatever their rights.
    const name = 'd'.repeat(250);
    const script = `for (let i = 0; i < 20; i++) { fs.mkdirSync('${name}'); process.chdir('${name}'); fs.writeFileSync('f', ''); }`;
    execFileSync(process.execPath, ['-e', script], { cwd: root });
    onTestFinished(() => void execFileSync('rm', ['-rf', join(root, name)]));

    const { summary, outcomes } = await engine.upload([root]);
    const failed = outcomes.filter(({ outcome }) => outcome !== 'sent');
    expect(failed.length).toBeGreaterThan(0);
    for (const one of failed)
      expect(one).toMatchObject({ outcome: 'failed', problem: { code: 'local.path-too-long' } });
    expect(summary).toMatchObject({ state: 'done', counts: { special: 0, failed: failed.length } });
  });

  test('the data folder within it is left out and told, also where a link leads to it', async () => {
    const box = await TestBox.start();
    const root = join(temporaryFolder(), 'tree');
    writeTree(root, { 'share/boxcar/file.txt': 'of Boxcar', 'share/file.txt': 'file', 'boxcar/file.txt': 'another' });
    symlinkSync(join(root, 'share/boxcar'), join(root, 'home'));
    const engine = await openEngine(box, { home: join(root, 'home') });

    const { summary, outcomes } = await engine.upload([root]);
    expect(summary.counts).toMatchObject({ files: 2, sent: 2, special: 2, failed: 0 });
    const left = outcomes.filter(({ outcome }) => outcome === 'special').map(({ path }) => path);
    expect(left.toSorted()).toEqual([join(root, 'home'), join(root, 'share/boxcar')]);
    expect([...(await box.tree()).keys()].filter((path) => path.endsWith('.txt')).toSorted()).toEqual([
      'tree/boxcar/file.txt',
      'tree/share/file.txt',
    ]);
  });

  test('the data folder itself is refused, by whatever path', async () => {
    const box = await TestBox.start();
    const home = temporaryFolder();
    const link = join(temporaryFolder(), 'link');
    symlinkSync(home, link);
    const engine = await openEngine(box, { home });
    for (const path of [home, link]) {
      await expect(engine.upload([join(home, 'missing'), path])).rejects.toMatchObject({ code: 'usage' });
    }
    expect(await box.tree()).toEqual(new Map());
  });

  test('names that Box does not take fail by name, and the rest goes up', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const root = join(temporaryFolder(), 'tree');
    writeTree(root, { 'fine.txt': 'fine', 'back\\slash': 'x', 'trailing ': 'y', 'bad folder\\/inside.txt': 'z' });
    const { summary, outcomes, jobId } = await engine.upload([root]);
    expect(summary.counts).toMatchObject({ sent: 1, failed: 3, failedFolders: 1 });
    const failed = outcomes.filter(({ outcome }) => outcome === 'failed');
    expect(failed.map(({ problem }) => problem?.code)).toEqual(['name.invalid', 'name.invalid', 'name.invalid']);
    const failures = await engine.commands.failures({ ownerId: jobId, after: 0, limit: 100 });
    expect(failures.map(({ kind }) => kind).sort()).toEqual(['file', 'file', 'file', 'folder']);
    expect([...(await box.tree()).keys()].sort()).toEqual(['tree', 'tree/fine.txt']);
  });

  test('a name that is not UTF-8 is listed with a stand-in, and goes up under it', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const root = join(temporaryFolder(), 'tree');
    writeTree(root, { 'fine.txt': 'fine' });
    const sha1 = writeOld(
      Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9]), Buffer.from('.txt')]),
      'latin',
    );
    const { summary } = await engine.upload([root]);
    expect(summary).toMatchObject({ state: 'done', counts: { files: 2, pending: 0 } });
    const tree = await box.tree();
    expect(summary.counts.sent).toBe(2);
    expect([...tree.values()]).toContain(sha1);
  });

  test('of names that are one to Box, one goes up and the others are named', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const root = join(temporaryFolder(), 'tree');
    const files = writeTree(root, {
      'Report.txt': 'upper', 'report.txt': 'lower',
      'Both/in.txt': 'folder', both: 'file',
      'Fold/one.txt': '1', 'fold/two.txt': '2',
      'caf\u00e9': 'nfc', 'cafe\u0301': 'nfd',
    }); // prettier-ignore
    const { summary, outcomes } = await engine.upload([root]);
    const twins = outcomes
      .filter(({ problem }) => problem?.code === 'name.twins')
      .map(({ path }) => path.slice(root.length + 1));
    expect(twins.sort()).toEqual(['both', 'caf\u00e9', 'fold', 'report.txt'].sort());
    expect(summary.counts).toMatchObject({ failedFolders: 1, failed: 4, pending: 0 });
    const tree = await box.tree();
    expect(tree.get('tree/Report.txt')).toBe(files.get('Report.txt'));
    expect(tree.get('tree/Both/in.txt')).toBe(files.get('Both/in.txt'));
    expect(tree.get('tree/Fold/one.txt')).toBe(files.get('Fold/one.txt'));
    expect(tree.has('tree/Fold/two.txt')).toBe(false);

    // The next run decides alike, whatever stands on Box by now.
    const again = await engine.upload([root]);
    expect(again.summary.counts).toMatchObject({ failedFolders: 1, failed: 4, sent: 0, unchanged: 4 });
  });

  test('several roots: a folder, a single file, a link to a file; and two jobs at once', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const here = temporaryFolder();
    const folder = join(here, 'folder');
    writeTree(folder, Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`f${n}.txt`, `folder ${n}`])));
    const single = writeOld(join(here, 'single.txt'), 'single');
    writeOld(join(here, 'pointed-to.txt'), 'through a link');
    symlinkSync('pointed-to.txt', join(here, 'link.txt'));
    const other = join(here, 'other');
    writeTree(other, Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`o${n}.txt`, `other ${n}`])));

    const [first, second] = await Promise.all([
      engine.upload([folder, join(here, 'single.txt'), join(here, 'link.txt')], { target: '/in/one' }),
      engine.upload([other], { target: '/in/one' }),
    ]);
    expect(first.summary).toMatchObject({ state: 'done', counts: { files: 42, sent: 42 } });
    expect(second.summary).toMatchObject({ state: 'done', counts: { files: 40, sent: 40 } });
    const tree = await box.tree();
    expect(tree.get('in/one/single.txt')).toBe(single);
    expect(tree.has('in/one/link.txt')).toBe(true);
    expect([...tree.keys()].filter((path) => /\/[fo]\d+\.txt$/.test(path))).toHaveLength(80);
  });

  test('a path that does not exist fails by name', async () => {
    const box = await TestBox.start();
    const engine = await openEngine(box);
    const here = temporaryFolder();
    writeOld(join(here, 'file.txt'), '');
    const { summary, outcomes } = await engine.upload([join(here, 'missing'), join(here, 'file.txt')]);
    expect(summary.state).toBe('done');
    expect(outcomes.find(({ path }) => path.endsWith('missing'))?.problem?.code).toBe('local.missing');
  });
});
