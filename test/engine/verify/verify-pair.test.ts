import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { VerifyProgress } from '../../../main/engine/verify/model.ts';
import { verifyPair } from '../../../main/engine/verify/verify-pair.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import type { VerifyResult } from '../../../shared/pair-model.ts';
import { content, TestBox, writeOld } from '../../support/engine-fixture.ts';
import { openHashPool, openPairStage, type PairStage } from '../support-pairs.ts';

function verify(
  stage: PairStage,
  { full = false, onProgress = (_: VerifyProgress) => {}, signal = new AbortController().signal } = {},
) {
  const { ledger, connection } = stage;
  // As it is now: options may have changed since the stage was set.
  const pair = ledger.pairs.get(stage.pair.id)!;
  return verifyPair({
    ledger,
    connection,
    hashPool: openHashPool(),
    clock: systemClock,
    pair,
    full,
    signal,
    onProgress,
  });
}

/** `missing a.txt`, with paths from the root. */
function words({ differences }: VerifyResult, { root }: PairStage): string[] {
  return differences.map(({ what, path }) => `${what} ${path.slice(root.length + 1)}`).sort();
}

const detailOf = ({ differences }: VerifyResult, name: string) =>
  differences.find(({ path }) => path.endsWith(`/${name}`))?.detail;

const nothing = { missing: 0, different: 0, extra: 0, unreadable: 0, differences: [] };

test('a pair in sync: all is equal, nothing is read, Box is only asked for listings', async () => {
  const stage = await openPairStage(await TestBox.start());
  await stage.sync('a.txt', 'alpha');
  await stage.sync('docs/b.txt', 'beta');
  await stage.sync('docs/deep/empty.txt', '');
  await stage.syncFolder('empty');
  const told: VerifyProgress[] = [];
  expect(await verify(stage, { onProgress: (progress) => told.push(progress) })).toEqual({
    ...nothing,
    files: 3,
    hashed: 0,
    equal: 3,
  });
  expect(told.at(-1)).toEqual({ files: 3, folders: 3, hashed: 0, differences: 0 });
  expect(new Set(stage.box.requests.map(({ route }) => route))).toEqual(new Set(['list-items']));
});

test('changed facts are read, and their digest is noted; with "full" everything is', async () => {
  const stage = await openPairStage(await TestBox.start());
  await stage.sync('same.txt', 'alpha');
  await stage.sync('touched.txt', 'beta');
  await stage.sync('edited.txt', 'gamma');
  const now = new Date();
  utimesSync(join(stage.root, 'touched.txt'), now, now);
  writeFileSync(join(stage.root, 'edited.txt'), 'GAMMA');
  const first = await verify(stage);
  expect(first).toMatchObject({ files: 3, hashed: 2, equal: 2, different: 1 });
  expect(words(first, stage)).toEqual(['different edited.txt']);
  expect(await verify(stage)).toMatchObject({ hashed: 0, equal: 2, different: 1 });
  expect(await verify(stage, { full: true })).toMatchObject({ hashed: 3, equal: 2, different: 1 });
});

test('content that changed under the same facts is seen with "full" alone, and the ledger keeps what it knew', async () => {
  const stage = await openPairStage(await TestBox.start());
  await stage.sync('rotten.txt', 'alpha');
  const row = stage.ledger.files.child(stage.folderId(''), 'rotten.txt')!;
  const key = row.sha1Facts!;
  writeOld(join(stage.root, 'rotten.txt'), 'ALPHA');
  // The ledger has the facts of now with the digest of then: what a decayed disk looks like.
  const { ctimeNs, mtimeNs } = statSync(join(stage.root, 'rotten.txt'), { bigint: true });
  const facts = [...key.split(':').slice(0, 3), mtimeNs, ctimeNs].join(':');
  await stage.ledger.write(() => stage.ledger.files.setDigest(row.id, row.sha1!, facts));
  expect(await verify(stage)).toMatchObject({ equal: 1, hashed: 0 });
  const full = await verify(stage, { full: true });
  expect(full).toMatchObject({ different: 1, hashed: 1 });
  expect(detailOf(full, 'rotten.txt')).toContain('stayed as they were');
  expect(stage.ledger.files.get(row.id)!.sha1).toBe(row.sha1);
});

test('missing, different and extra, each by its path with a reason', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  const at = (path: string) => join(stage.root, path);
  const target = stage.pair.targetFolderId;
  const removed = await stage.sync('removed.txt', 'on Box no longer');
  await box.raw('DELETE', `/files/${removed}`);
  const changed = await stage.sync('in/changed.txt', 'old');
  await box.putVersion(changed, 'much newer');
  writeOld(at('new.txt'), 'new here');
  writeOld(at('trailing '), 'no name for Box');
  writeOld(at('fresh/one.txt'), '1');
  mkdirSync(at('fresh/nothing'));
  await box.put(target, 'only.txt', 'only on Box');
  const extra = await box.makeFolder(target, 'only');
  const below = await box.makeFolder(extra, 'below');
  await box.put(below, 'one.txt', '1');
  await box.put(extra, 'two.txt', '2');
  await box.makeFolder(target, 'bare');
  mkdirSync(at('name'));
  await box.put(target, 'name', 'a file where a folder should be');
  const result = await verify(stage);
  expect(words(result, stage)).toEqual([
    'different in/changed.txt',
    'extra bare',
    'extra only',
    'extra only.txt',
    'missing fresh',
    'missing fresh/nothing',
    'missing fresh/one.txt',
    'missing name',
    'missing new.txt',
    'missing removed.txt',
    'missing trailing ',
  ]);
  expect(detailOf(result, 'only')).toBe('a folder, only on Box, with 2 files in 2 folders');
  expect(detailOf(result, 'bare')).toContain('empty');
  expect(detailOf(result, 'changed.txt')).toBe('3 B here, 10 B on Box');
  expect(detailOf(result, 'removed.txt')).toContain('no longer');
  expect(detailOf(result, 'name')).toContain('a file "name" stands in its place');
  expect(result.hashed).toBe(0);
  expect([result.files, result.equal]).toEqual([5, 0]);
});

test('a folder that could not be read is told once, and nothing in it', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  await stage.sync('good/a.txt', 'alpha');
  await stage.sync('bad/deep/b.txt', 'beta');
  await box.put(await stage.syncFolder('bad'), 'only on Box.txt', 'is this extra?');
  // Rules that can't be read keep the walk out of their folder.
  writeFileSync(join(stage.root, 'bad', '.boxcarignore'), '#'.repeat(2 ** 20 + 1));
  const result = await verify(stage);
  expect(words(result, stage)).toEqual(['unreadable bad']);
  expect(result).toMatchObject({ files: 1, equal: 1 });
});

test('what somebody moved on Box to another folder is missing, and told with the place that it has there', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  const target = stage.pair.targetFolderId;
  const file = await stage.sync('file.txt', 'moved by somebody');
  const folder = await stage.syncFolder('folder');
  await stage.sync('folder/in it.txt', 'comes along');
  const elsewhere = await box.makeFolder(target, 'elsewhere');
  await box.raw('PUT', `/files/${file}`, { parent: { id: elsewhere } });
  await box.raw('PUT', `/folders/${folder}`, { parent: { id: elsewhere } });
  const result = await verify(stage);
  expect(words(result, stage)).toEqual([
    'extra elsewhere',
    'missing file.txt',
    'missing folder',
    'missing folder/in it.txt',
  ]);
  const place = `moved on Box to /${stage.root.split('/').at(-1)}/elsewhere`;
  expect(detailOf(result, 'file.txt')).toBe(`${place}/file.txt`);
  expect(detailOf(result, 'folder')).toBe(`${place}/folder`);
});

test("what went away here: left by a decision or the pair's rule it is not extra, else it is", async () => {
  const box = await TestBox.start();
  const keeping = await openPairStage(box);
  await keeping.sync('a.txt', 'alpha');
  await keeping.sync('docs/b.txt', 'beta');
  rmSync(join(keeping.root, 'a.txt'));
  rmSync(join(keeping.root, 'docs'), { recursive: true });
  expect(await verify(keeping)).toMatchObject(nothing);

  const trashing = await openPairStage(box, { deletions: 'trash' });
  await trashing.sync('left.txt', 'left', { outcome: 'left' });
  await trashing.sync('gone.txt', 'gone', { outcome: 'gone' });
  rmSync(join(trashing.root, 'left.txt'));
  rmSync(join(trashing.root, 'gone.txt'));
  expect(words(await verify(trashing), trashing)).toEqual(['extra gone.txt']);
});

test('what a rule leaves out is neither compared nor extra, here or on Box alone', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box, { rules: '*.iso\n/private/\n' });
  const target = stage.pair.targetFolderId;
  writeOld(join(stage.root, 'big.iso'), 'image');
  writeOld(join(stage.root, '~$report.docx'), 'lock');
  await stage.sync('docs/.boxcarignore', 'drafts/\n!keep.iso\n');
  const docs = await stage.syncFolder('docs');
  await box.put(target, 'other.iso', 'image');
  await box.put(await box.makeFolder(target, 'private'), 'a', 'a');
  await box.makeFolder(docs, 'drafts');
  await box.put(target, 'private.txt', 'not left out');
  await box.put(docs, 'keep.iso', 'let in again');
  await box.put(docs, 'Thumbs.db', 'built in');
  const result = await verify(stage);
  expect(words(result, stage)).toEqual(['extra docs/keep.iso', 'extra private.txt']);
  expect(result.files).toBe(1);
});

test("a file bound to a copy under another name is compared with it, and the original is somebody else's", async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  await stage.sync('report.txt', 'ours', { as: 'report (conflict).txt' });
  await box.put(stage.pair.targetFolderId, 'report.txt', 'theirs');
  expect(await verify(stage)).toEqual({ ...nothing, files: 1, hashed: 0, equal: 1 });
});

test('a folder that was renamed on Box still is the one that the pair goes to', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  await stage.sync('docs/a.txt', 'alpha');
  await box.raw('PUT', `/folders/${await stage.syncFolder('docs')}`, { name: 'papers' });
  expect(await verify(stage)).toMatchObject({ ...nothing, equal: 1 });
});

test('kept here by choice: in no count but "files"; links are not compared', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  const id = await stage.sync('refused.txt', 'not on Box', { outcome: 'kept' });
  await box.raw('DELETE', `/files/${id}`);
  await stage.sync('theirs.txt', 'ours', { outcome: 'kept' });
  await box.putVersion(await box.idOf(`${stage.root.split('/').at(-1)}/theirs.txt`), 'theirs is longer');
  symlinkSync('theirs.txt', join(stage.root, 'link'));
  await box.put(stage.pair.targetFolderId, 'link', 'what a client made of a link');
  expect(await verify(stage)).toEqual({ ...nothing, files: 2, hashed: 0, equal: 0 });
});

test('two local names that are one to Box: the one that went up is compared, the other is missing', async () => {
  const stage = await openPairStage(await TestBox.start());
  await stage.sync('readme.txt', 'small letters');
  writeOld(join(stage.root, 'README.txt'), 'large letters');
  const bound = await verify(stage);
  expect(words(bound, stage)).toEqual(['missing README.txt']);
  expect(detailOf(bound, 'README.txt')).toContain('"readme.txt" is the same name to Box');

  // Without the ledger's word the exact name has it.
  writeOld(join(stage.root, 'B.txt'), 'large letters');
  writeOld(join(stage.root, 'b.txt'), 'small letters');
  await stage.box.put(stage.pair.targetFolderId, 'b.txt', 'small letters');
  expect(words(await verify(stage), stage)).toEqual(['missing B.txt', 'missing README.txt']);
});

test('content of the same size is told apart by its digest alone, never by the size or the name', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  const bytes = content(300_000);
  const id = await stage.sync('large.bin', bytes);
  bytes[150_000] = bytes[150_000]! ^ 1;
  await box.putVersion(id, bytes);
  const result = await verify(stage);
  expect(result).toMatchObject({ different: 1, equal: 0, hashed: 0 });
  expect(detailOf(result, 'large.bin')).toContain('other content of the same size');
});

test('a folder that is listed in several pages and walked in several slices', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  const names = Array.from({ length: 2300 }, (_, n) => `file ${n}`);
  for (const name of names) writeFileSync(join(stage.root, name), '');
  const docs = await stage.syncFolder('docs');
  for (let n = 0; n < 1100; n += 50) {
    await Promise.all(names.slice(n, n + 50).map((name) => box.put(stage.pair.targetFolderId, name, '')));
  }
  await box.put(docs, 'extra.txt', 'only on Box');
  const result = await verify(stage);
  expect(result).toMatchObject({ files: 2300, equal: 1100, missing: 1200, extra: 1, different: 0, unreadable: 0 });
});

test('no root or no target: refused, and nothing is called extra or missing', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  await stage.sync('a.txt', 'alpha');
  renameSync(stage.root, `${stage.root}-away`);
  await expect(verify(stage)).rejects.toMatchObject({ problem: { code: 'pair.root-missing' } });
  writeFileSync(stage.root, 'a file now');
  await expect(verify(stage)).rejects.toMatchObject({ problem: { code: 'pair.root-not-folder' } });
  rmSync(stage.root);
  renameSync(`${stage.root}-away`, stage.root);
  await box.raw('DELETE', `/folders/${stage.pair.targetFolderId}?recursive=true`);
  await expect(verify(stage)).rejects.toMatchObject({ problem: { code: 'pair.target-gone' } });
});

test('trouble with Box in the midst of it, and an abort, end it', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  for (let n = 0; n < 12; n += 1) await stage.sync(`folder ${n}/a.txt`, 'alpha');
  box.intercept = ({ route, count }) =>
    route === 'list-items' && count % 7 === 6 ? { answer: { status: 503 } } : undefined;
  await expect(verify(stage)).rejects.toMatchObject({ problem: { code: 'box.unavailable' } });
  const stop = new AbortController();
  box.intercept = ({ route }) => {
    if (route === 'list-items') stop.abort(new Error('enough'));
    return undefined;
  };
  await expect(verify(stage, { signal: stop.signal })).rejects.toThrow('enough');
});

test('a file that is written to while it is read can not be compared', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  const path = join(stage.root, 'busy.bin');
  writeOld(path, content(2 ** 20));
  await box.put(stage.pair.targetFolderId, 'busy.bin', readFileSync(path));
  const pool = openHashPool();
  const startPass = pool.startPass.bind(pool);
  // Written to as soon as reading has begun.
  pool.startPass = (options) => {
    appendFileSync(path, 'more');
    return startPass(options);
  };
  const { ledger, connection, pair } = stage;
  const signal = new AbortController().signal;
  const result = await verifyPair({
    ledger,
    connection,
    hashPool: pool,
    clock: systemClock,
    pair,
    full: false,
    signal,
  });
  expect(words(result, stage)).toEqual(['unreadable busy.bin']);
});
