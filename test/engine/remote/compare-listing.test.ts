import { expect, test } from 'vitest';
import { compareListing, type Judged } from '../../../main/engine/remote/compare-listing.ts';
import { workThrough } from '../../../main/engine/remote/work-through.ts';
import { sha1Of, TestBox } from '../../support/engine-fixture.ts';
import { openPairStage, type PairStage } from '../support-pairs.ts';

const never = new AbortController().signal;

async function compare({ ledger, connection, pair }: PairStage, onJudged: (judged: Judged) => void = () => undefined) {
  const told: Judged[] = [];
  const listed: string[] = [];
  const comparison = await compareListing({
    ledger,
    connection,
    pair,
    signal: never,
    onJudged: (judged) => {
      told.push(judged);
      onJudged(judged);
      return Promise.resolve();
    },
    onListed: ({ name }) => Promise.resolve(void listed.push(name)),
  });
  const words = told.map(({ row, verdict }) => `${row.name} ${verdict}`).sort();
  return { ...comparison, told, words, listed };
}

test('a pair that Box holds as the ledger has it: every folder is listed, nothing is fetched or told', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  await stage.sync('a.txt', 'alpha');
  await stage.sync('docs/b.txt', 'beta');
  await stage.sync('docs/deep/c.txt', 'gamma');
  await stage.syncFolder('empty');
  const { words, folders, files, listed } = await compare(stage);
  expect({ words, folders, files }).toEqual({ words: [], folders: 4, files: 3 });
  expect(listed.sort()).toEqual([stage.root, 'deep', 'docs', 'empty'].sort());
  expect(new Set(box.requests.map(({ method, route }) => `${method} ${route}`))).toEqual(new Set(['GET list-items']));
});

test('each kind of change is told by its name, with what Box shows now', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  const ids: Record<string, string> = {};
  for (const name of ['same', 'changed', 'renamed', 'moved', 'trashed', 'purged', 'described']) {
    ids[name] = await stage.sync(`in/${name}.txt`, name);
  }
  const docs = await stage.syncFolder('docs');
  await box.putVersion(ids['changed']!, 'other content');
  await box.raw('PUT', `/files/${ids['renamed']}`, { name: 'new name.txt' });
  await box.raw('PUT', `/files/${ids['moved']}`, { parent: { id: docs } });
  await box.raw('DELETE', `/files/${ids['trashed']}`);
  await box.raw('DELETE', `/files/${ids['purged']}`);
  await box.raw('DELETE', `/files/${ids['purged']}/trash`);
  await box.raw('PUT', `/files/${ids['described']}`, { description: 'for the board' });

  const { told, words } = await compare(stage);
  expect(words).toEqual([
    'changed.txt changed',
    'described.txt same',
    'moved.txt moved',
    'purged.txt removed',
    'renamed.txt renamed',
    'trashed.txt removed',
  ]);
  const fresh = (name: string) => told.find(({ row }) => row.name === `${name}.txt`)!.fresh;
  expect(fresh('changed')).toMatchObject({ id: ids['changed'], sha1: sha1Of(Buffer.from('other content')), etag: '1' });
  expect(fresh('renamed')).toMatchObject({ name: 'new name.txt', sha1: sha1Of(Buffer.from('renamed')) });
  expect(fresh('moved')).toMatchObject({ parentId: docs });
  expect(fresh('trashed')).toBeNull();
  expect(fresh('described')).toMatchObject({ etag: '1' });
});

test('a folder that was removed is told alone, a renamed or moved one is gone into', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  await stage.sync('lost/deep/a.txt', 'alpha');
  const inRenamed = await stage.sync('renamed/b.txt', 'beta');
  const inMoved = await stage.sync('moved/c.txt', 'gamma');
  await stage.syncFolder('Case');
  const idOf = (path: string) => stage.syncFolder(path);
  await box.raw('DELETE', `/folders/${await idOf('lost')}?recursive=true`);
  await box.raw('PUT', `/folders/${await idOf('renamed')}`, { name: 'other' });
  await box.raw('PUT', `/folders/${await idOf('moved')}`, { parent: { id: await idOf('Case') } });
  await box.raw('PUT', `/folders/${await idOf('Case')}`, { name: 'case' });
  await box.putVersion(inRenamed, 'changed');
  await box.putVersion(inMoved, 'changed');
  expect((await compare(stage)).words).toEqual([
    'b.txt changed',
    'c.txt changed',
    'lost removed',
    'moved moved',
    'renamed renamed',
  ]);
});

test('the target itself is gone', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  await stage.sync('a.txt', 'alpha');
  await box.raw('DELETE', `/folders/${stage.pair.targetFolderId}?recursive=true`);
  const { words, folders } = await compare(stage);
  expect({ words, folders }).toEqual({ words: [`${stage.root} removed`], folders: 0 });
});

test('what is gone here, left or kept by choice is not compared', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  for (const outcome of ['gone', 'left', 'kept'] as const) {
    const id = await stage.sync(`${outcome}.txt`, outcome, { outcome });
    await box.raw('DELETE', `/files/${id}`);
  }
  const { words, files } = await compare(stage);
  expect({ words, files }).toEqual({ words: [], files: 0 });
});

test('our own work: a row that changes while Box is asked is left alone, and so is what a transfer is sending', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  const { ledger } = stage;
  const finished = await stage.sync('finished.txt', 'old');
  const sending = await stage.sync('sending.txt', 'old');
  const sha1 = sha1Of(Buffer.from('new'));
  await box.putVersion(finished, 'new');
  await box.putVersion(sending, 'new');
  const row = ledger.files.child(stage.folderId(''), 'finished.txt')!;
  const other = ledger.files.child(stage.folderId(''), 'sending.txt')!;
  await ledger.write(() => {
    const id = ledger.transfers.create({
      ownerId: stage.pair.id, fileId: other.id, kind: 'direct', lane: 0, state: 'queued', facts: other.facts!,
      parentBoxId: stage.pair.targetFolderId, name: 'sending.txt', base: null, now: 1,
    }); // prettier-ignore
    ledger.transfers.setIntended(id, sha1);
  });
  // The answer to the upload is noted between the listing and the look at the file.
  box.intercept = async ({ route, params }) => {
    if (route === 'get-file' && params['file_id'] === finished) {
      await ledger.write(() => ledger.files.setBox(row.id, { ...row.box!, etag: '1', sha1 }));
    }
    return undefined;
  };
  expect((await compare(stage)).words).toEqual([]);
  expect(box.count('get-file')).toBe(2);
});

test('trouble with one folder is told and the others are compared; trouble with Box stops it all', async () => {
  const box = await TestBox.start();
  const stage = await openPairStage(box);
  const fileId = await stage.sync('good/a.txt', 'alpha');
  const bad = await stage.syncFolder('bad');
  await box.raw('DELETE', `/files/${fileId}`);
  const refuse = (status: number) => {
    box.intercept = ({ route, params }) =>
      route === 'list-items' && params['folder_id'] === bad ? { answer: { status } } : undefined;
  };
  refuse(400);
  const { words, failed } = await compare(stage);
  expect(words).toEqual(['a.txt removed']);
  expect(failed).toMatchObject([{ folder: { name: 'bad' }, problem: { code: 'box.unexpected' } }]);
  refuse(503);
  await expect(compare(stage)).rejects.toMatchObject({ problem: { code: 'box.unavailable' } });
});

test('work: at most so many at a time, all of a tree, the first failure when nothing runs any more', async () => {
  let running = 0;
  let most = 0;
  const done: number[] = [];
  await workThrough([1], 3, never, async (n) => {
    most = Math.max(most, (running += 1));
    await new Promise((turn) => setImmediate(turn));
    running -= 1;
    done.push(n);
    return n < 64 ? [2 * n, 2 * n + 1] : [];
  });
  expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 127 }, (_, n) => n + 1));
  expect(most).toBe(3);
  const failing = workThrough([1, 2, 3, 4], 2, never, (n) =>
    n === 3 ? Promise.reject(new Error('three')) : Promise.resolve([]),
  );
  await expect(failing).rejects.toThrow('three');
  await expect(workThrough([1], 2, AbortSignal.abort(new Error('stop')), () => Promise.resolve([]))).rejects.toThrow(
    'stop',
  );
});
