import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { batchesOf } from '../../../main/engine/scan/batches.ts';
import { statFactsSync } from '../../../main/engine/scan/facts.ts';
import { groupRoots } from '../../../main/engine/scan/roots.ts';
import { walkTrees, type Skip } from '../../../main/engine/scan/walk.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { collect } from './collect.ts';

const walk = (paths: string[], skip?: Skip) => walkTrees(groupRoots(paths.map((path) => ({ path }))), skip);

describe('what stands below a folder', () => {
  test('files, folders, links, sockets and pipes by kind; links are not followed', async () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'a/b'), { recursive: true });
    writeFileSync(join(root, 'a/b/file'), 'twelve bytes');
    symlinkSync('..', join(root, 'a/b/up'));
    symlinkSync('nowhere', join(root, 'a/dangling'));
    symlinkSync('round', join(root, 'a/round'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const server = createServer().listen(join(root, 'socket'));
    onTestFinished(() => void server.close());
    await once(server, 'listening');

    const { entries, folders } = collect(walk([root]));
    const kinds = Object.fromEntries([...entries].map(([path, { kind }]) => [path.slice(root.length), kind]));
    expect(kinds).toEqual({
      '': 'folder',
      '/a': 'folder',
      '/a/b': 'folder',
      '/a/b/file': 'file',
      '/a/b/up': 'link',
      '/a/dangling': 'link',
      '/a/round': 'link',
      '/pipe': 'fifo',
      '/socket': 'socket',
    });
    const stats = statSync(join(root, 'a/b/file'), { bigint: true });
    expect(entries.get(join(root, 'a/b/file'))!.facts).toEqual({
      dev: String(stats.dev),
      inode: String(stats.ino),
      sizeBytes: 12,
      mtimeNs: String(stats.mtimeNs),
      ctimeNs: String(stats.ctimeNs),
      birthtimeNs: String(stats.birthtimeNs),
    });
    expect(folders[0]).toMatchObject({ parentKey: null, name: dirname(root), last: true, problem: null });
    expect(folders.map(({ name }) => name).slice(1)).toEqual([root.split('/').at(-1), 'a', 'b']);
  });

  test('names that are not UTF-8, with newlines, emoji, the longest; each path can be opened again', () => {
    const root = temporaryFolder();
    const names = [
      Buffer.from('line\nbreak'),
      Buffer.from('é'.normalize('NFD')),
      Buffer.from('👩‍🚀 \u{1F680}'),
      Buffer.from('\uffee after the surrogates'),
      Buffer.from('n'.repeat(255)),
      Buffer.from('\ufffd'),
      Buffer.from([0x63, 0x61, 0x66, 0xe9]),
      Buffer.from([0xff, 0xfe]),
    ];
    for (const name of names) {
      const folder = Buffer.concat([Buffer.from(`${root}/`), name]);
      mkdirSync(folder);
      writeFileSync(Buffer.concat([folder, Buffer.from('/inside')]), name);
    }
    const { entries, folders } = collect(walk([root]));
    expect(entries.get(join(root, 'caf‛E9'))?.rawName).toEqual(new Uint8Array([0x63, 0x61, 0x66, 0xe9]));
    expect(entries.get(join(root, '‛FF‛FE'))?.kind).toBe('folder');
    expect(entries.get(join(root, '\ufffd'))?.rawName).toBeNull();
    const inside = [...entries].filter(([path]) => path.endsWith('/inside'));
    expect(inside).toHaveLength(names.length);
    expect(inside.map(([, { facts }]) => facts!.sizeBytes).sort()).toEqual(names.map((name) => name.length).sort());
    const raw = folders.slice(2).map(({ name, rawName }) => Buffer.from(rawName ?? Buffer.from(name)));
    expect(raw).toEqual([...names].sort((a, b) => Buffer.compare(a, b)));
  });

  test('2,000 levels: what lies beyond the longest path is a problem there, and nothing else is lost', () => {
    const root = temporaryFolder();
    const script = `for (let i = 0; i < 2000; i++) { fs.mkdirSync('deep'); process.chdir('deep'); }`;
    execFileSync(process.execPath, ['-e', script], { cwd: root });
    onTestFinished(() => void execFileSync('rm', ['-rf', join(root, 'deep')]));
    writeFileSync(join(root, 'zebra'), 'after it');

    const { entries } = collect(walk([root]));
    const problems = [...entries.values()].filter(({ problem }) => problem);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ name: 'deep', kind: 'unknown', facts: null });
    expect(problems[0]!.problem).toMatchObject({ code: 'local.path-too-long', operation: 'stat' });
    expect(problems[0]!.problem!.detail).toMatch(/^ENAMETOOLONG: [^,]+$/);
    expect(entries.get(join(root, 'zebra'))?.kind).toBe('file');
    expect(entries.size).toBeGreaterThan(800);
  });

  test('20,000 entries in one folder come in slices, in order', () => {
    const root = temporaryFolder();
    for (let n = 0; n < 20_000; n += 1) writeFileSync(join(root, `file-${n}`), '');
    const { entries, folders } = collect(walk([root]));
    expect(entries.size).toBe(20_001);
    const slices = folders.filter(({ parentKey }) => parentKey !== null);
    expect(slices.length).toBeGreaterThanOrEqual(10);
    expect(Math.max(...slices.map((slice) => slice.entries.length))).toBeLessThanOrEqual(2000);
    expect(slices.filter(({ last }) => last)).toEqual([slices.at(-1)]);
    expect([...batchesOf(folders)].at(-1)).toMatchObject({ foldersSoFar: 1, filesSoFar: 20_000, bytesSoFar: 0 });
  });

  test('the first batches are small, so that uploads begin before the walk ends, and no batch is large', () => {
    const root = temporaryFolder();
    for (let folder = 0; folder < 400; folder += 1) {
      mkdirSync(join(root, `folder-${folder}`));
      for (let n = 0; n < 10; n += 1) writeFileSync(join(root, `folder-${folder}/file-${n}`), '');
    }
    const { folders } = collect(walk([root]));
    const below = folders.filter(({ entries }) => entries.length === 10);
    const rows = [...batchesOf(below)].map((batch) => batch.folders.length * 11);
    expect(rows[0]).toBeLessThanOrEqual(60);
    expect(Math.max(...rows)).toBeLessThanOrEqual(2000);
    expect(rows.reduce((sum, count) => sum + count, 0)).toBe(4400);
    for (const [index, count] of rows.entries()) expect(count).toBeLessThanOrEqual(60 * 2 ** index);
  });

  test('an empty folder is one slice', () => {
    const root = temporaryFolder();
    const [, folder] = [...walk([root])];
    expect(folder).toMatchObject({ entries: [], last: true, problem: null });
  });
});

describe('what changes or refuses while the walk is on', () => {
  test('a folder that disappears is missing, its siblings are there', () => {
    const root = temporaryFolder();
    for (const name of ['a', 'b', 'c']) mkdirSync(join(root, name));
    writeFileSync(join(root, 'c/file'), '');
    function* removing() {
      for (const folder of walk([root])) {
        yield folder;
        if (folder.name === 'a') rmSync(join(root, 'b'), { recursive: true });
      }
    }
    const { problems, entries } = collect(removing());
    expect([...problems]).toEqual([[join(root, 'b'), 'local.missing']]);
    expect(entries.get(join(root, 'c/file'))?.kind).toBe('file');
  });

  test('an entry that disappears after its folder was read is missing', () => {
    const root = temporaryFolder();
    for (const name of ['a', 'b']) writeFileSync(join(root, name), '');
    const { entries } = collect(
      walk([root], (_, { name }) => (rmSync(join(root, 'a'), { force: true }), name === 'x')),
    );
    expect(entries.get(join(root, 'a'))).toMatchObject({
      kind: 'unknown',
      facts: null,
      problem: { code: 'local.missing' },
    });
    expect(entries.get(join(root, 'b'))?.problem).toBeNull();
  });

  // Root reads everything, so as root the walk runs under another effective user (Windows and threads have no such call).
  test.skipIf(process.seteuid === undefined)(
    'a folder without permission is unreadable, its siblings are there',
    () => {
      const root = temporaryFolder();
      chmodSync(root, 0o755);
      for (const name of ['closed', 'listed', 'open']) {
        mkdirSync(join(root, name));
        writeFileSync(join(root, name, 'file'), '');
      }
      chmodSync(join(root, 'closed'), 0o000);
      chmodSync(join(root, 'listed'), 0o444);
      const isRoot = process.geteuid!() === 0;
      if (isRoot) process.seteuid!(65534);
      let found;
      try {
        found = collect(walk([root]));
      } finally {
        if (isRoot) process.seteuid!(0);
        for (const name of ['closed', 'listed']) chmodSync(join(root, name), 0o755);
      }
      expect([...found.problems]).toEqual([[join(root, 'closed'), 'local.unreadable']]);
      expect(found.entries.get(join(root, 'listed/file'))?.problem?.code).toBe('local.unreadable');
      expect(found.entries.get(join(root, 'open/file'))?.kind).toBe('file');
    },
  );

  test('what is skipped is neither reported nor walked', () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'skipped/below'), { recursive: true });
    writeFileSync(join(root, 'kept'), '');
    const asked: string[] = [];
    const { entries } = collect(walk([root], (_, { name }) => (asked.push(name), name === 'skipped')));
    expect([...entries.keys()]).toEqual([root, join(root, 'kept')]);
    expect(asked.sort()).toEqual(['kept', 'skipped']);
  });
});

describe('roots', () => {
  test('roots in one folder share a container; named twice they count once', () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'folder'));
    writeFileSync(join(root, 'file'), 'x');
    mkdirSync(join(root, 'other'));
    writeFileSync(join(root, 'other/file'), 'x');
    const paths = [join(root, 'folder/'), join(root, 'file'), join(root, 'other/../file'), join(root, 'other/file')];
    const { folders } = collect(walk(paths));
    expect(folders.map(({ name, parentKey, entries }) => [name, parentKey, entries.map((e) => e.name)])).toEqual([
      [root, null, ['file', 'folder']],
      ['folder', folders[0]!.key, []],
      [join(root, 'other'), null, ['file']],
    ]);
  });

  test('a root that is a link is followed, under its own name', () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'folder'));
    writeFileSync(join(root, 'folder/file'), 'content');
    symlinkSync('file', join(root, 'folder/link'));
    symlinkSync('folder', join(root, 'to-folder'));
    symlinkSync('folder/file', join(root, 'to-file'));
    const { entries } = collect(walk([join(root, 'to-folder'), join(root, 'to-file')]));
    expect(entries.get(join(root, 'to-folder'))?.kind).toBe('folder');
    expect(entries.get(join(root, 'to-folder/file'))?.kind).toBe('file');
    expect(entries.get(join(root, 'to-folder/link'))?.kind).toBe('link');
    expect(entries.get(join(root, 'to-file'))).toMatchObject({
      kind: 'file',
      facts: statFactsSync(join(root, 'folder/file')),
    });
  });

  test('missing roots and links that lead nowhere say so', () => {
    const root = temporaryFolder();
    symlinkSync('nowhere', join(root, 'dangling'));
    symlinkSync('round', join(root, 'round'));
    const paths = ['missing', 'dangling', 'round', 'no/such/folder/file'].map((name) => join(root, name));
    const { entries, folders } = collect(walk(paths));
    const codes = paths.map((path) => [entries.get(path)?.kind, entries.get(path)?.problem?.code]);
    expect(codes).toEqual([
      ['unknown', 'local.missing'],
      ['link', 'local.missing'],
      ['link', 'local.not-regular'],
      ['unknown', 'local.missing'],
    ]);
    expect(folders.map(({ facts }) => facts === null)).toEqual([false, true]);
    expect(entries.get(paths[1]!)?.facts?.inode).toBe(String(lstatSync(paths[1]!).ino));
  });

  test('a root whose path is not UTF-8', () => {
    const root = temporaryFolder();
    const rawPath = Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xe9])]);
    mkdirSync(rawPath);
    writeFileSync(Buffer.concat([rawPath, Buffer.from('/file')]), '');
    const inside = Buffer.concat([rawPath, Buffer.from('/file')]);
    const both = [rawPath, inside].map((raw) => ({ path: raw.toString(), rawPath: raw }));
    const { folders, entries } = collect(walkTrees(groupRoots(both)));
    expect(folders.map(({ name }) => name)).toEqual([root, '‛E9', `${root}/‛E9`]);
    expect(folders[2]!.rawName).toEqual(new Uint8Array(rawPath));
    expect(entries.get(`${root}/‛E9/file`)?.kind).toBe('file');
  });

  test('the root of the file system stands in itself', () => {
    expect(groupRoots([{ path: '/' }])).toEqual([
      { container: { name: '/', rawName: null }, path: '/', roots: [{ name: '/', rawName: null, path: '/' }] },
    ]);
    const groups = groupRoots([{ path: '/a', rawPath: Buffer.from('/a///') }]);
    expect(groups).toMatchObject([{ path: '/', roots: [{ name: 'a' }] }]);
  });
});

test('any tree comes back as it is on the disk', () => {
  const byte = fc.integer({ min: 1, max: 255 }).filter((n) => n !== 0x2f);
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).map((s) => Buffer.from(s));
  const name = fc
    .oneof(
      fc.array(byte, { minLength: 1, maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
      text,
    )
    .filter((bytes) => !['.', '..'].includes(bytes.toString('latin1')) && !bytes.includes(0) && !bytes.includes(0x2f));
  const tree = fc.array(fc.array(name, { minLength: 1, maxLength: 4 }), { maxLength: 12 });
  fc.assert(
    fc.property(tree, (paths) => {
      const root = temporaryFolderFor(paths);
      const expected = execFileSync('find', [root.path, '-print0'], { encoding: 'latin1' }).split('\0').slice(0, -1);
      const found: string[] = [];
      const bytes = new Map<number, string>();
      for (const { key, parentKey, name: text, rawName, entries } of walk([root.path])) {
        const own = Buffer.from(rawName ?? Buffer.from(text)).toString('latin1');
        bytes.set(key, parentKey === null ? own : `${bytes.get(parentKey)}/${own}`);
        for (const entry of entries) {
          found.push(`${bytes.get(key)}/${Buffer.from(entry.rawName ?? Buffer.from(entry.name)).toString('latin1')}`);
        }
      }
      root.remove();
      expect(found.sort()).toEqual(expected.sort());
    }),
    { numRuns: 40 },
  );
});

function temporaryFolderFor(paths: Buffer[][]): { path: string; remove: () => void } {
  const path = temporaryFolder();
  for (const names of paths) {
    const full = Buffer.concat([Buffer.from(path), ...names.flatMap((name) => [Buffer.from('/'), name])]);
    mkdirSync(full, { recursive: true });
  }
  return { path, remove: () => rmSync(path, { recursive: true }) };
}
