import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Batch } from '../../../shared/progress-contract.ts';
import { writeOld, writeTree } from '../../support/engine-fixture.ts';
import { putDropped, type PageClient } from '../../support/page-client.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { jobOf, startTestHost, type TestHost } from '../../support/ui-host.ts';

/** Browses from the place of a page to a folder, as a picker does. */
async function placeOf(host: TestHost, page: PageClient, path: string): Promise<string> {
  // The tests' folders lie beside the user's own: the way there starts from what the shell itself would give.
  const place = host.shell.places.of(path);
  const { here } = await page.remote.browse({ place });
  expect(here.path).toBe(path);
  return here.place;
}

async function sandboxHost(
  options: Parameters<typeof startTestHost>[0] = {},
): Promise<TestHost & { first: PageClient }> {
  const host = await startTestHost(options);
  const first = await host.page();
  await first.remote.trySandbox({});
  await first.waitForShell(({ phase }) => phase === 'ready');
  return { ...host, first };
}

describe('pages', () => {
  test('two see the same state and the same transfers', async () => {
    const host = await startTestHost();
    const [one, two] = [await host.page(), await host.page()];
    await one.remote.trySandbox({});
    const seen = await two.waitForShell(({ phase }) => phase === 'ready');
    expect(seen).toEqual(await one.remote.shell({}));
    expect(two.shells.map(({ phase }) => phase)).toContain('starting');

    const folder = temporaryFolder();
    writeTree(folder, { 'tree/a.txt': 'a', 'tree/b.txt': 'b' });
    const isAllDone = (batch: Extract<Batch, { kind: 'overview' }>) => batch.overview.counts.done === 2;
    const both = [one, two].map((page) => page.waitForBatch({ kind: 'overview', hidden: false }, isAllDone));
    const place = await placeOf(host, one, join(folder, 'tree'));
    await one.remote.uploadPlaces({ places: [place], target: '/', ifExists: 'version' });
    const [a, b] = await Promise.all(both);
    expect(a?.overview.counts).toEqual(b?.overview.counts);
    expect(readFileSync(join(host.shell.home, 'sandbox-box/tree/a.txt'), 'utf8')).toBe('a');
  });

  test('one that never acknowledges slows no other', async () => {
    const host = await sandboxHost();
    const slow = await host.page();
    let slowBatches = 0;
    await slow.subscribe({ kind: 'overview', hidden: false }, () => {
      slowBatches += 1;
      return new Promise<void>(() => undefined);
    });
    const folder = temporaryFolder();
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`many/${n}.txt`, `${n}`]));
    writeTree(folder, files);
    let batches = 0;
    const done = Promise.withResolvers<void>();
    await host.first.subscribe({ kind: 'overview', hidden: false }, (batch) => {
      batches += 1;
      if (batch.kind === 'overview' && batch.overview.counts.done === 20) done.resolve();
    });
    const place = await placeOf(host, host.first, join(folder, 'many'));
    await host.first.remote.uploadPlaces({ places: [place], target: '/', ifExists: 'version' });
    await done.promise;
    expect(slowBatches).toBe(1);
    expect(batches).toBeGreaterThan(1);
    expect(await slow.remote.shell({})).toMatchObject({ phase: 'ready' });
  });

  test('a view goes on in the next account, and ends where it names something of the one before', async () => {
    const host = await sandboxHost();
    const { first } = host;
    let overviews = 0;
    const told = { again: Promise.withResolvers<void>() };
    await first.subscribe({ kind: 'overview', hidden: false }, () => {
      overviews += 1;
      told.again.resolve();
    });
    await told.again.promise;
    await first.remote.signOut({});
    await first.waitForShell(({ phase }) => phase === 'first-run');
    await expect(first.remote.pairs({})).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/Sign in/) as unknown,
    });
    const before = overviews;
    told.again = Promise.withResolvers();
    await first.remote.trySandbox({});
    await told.again.promise;
    expect(overviews).toBeGreaterThan(before);
  });

  test('views of a page that has gone are closed', async () => {
    const host = await sandboxHost();
    const page = await host.page();
    const boxcar = await host.shell.boxcar();
    const subscribe = boxcar.subscribe.bind(boxcar);
    const closed = Promise.withResolvers<void>();
    boxcar.subscribe = async (view, onBatch) => {
      const opened = await subscribe(view, onBatch);
      return { close: () => opened.close().then(() => closed.resolve()) };
    };
    await page.subscribe({ kind: 'overview', hidden: false }, () => undefined);
    page.close();
    await closed.promise;
  });
});

describe('places', () => {
  test('what was never given out, or lies in the data folder, is refused', async () => {
    const host = await sandboxHost();
    const { remote } = host.first;
    const upload = (place: string) => remote.uploadPlaces({ places: [place], target: '/', ifExists: 'version' });
    await expect(upload('A'.repeat(22))).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/choose it again/) as unknown,
    });
    await expect(upload('/etc/passwd-and-more')).rejects.toMatchObject({ code: 'usage' });
    const own = host.shell.places.of(join(host.shell.home, 'sandbox-box'));
    await expect(upload(own)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/belongs to Boxcar/) as unknown,
    });
    const above = host.shell.places.of(join(host.shell.home, '..'));
    await expect(upload(above)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/sandbox itself/) as unknown,
    });
    const gone = host.shell.places.of(join(temporaryFolder(), 'gone'));
    await expect(upload(gone)).rejects.toMatchObject({ problem: { code: 'local.missing' } });
    await expect(remote.browse({ place: gone })).rejects.toMatchObject({ problem: { code: 'local.missing' } });
  });

  test('two of one name are refused before anything goes up', async () => {
    const host = await sandboxHost();
    const [a, b] = [join(temporaryFolder(), 'same.txt'), join(temporaryFolder(), 'Same.txt')];
    for (const path of [a, b]) writeOld(path, path);
    const places = [a, b].map((path) => host.shell.places.of(path));
    await expect(host.first.remote.uploadPlaces({ places, target: '/', ifExists: 'version' })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/one name on Box/) as unknown,
    });
  });

  test('a folder becomes a pair: preview, then add', async () => {
    const host = await sandboxHost();
    const { remote } = host.first;
    const folder = join(temporaryFolder(), 'pair');
    writeTree(folder, { 'x.txt': 'x', 'sub/y.txt': 'y' });
    const place = await placeOf(host, host.first, folder);
    const preview = await remote.previewPlace({ place, target: '/Kept', options: {} });
    expect(preview).toMatchObject({ files: 2, toSend: { files: 2, bytes: 2 } });
    const { pairId } = await remote.addPairPlace({ place, target: '/Kept', options: {} });
    await host.first.waitForBatch({ kind: 'pairs' }, ({ progress }) => progress.pairs[0]?.state === 'synced');
    expect(readFileSync(join(host.shell.home, 'sandbox-box/Kept/sub/y.txt'), 'utf8')).toBe('y');
    expect(await remote.pair({ pairId })).toMatchObject({ path: folder });
  });

  test('what only a desktop can do is refused in a browser', async () => {
    const { first } = await sandboxHost();
    await expect(first.remote.choose({ what: 'folder' })).rejects.toMatchObject({ code: 'refused' });
    await expect(first.remote.showHere({ transferId: 1 })).rejects.toMatchObject({ code: 'refused' });
    expect(await first.remote.boxPage({ kind: 'file', id: '1' })).toEqual({ url: null });
  });
});

describe('drops', () => {
  test('what is dropped goes up under its own names, and its copy is removed', async () => {
    const host = await sandboxHost();
    const { remote, session } = host.first;
    const { dropId } = await remote.beginDrop({ files: 3, bytes: 7 });
    for (const [path, body] of [
      ['one.txt', 'one'],
      ['tree/ä b.txt', 'two'],
      ['tree/deep/3', '3'],
    ] as const) {
      expect(await putDropped(host.origin, { dropId, path, session }, body)).toEqual({ status: 204, text: '' });
    }
    const { places } = await remote.endDrop({ dropId });
    expect(places.map(({ path }) => path.split('/').at(-1)).sort()).toEqual(['one.txt', 'tree']);
    const folder = join(host.shell.home, 'spool', dropId);
    const { jobId } = await remote.uploadPlaces({
      places: places.map(({ place }) => place),
      target: '/Dropped',
      ifExists: 'version',
    });
    await jobOf(host.shell, jobId, ({ state }) => state === 'done');
    expect(readFileSync(join(host.shell.home, 'sandbox-box/Dropped/tree/ä b.txt'), 'utf8')).toBe('two');
    await expect.poll(() => existsSync(folder), { timeout: 10_000 }).toBe(false);
    expect(await remote.shell({})).toMatchObject({ lost: [], kept: [] });
  });

  test('an upload that is refused leaves the drop as it is, for another target', async () => {
    const host = await sandboxHost();
    const { remote, session } = host.first;
    const { dropId } = await remote.beginDrop({ files: 1, bytes: 1 });
    await putDropped(host.origin, { dropId, path: 'a', session }, 'a');
    const places = (await remote.endDrop({ dropId })).places.map(({ place }) => place);
    await expect(remote.uploadPlaces({ places, target: '999', ifExists: 'version' })).rejects.toMatchObject({
      code: 'problem',
    });
    const { jobId } = await remote.uploadPlaces({ places, target: '/', ifExists: 'version' });
    await jobOf(host.shell, jobId, ({ state }) => state === 'done');
  });

  test('a path that leads out of the drop is refused, and nothing is written', async () => {
    const host = await startTestHost();
    const { remote, session } = await host.page();
    const { dropId } = await remote.beginDrop({ files: 9, bytes: 9 });
    for (const path of [
      '../x',
      'a/../../x',
      '/etc/x',
      'a//b',
      './a',
      '..',
      'a\0b',
      'n'.repeat(256),
      'a/'.repeat(200) + 'b',
    ]) {
      const { status, text } = await putDropped(host.origin, { dropId, path, session }, 'x');
      expect([path.slice(0, 20), status]).toEqual([path.slice(0, 20), 400]);
      expect(text).toMatch(/cannot be taken|path/);
    }
    expect(readdirSync(join(host.shell.home, 'spool', dropId, 'files'))).toEqual([]);
    await remote.cancelDrop({ dropId });
    expect(existsSync(join(host.shell.home, 'spool', dropId))).toBe(false);
    expect((await putDropped(host.origin, { dropId, path: 'x', session }, 'x')).status).toBe(400);
  });
});
