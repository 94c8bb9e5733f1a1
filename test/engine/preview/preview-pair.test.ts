import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PreviewOptions } from '../../../main/engine/preview/model.ts';
import { previewPair } from '../../../main/engine/preview/preview-pair.ts';
import { resolveTargetReadOnly } from '../../../main/engine/preview/resolve-target-read-only.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import { pairOptionsSchema, previewSchema, type PairOptions } from '../../../shared/pair-model.ts';
import { TestBox, writeOld, writeTree } from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { connectAsEngine, openHashPool } from '../support-pairs.ts';

const never = new AbortController().signal;

async function preview(
  box: TestBox,
  path: string,
  targetFolderId: string | null,
  { options = {}, ...more }: Partial<Omit<PreviewOptions, 'options'>> & { options?: Partial<PairOptions> } = {},
) {
  const found = await previewPair({
    connection: connectAsEngine(box),
    clock: systemClock,
    hashPool: openHashPool(),
    path,
    targetFolderId,
    options: pairOptionsSchema.parse(options),
    uploadsPerMinute: undefined,
    signal: never,
    ...more,
  });
  return previewSchema.parse(found);
}

/** Everything about a tree that a write would change. */
function stateOf(root: string): unknown[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => {
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
      return [path, stats?.ino, stats?.mtimeNs, stats?.ctimeNs, stats?.isFile() ? readFileSync(path, 'latin1') : null];
    });
}

test('a target that would be made: all is to be sent, at the pace given', async () => {
  const box = await TestBox.start();
  const root = temporaryFolder();
  writeTree(root, { 'a.txt': 'alpha', 'docs/b.txt': 'beta', 'docs/deep/zero': '' });
  mkdirSync(join(root, 'empty'));
  const found = await preview(box, root, null, { uploadsPerMinute: 240 });
  expect(found).toEqual({
    files: 3,
    folders: 3,
    bytes: 9,
    onBox: { files: 0, bytes: 0 },
    toSend: { files: 3, bytes: 9 },
    conflicts: { files: 0, paths: [] },
    paceMs: 750,
    ignored: { entries: 0, examples: [] },
    names: { count: 0, findings: [] },
    unreadable: [],
  });
  expect(box.requests).toEqual([]);
  expect((await preview(box, root, null)).paceMs).toBe(0);
});

test('what stands on Box: the same content is not sent, other content is a conflict by the rule of the pair', async () => {
  const box = await TestBox.start();
  const root = temporaryFolder();
  writeTree(root, {
    'same.txt': 'alpha',
    'in/Same.txt': 'beta',
    'in/size.txt': 'longer',
    'content.txt': 'abc',
    'new.txt': 'n',
  });
  const target = await box.makeFolder('0', 'target');
  const inside = await box.makeFolder(target, 'IN');
  await box.put(target, 'same.txt', 'alpha');
  await box.put(inside, 'same.TXT', 'beta');
  await box.put(inside, 'size.txt', 'short');
  await box.put(target, 'content.txt', 'xyz');
  await box.put(target, 'other.txt', 'only there');
  const found = await preview(box, root, target);
  expect(found).toMatchObject({
    files: 5,
    onBox: { files: 2, bytes: 9 },
    toSend: { files: 3, bytes: 10 },
    conflicts: { files: 2 },
  });
  expect(found.conflicts.paths.sort()).toEqual([join(root, 'content.txt'), join(root, 'in/size.txt')]);
  const skipping = await preview(box, root, target, { options: { conflicts: 'skip' } });
  expect(skipping).toMatchObject({ toSend: { files: 1, bytes: 1 }, conflicts: { files: 2 } });
});

test('nothing is written anywhere: Box saw only GETs, and the tree is as it was', async () => {
  const box = await TestBox.start();
  const root = temporaryFolder();
  writeTree(root, {
    'same.txt': 'alpha',
    'docs/b.txt': 'beta',
    'docs/.boxcarignore': '*.tmp',
    'docs/c.tmp': 'x',
    'bad ': 'b',
  });
  symlinkSync('same.txt', join(root, 'link'));
  const target = await box.makeFolder('0', 'target');
  await box.put(target, 'same.txt', 'alpha');
  await box.put(await box.makeFolder(target, 'docs'), 'b.txt', 'BETA');
  const before = stateOf(root);
  const onBox = await box.tree();
  const position = (await (await box.raw('GET', '/events?stream_position=now')).json()) as {
    next_stream_position: unknown;
  };
  await preview(box, root, target);
  await resolveTargetReadOnly(connectAsEngine(box), '/target/docs/further/down', never);
  expect(stateOf(root)).toEqual(before);
  expect(await box.tree()).toEqual(onBox);
  expect(await (await box.raw('GET', '/events?stream_position=now')).json()).toMatchObject(position);
  expect(box.requests.length).toBeGreaterThan(3);
  expect(new Set(box.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
});

test('rules leave out, and say which', async () => {
  const box = await TestBox.start();
  const root = temporaryFolder();
  writeTree(root, {
    '.DS_Store': 'finder',
    'a.iso': 'image',
    'node_modules/a/b.js': 'x',
    'docs/.boxcarignore': '/drafts\n',
    'docs/drafts/c.txt': 'draft',
    'docs/d.txt': 'done',
  });
  const options = { rules: '*.iso\nnode_modules/\n' };
  const found = await preview(box, root, null, { options });
  expect(found).toMatchObject({ files: 2, folders: 1, toSend: { files: 2 }, ignored: { entries: 4 } });
  expect(found.ignored.examples).toEqual([
    { path: join(root, '.DS_Store'), rule: '".DS_Store" (built in)' },
    { path: join(root, 'a.iso'), rule: '"*.iso" (line 1 of the pair\'s rules)' },
    { path: join(root, 'node_modules'), rule: '"node_modules/" (line 2 of the pair\'s rules)' },
    { path: join(root, 'docs/drafts'), rule: `"/drafts" (line 1 of ${join(root, 'docs/.boxcarignore')})` },
  ]);
  const all = await preview(box, root, null, { options: { useBuiltInRules: false } });
  expect(all).toMatchObject({ files: 5, ignored: { entries: 1 } });
});

test('names: one list with a remedy each, and what can not go up is not to be sent, nor what lies in it', async () => {
  const box = await TestBox.start();
  const root = temporaryFolder();
  writeTree(root, {
    'a.txt': 'goes up',
    'A.txt': 'its twin',
    'trailing ': 'refused',
    'folder /in.txt': 'its folder is refused',
    'taken/in.txt': 'a file stands there',
    'movie.mkv.nextcloud': ' ',
    'left.tmp': 'left out',
  });
  symlinkSync('nowhere', join(root, 'broken'));
  symlinkSync('.', join(root, 'loop'));
  const target = await box.makeFolder('0', 'target');
  await box.put(target, 'a.txt', 'goes up');
  await box.put(target, 'taken', 'a file');
  const found = await preview(box, root, target, { options: { rules: '*.tmp' } });
  const named = found.names.findings.map(({ path, kind, proposal }) => [path.slice(root.length + 1), kind, proposal]);
  expect(named).toEqual([
    ['A.txt', 'case-twins', 'A (2).txt'],
    ['broken', 'link', null],
    ['folder ', 'refused', 'folder'],
    ['loop', 'loop', null],
    ['movie.mkv.nextcloud', 'placeholder', null],
    ['trailing ', 'refused', 'trailing'],
    ['taken', 'taken', null],
  ]);
  expect(found).toMatchObject({
    names: { count: 7 },
    files: 6,
    onBox: { files: 1 },
    toSend: { files: 0 },
    conflicts: { files: 0 },
  });
});

test('what can not be read is listed with its reason; a root that can not, or is none, is refused', async () => {
  const box = await TestBox.start();
  const root = temporaryFolder();
  writeTree(root, { 'a.txt': 'alpha', 'bad/b.txt': 'beta' });
  writeFileSync(join(root, 'bad/.boxcarignore'), '#'.repeat(2 ** 20 + 1));
  const found = await preview(box, root, null);
  expect(found).toMatchObject({ files: 1, toSend: { files: 1 }, unreadable: [{ path: join(root, 'bad') }] });
  expect(found.unreadable[0]!.problem.code).toBe('local.unreadable');
  await expect(preview(box, join(root, 'nothing'), null)).rejects.toMatchObject({
    problem: { code: 'pair.root-missing' },
  });
  await expect(preview(box, join(root, 'a.txt'), null)).rejects.toMatchObject({
    problem: { code: 'pair.root-not-folder' },
  });
  await expect(preview(box, root, '4711')).rejects.toMatchObject({ problem: { code: 'pair.target-gone' } });
});

test('long lists are cut, their counts are not', async () => {
  const box = await TestBox.start();
  const root = temporaryFolder();
  for (let n = 0; n < 1100; n += 1) writeOld(join(root, `name ${n} `), '');
  for (let n = 0; n < 150; n += 1) writeOld(join(root, `${n}.tmp`), '');
  const found = await preview(box, root, null, { options: { rules: '*.tmp' } });
  expect([found.names.count, found.names.findings.length]).toEqual([1100, 1000]);
  expect([found.ignored.entries, found.ignored.examples.length]).toEqual([150, 100]);
});

test('a target by id or path, with nothing made', async () => {
  const box = await TestBox.start();
  const a = await box.makeFolder('0', 'a');
  const b = await box.makeFolder(a, 'b');
  await box.put(a, 'file', 'x');
  const resolve = (target: string) => resolveTargetReadOnly(connectAsEngine(box), target, never);
  expect(await resolve('/')).toEqual({ folderId: '0', standingId: '0', missing: [] });
  expect(await resolve('/A/b')).toEqual({ folderId: b, standingId: b, missing: [] });
  expect(await resolve('/a/c/d')).toEqual({ folderId: null, standingId: a, missing: ['c', 'd'] });
  expect(await resolve(b)).toEqual({ folderId: b, standingId: b, missing: [] });
  await expect(resolve('/a/file/x')).rejects.toMatchObject({ problem: { code: 'target.not-a-folder' } });
  await expect(resolve('4711')).rejects.toMatchObject({ problem: { code: 'target.not-found' } });
  await expect(resolve('a/b')).rejects.toMatchObject({ code: 'usage' });
  await box.raw('DELETE', `/folders/${b}`);
  await expect(resolve(b)).rejects.toMatchObject({ problem: { code: 'target.trashed' } });
  expect(new Set(box.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
});
