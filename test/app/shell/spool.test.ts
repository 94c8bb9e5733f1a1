import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { appendToJournal } from '../../../main/app/shell/drop-journal.ts';
import { processMark } from '../../../main/app/shell/process-mark.ts';
import { receiveFile } from '../../../main/app/shell/receive-file.ts';
import { openSpool, type Spool } from '../../../main/app/shell/spool.ts';
import { silentLogger } from '../../../main/platform/log.ts';
import { boxcar as runBoxcar } from '../../support/boxcar-command.ts';
import { putDropped, readLink, signInPage } from '../../support/page-client.ts';
import { sessionHeader } from '../../../shared/page-contract.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { openTestShell, shellState, startTestHost } from '../../support/ui-host.ts';

const never = new AbortController().signal;
const head = (path: string, sizeBytes: number) => ({ path, sizeBytes, modifiedAtMs: undefined });

async function open(home = temporaryFolder()): Promise<{ home: string; spool: Spool }> {
  const spool = await openSpool({ home, logger: silentLogger() });
  onTestFinished(() => spool.close());
  return { home, spool };
}

function send(spool: Spool, dropId: string, path: string, text: string, sizeBytes = Buffer.byteLength(text)) {
  return spool.receive(dropId, head(path, sizeBytes), Readable.from([Buffer.from(text)]), never);
}

describe('a file of a drop', () => {
  test('stands under its name when all of it is here, with its time', async () => {
    const { home, spool } = await open();
    const dropId = await spool.begin({ files: 1, bytes: 3 });
    const bytes = new PassThrough();
    const received = spool.receive(dropId, { path: 'a/b.txt', sizeBytes: 3, modifiedAtMs: 1e12 }, bytes, never);
    const folder = join(home, 'spool', dropId);
    bytes.write('ab');
    await expect.poll(() => readdirSync(join(folder, 'incoming'))).toHaveLength(1);
    expect(readdirSync(join(folder, 'files'))).toEqual([]);
    bytes.end('c');
    await received;
    expect(readFileSync(join(folder, 'files/a/b.txt'), 'utf8')).toBe('abc');
    expect(statSync(join(folder, 'files/a/b.txt'))).toMatchObject({ mtimeMs: 1e12 });
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(await spool.end(dropId)).toEqual([join(folder, 'files/a')]);
  });

  test('of another length than announced is not kept, and may come again', async () => {
    const { home, spool } = await open();
    const dropId = await spool.begin({ files: 1, bytes: 3 });
    await expect(send(spool, dropId, 'a', 'ab', 3)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/2 of 3 bytes/) as unknown,
    });
    await expect(send(spool, dropId, 'a', 'abcd', 3)).rejects.toMatchObject({ code: 'usage' });
    expect(readdirSync(join(home, 'spool', dropId, 'incoming'))).toEqual([]);
    await expect(spool.end(dropId)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/1 of 1/) as unknown,
    });
    await send(spool, dropId, 'a', 'abc');
    expect(await spool.end(dropId)).toHaveLength(1);
  });

  test('that is cut off leaves nothing', async () => {
    const { home, spool } = await open();
    const dropId = await spool.begin({ files: 1, bytes: 3 });
    const gone = new AbortController();
    const bytes = new PassThrough();
    bytes.write('ab');
    const received = spool.receive(dropId, head('a', 3), bytes, gone.signal);
    await expect.poll(() => readdirSync(join(home, 'spool', dropId, 'incoming'))).toHaveLength(1);
    gone.abort(new Error('gone'));
    await expect(received).rejects.toThrow();
    expect(readdirSync(join(home, 'spool', dropId, 'incoming'))).toEqual([]);
    expect(readdirSync(join(home, 'spool', dropId, 'files'))).toEqual([]);
  });

  test('that stands still is given up', async () => {
    const folder = temporaryFolder();
    const [temporary, final] = [join(folder, 'x.part'), join(folder, 'x')];
    const bytes = new PassThrough();
    bytes.write('a');
    const file = { temporary, final, sizeBytes: 2, modifiedAtMs: undefined, stalledMs: 50 };
    await expect(receiveFile(file, bytes, never)).rejects.toMatchObject({ code: 'refused' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('twice, more than announced, or below a file, is refused', async () => {
    const { spool } = await open();
    const dropId = await spool.begin({ files: 2, bytes: 3 });
    await send(spool, dropId, 'a', 'x');
    await expect(send(spool, dropId, 'a', 'y')).rejects.toMatchObject({
      message: expect.stringMatching(/arrived already/) as unknown,
    });
    await expect(send(spool, dropId, 'a/b', 'y')).rejects.toMatchObject({
      message: expect.stringMatching(/Another dropped file/) as unknown,
    });
    await send(spool, dropId, 'c', 'z');
    await expect(send(spool, dropId, 'd', 'z')).rejects.toMatchObject({
      message: expect.stringMatching(/More files/) as unknown,
    });
  });

  test('no more than six are written at once; the others come after', async () => {
    const { home, spool } = await open();
    const dropId = await spool.begin({ files: 20, bytes: 20 });
    const streams = Array.from({ length: 20 }, () => new PassThrough());
    const all = streams.map((bytes, n) => spool.receive(dropId, head(`f${n}`, 1), bytes, never));
    const incoming = () => readdirSync(join(home, 'spool', dropId, 'incoming')).length;
    await expect.poll(incoming).toBe(6);
    for (const bytes of streams) bytes.end('x');
    await Promise.all(all);
    expect((await spool.end(dropId)).length).toBe(20);
  });
});

describe('room', () => {
  test('a drop that is larger than the disk is refused before its first byte', async () => {
    const { home, spool } = await open();
    await expect(spool.begin({ files: 1, bytes: 1e18 })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/not enough room.*Free space/) as unknown,
    });
    expect(readdirSync(join(home, 'spool'))).toEqual([]);
  });

  // Needs a disk of its own to fill, which this system may not allow.
  const mayMount = spawnSync('unshare', ['-rm', 'true']).status === 0;
  test.skipIf(!mayMount)('a disk that gets full meanwhile is said, and nothing is left on it', () => {
    const folder = temporaryFolder();
    const child = fileURLToPath(new URL('../../support/full-disk-child.ts', import.meta.url));
    const script = 'mount -t tmpfs -o size=1m none "$1" && exec "$2" "$3" "$1"';
    const ran = spawnSync('unshare', ['-rm', 'sh', '-c', script, 'sh', folder, process.execPath, child], {
      encoding: 'utf8',
    });
    expect(JSON.parse(ran.stdout)).toEqual({
      told: { code: 'refused', message: expect.stringMatching(/is full.*Free space/) as unknown },
      left: [],
    });
  });
});

describe('after a crash', () => {
  test('half-arrived files are named, whole ones are kept and offered', async () => {
    const home = temporaryFolder();
    const command = runBoxcar(['ui', '--no-open', '--json'], { ...process.env, BOXCAR_HOME: home, BOXCAR_TOKEN: '' });
    const { url } = (await command.waitFor(({ event }) => event === 'ready')) as unknown as { url: string };
    const { origin, once: token } = readLink(url);
    const page = await signInPage(origin, { once: token });
    const { dropId } = await page.remote.beginDrop({ files: 4, bytes: 1e6 });
    const { session } = page;
    expect((await putDropped(origin, { dropId, path: 'tree/whole.txt', session }, 'whole')).status).toBe(204);
    const half = request(`${origin}/drop/${dropId}?path=${encodeURIComponent('tree/half ü.bin')}`, {
      method: 'PUT',
      headers: { origin, [sessionHeader]: session, 'content-length': '1000' },
    });
    half.on('error', () => undefined);
    half.write('x'.repeat(500));
    const incoming = join(home, 'spool', dropId, 'incoming');
    await expect.poll(() => readdirSync(incoming).length).toBe(1);
    command.killAll();
    await command.exit;

    const { spool } = await open(home);
    expect(spool.lost()).toEqual([{ dropId, files: ['tree/half ü.bin'], count: 3 }]);
    expect(spool.kept()).toEqual([{ dropId, files: ['tree/whole.txt'], count: 1, bytes: 5 }]);
    expect(existsSync(incoming)).toBe(false);
    const [path = ''] = await spool.end(dropId);
    expect(readFileSync(join(path, 'whole.txt'), 'utf8')).toBe('whole');
    await spool.dismiss(dropId);
    expect(spool.lost()).toEqual([]);
    const { spool: next } = await open(home);
    expect([next.lost(), next.kept().length]).toEqual([[], 1]);
    await next.cancel(dropId);
    expect(existsSync(join(home, 'spool', dropId))).toBe(false);
  });

  test('a drop whose upload was asked for is neither lost nor offered, but goes up', async () => {
    const { home, spool } = await open();
    const dropId = await spool.begin({ files: 1, bytes: 1 });
    await send(spool, dropId, 'a', 'x');
    const upload = { accountId: 'sandbox', paths: await spool.end(dropId), target: '/', ifExists: 'version' as const };
    spool.setUpload(dropId, upload);
    const { spool: next } = await open(home);
    expect([next.lost(), next.kept()]).toEqual([[], []]);
    expect(next.uploads('sandbox')).toEqual([{ dropId, upload, jobId: undefined }]);
    expect(next.uploads('token')).toEqual([]);
    next.setJob(dropId, 7);
    expect((await open(home)).spool.uploads('sandbox')).toEqual([{ dropId, upload, jobId: 7 }]);
    await expect(next.cancel(dropId)).rejects.toMatchObject({ code: 'refused' });
  });

  test('a journal that ends in the middle of a line still names what came before', async () => {
    const { home, spool } = await open();
    const dropId = await spool.begin({ files: 2, bytes: 2 });
    const journal = join(home, 'spool', dropId, 'journal');
    appendToJournal(journal, { entry: 'file', path: 'named.txt' }, true);
    writeFileSync(journal, `${readFileSync(journal, 'utf8')}{"entry":"file","path":"to`);
    const { spool: next } = await open(home);
    expect(next.lost()).toEqual([{ dropId, files: ['named.txt'], count: 2 }]);
    const upload = { accountId: 'sandbox', paths: [], target: '/', ifExists: 'version' as const };
    next.setUpload(dropId, upload);
    expect((await open(home)).spool.uploads('sandbox')).toEqual([{ dropId, upload, jobId: undefined }]);
  });

  test('a drop that was being removed when Boxcar ended is not offered again', async () => {
    const { home, spool } = await open();
    const dropId = await spool.begin({ files: 1, bytes: 1 });
    await send(spool, dropId, 'a', 'x');
    const removed = spool.finish(dropId);
    await expect.poll(() => readdirSync(join(home, 'spool'))).not.toContain(dropId);
    await removed;
    const half = join(home, 'spool', dropId.replace('drop-', 'gone-'));
    mkdirSync(join(half, 'files'), { recursive: true });
    writeFileSync(join(half, 'files', 'a'), 'x');
    const { spool: next } = await open(home);
    expect([next.lost(), next.kept()]).toEqual([[], []]);
    expect(readdirSync(join(home, 'spool'))).toEqual([]);
  });

  test('a drop that Box refuses after a crash is offered again, and not kept from sight', async () => {
    const { home, spool } = await open();
    const dropId = await spool.begin({ files: 1, bytes: 1 });
    await send(spool, dropId, 'a', 'x');
    const paths = await spool.end(dropId);
    spool.setUpload(dropId, { accountId: 'sandbox', paths, target: '987654321', ifExists: 'version' });
    await spool.close();
    const journal = join(home, 'spool', dropId, 'journal');
    // The process that took it has ended.
    writeFileSync(journal, readFileSync(journal, 'utf8').replace(processMark(), '1:1'));
    const shell = await openTestShell({ home });
    expect(shell.state().kept).toEqual([]);
    await shell.trySandbox();
    const { kept } = await shellState(shell, (state) => state.kept.length > 0);
    expect(kept).toEqual([{ dropId, files: ['a'], count: 1, bytes: 1 }]);
  });

  test('what another living Boxcar takes is left alone; what is no drop too', async () => {
    const home = temporaryFolder();
    const id = `drop-${'a'.repeat(32)}`;
    mkdirSync(join(home, 'spool', id), { recursive: true });
    mkdirSync(join(home, 'spool', 'mine'));
    const journal = join(home, 'spool', id, 'journal');
    appendToJournal(journal, { entry: 'begin', files: 1, bytes: 1, owner: `${process.ppid}:` }, true);
    expect((await open(home)).spool.lost()).toEqual([]);
    expect(existsSync(journal)).toBe(true);
    // The id of a process that has ended was given to another one.
    appendToJournal(journal, { entry: 'begin', files: 1, bytes: 1, owner: `${process.ppid}:1` }, true);
    expect((await open(home)).spool.lost()).toEqual([{ dropId: id, files: [], count: 1 }]);
    expect(existsSync(join(home, 'spool', 'mine'))).toBe(true);
    expect(processMark()).toMatch(/^\d+:\d+$/);
  });

  test('a folder that was made, and nothing more, goes', async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, 'spool', `drop-${'b'.repeat(32)}`), { recursive: true });
    await open(home);
    expect(readdirSync(join(home, 'spool'))).toEqual([]);
  });
});

test('an aborted PUT leaves nothing, and the host goes on', async () => {
  const host = await startTestHost();
  const { remote, session } = await host.page();
  const { dropId } = await remote.beginDrop({ files: 1, bytes: 1000 });
  const put = request(`${host.origin}/drop/${dropId}?path=a`, {
    method: 'PUT',
    headers: { origin: host.origin, [sessionHeader]: session, 'content-length': '1000' },
  });
  put.write('x'.repeat(10));
  const incoming = join(host.shell.home, 'spool', dropId, 'incoming');
  await expect.poll(() => readdirSync(incoming).length).toBe(1);
  put.destroy();
  await once(put, 'error').catch(() => undefined);
  await expect.poll(() => readdirSync(incoming).length).toBe(0);
  expect((await putDropped(host.origin, { dropId, path: 'a', session }, 'again')).status).toBe(204);
});
