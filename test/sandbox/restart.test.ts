// The sandbox as a process: it survives its restart and its kill, ends with its parent, and says why it can't start.
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SandboxReady } from '../../main/sandbox/server.ts';
import {
  endBox,
  openBox,
  rawClient,
  sha1Hex,
  type Answer,
  type Json,
  type RawClient,
  type TestBox,
} from './raw-client.ts';

const entry = fileURLToPath(new URL('../../main/sandbox/index.ts', import.meta.url));
let root: string;
let children: ChildProcess[] = [];

const start = async (options: object = {}): Promise<{ child: ChildProcess; message: SandboxReady }> => {
  const child = fork(entry, [JSON.stringify({ root, ...options })], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  children.push(child);
  const [message] = (await once(child, 'message')) as [SandboxReady];
  return { child, message };
};
const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'boxcar-sandbox-'));
});
afterEach(async () => {
  await Promise.all(children.map(kill));
  children = [];
  rmSync(root, { recursive: true, force: true });
});

describe('a restart', () => {
  it('never gives the id of a version again, killed or not', async () => {
    const ids = new Set<string>();
    for (let turn = 0; turn < 3; turn += 1) {
      const { child, message } = await start();
      const box = rawClient(message);
      const [file] = (await box.upload(`${turn}.txt`, Buffer.from('one'))).json.entries;
      const [next] = (await box.newVersion(file.id, Buffer.from('two'))).json.entries;
      for (const { file_version } of [file, next]) ids.add(file_version.id);
      await kill(child);
    }
    expect(ids.size).toBe(6);
  });

  it('keeps files, versions, trash, sessions, events and sign-in', async () => {
    const options = { root, partSize: '64KiB', minSessionFile: 1 };
    const before = await openBox(options);
    const bytes = randomBytes(150_000);
    const file = (await before.upload('kept.txt', Buffer.from('one'))).json.entries[0];
    await before.newVersion(file.id, Buffer.from('two'));
    const trashed = (await before.upload('trashed.txt', Buffer.from('gone'))).json.entries[0];
    await before.api('DELETE', `/files/${trashed.id}`);
    const session = (await before.openSession('big.bin', bytes.length)).json;
    const first = await before.putPart({ ...session, total_bytes: bytes.length }, bytes.subarray(0, 65_536), 0);
    const { json: events } = await before.api('GET', '/events?stream_position=0');
    await endBox(before, true);

    const after = await openBox({ ...options, root });
    expect(after.ready).toMatchObject({
      token: before.ready.token,
      refresh_token: before.ready.refresh_token,
      client_id: before.ready.client_id,
      client_secret: before.ready.client_secret,
    });
    expect((await after.api('GET', `/files/${file.id}/content`)).text).toBe('two');
    expect((await after.api('GET', `/files/${file.id}/versions`)).json.total_count).toBe(1);
    expect((await after.api('POST', `/files/${trashed.id}`, {})).status).toBe(201);
    expect((await after.api('GET', '/events?stream_position=0&limit=4')).json.entries).toEqual(events.entries);
    const resumed = (await after.api('GET', `/files/upload_sessions/${session.id}`)).json;
    expect(resumed.session_endpoints.commit).toContain(`:${after.ready.port}/`);
    const parts = [first.json.part];
    for (const offset of [65_536, 131_072]) {
      const slice = bytes.subarray(offset, offset + 65_536);
      parts.push((await after.putPart({ ...resumed, total_bytes: bytes.length }, slice, offset)).json.part);
    }
    expect((await after.commit(resumed, bytes, parts)).json.entries[0].sha1).toBe(sha1Hex(bytes));
    await endBox(after, true);
  });

  it('prints another pair once the printed refresh token was used', async () => {
    const before = await openBox({ root });
    const { auth, client_id, client_secret, refresh_token } = before.ready;
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token, client_id, client_secret });
    expect((await before.send('POST', `${auth}/token`, body.toString())).status).toBe(200);
    await endBox(before, true);
    const after = await openBox({ root });
    expect(after.ready.refresh_token).not.toBe(refresh_token);
    body.set('refresh_token', after.ready.refresh_token);
    expect((await after.send('POST', `${after.ready.auth}/token`, body.toString())).status).toBe(200);
    await endBox(after, true);
  });
});

/** Everything on Box's side: path to SHA-1. */
async function tree(client: RawClient, id = '0', above = ''): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const { json } = await client.api('GET', `/folders/${id}/items?limit=1000`);
  for (const entry of json.entries as Json[]) {
    const path = `${above}/${entry.name}`;
    if (entry.type === 'file') found.set(path, entry.sha1);
    else for (const [below, sha1] of await tree(client, entry.id, path)) found.set(below, sha1);
  }
  return found;
}

/** Everything in the folder a person sees. */
function filesOnDisk(folder: string, above = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const item of readdirSync(folder, { withFileTypes: true })) {
    if (item.name === '.boxcar-sandbox') continue;
    const path = `${above}/${item.name}`;
    const absolute = join(folder, item.name);
    if (item.isFile()) found.set(path, sha1Hex(readFileSync(absolute)));
    else for (const [below, sha1] of filesOnDisk(absolute, path)) found.set(below, sha1);
  }
  return found;
}

/** Works until the server goes away: files, versions, renames, moves, trash, parts, commits. Notes what was answered. */
async function work(client: RawClient, lane: string, answered: Map<string, string>): Promise<void> {
  const folder = (await client.api('POST', '/folders', { name: `lane-${lane}`, parent: { id: '0' } })).json;
  for (let round = 0; ; round++) {
    const bytes = randomBytes(randomInt(1, 40_000));
    const { json } = await client.upload(`f${round}`, bytes, { parent: folder.id });
    const { id, sha1 } = json.entries[0] as { id: string; sha1: string };
    answered.set(id, sha1);
    const kind = round % 5;
    if (kind === 0) {
      answered.delete(id);
      const next = randomBytes(1000);
      await client.newVersion(id, next);
      answered.set(id, sha1Hex(next));
    } else if (kind === 1) await client.api('PUT', `/files/${id}`, { name: `renamed-${round}` });
    else if (kind === 2) await client.api('PUT', `/folders/${folder.id}`, { name: `lane-${lane}-${round}` });
    else if (kind === 3) {
      answered.delete(id);
      await client.api('DELETE', `/files/${id}`);
    } else {
      const big = randomBytes(100_000);
      const session = (await client.openSession(`big${round}`, big.length, folder.id)).json;
      const made = await client.commit(session, big, await client.putAll(session, big));
      answered.set((made.json.entries[0] as { id: string }).id, sha1Hex(big));
    }
  }
}

interface Move {
  kind: string;
  source: string;
  target: string;
}

/** The file moves of the last change, which stay noted until the next one. */
function lastMoves(): Move[] {
  const database = new DatabaseSync(join(root, '.boxcar-sandbox', 'state.db'));
  const moves = database.prepare('select kind, source, target from effect order by id').all() as unknown as Move[];
  database.close();
  return moves;
}

describe('an upload whose file can not be moved to its place', () => {
  const bytes = Buffer.from('only copy');
  const ways: [string, (box: TestBox, folder: string, file: string) => Promise<Answer>][] = [
    ['a direct upload', (box, parent) => box.upload('new.txt', bytes, { parent })],
    ['a new version', (box, _, file) => box.newVersion(file, bytes)],
    [
      'a session, which is aborted then',
      async (box, folder) => {
        const session = (await box.openSession('new.txt', bytes.length, folder)).json;
        const answer = await box.commit(session, bytes, await box.putAll(session, bytes));
        expect((await box.send('DELETE', session.session_endpoints.abort)).status).toBe(204);
        return answer;
      },
    ],
  ];

  it.each(ways.flatMap(([way, send]) => [0, 1].map((starts) => [way, starts, send] as const)))(
    'keeps the bytes of %s, and a start moves them once nothing is in the way (%i starts before)',
    async (_, starts, send) => {
      const options = { root, minSessionFile: 1 };
      let box = await openBox(options);
      const { id: folder } = (await box.api('POST', '/folders', { name: 'A', parent: { id: '0' } })).json;
      const before = (await box.upload('old.txt', Buffer.from('one'), { parent: folder })).json.entries[0];
      renameSync(join(root, 'A'), join(root, 'away'));
      writeFileSync(join(root, 'A'), 'put here by a person');
      expect((await send(box, folder, before.id)).status).toBe(500);
      expect(box.faults).toMatchObject([{ name: 'EffectError' }]);
      box.faults.length = 0;
      await endBox(box, true);
      for (let start = 0; start < starts; start++) {
        box = await openBox(options);
        expect((await box.upload('elsewhere.txt', bytes)).status).toBe(201);
        await endBox(box, true);
      }
      rmSync(join(root, 'A'));
      renameSync(join(root, 'away'), join(root, 'A'));
      box = await openBox(options);
      const listed = (await box.api('GET', `/folders/${folder}/items`)).json.entries as Json[];
      for (const { id, name, sha1 } of listed) {
        const { text } = await box.api('GET', `/files/${id}/content`);
        expect([name, sha1Hex(Buffer.from(text))]).toEqual([name, sha1]);
      }
      expect(listed.map(({ sha1 }) => sha1)).toContain(sha1Hex(bytes));
      for (const place of ['incoming', 'sessions'])
        expect(readdirSync(join(root, '.boxcar-sandbox', place))).toEqual([]);
      await endBox(box, true);
      expect(lastMoves()).toEqual([]);
    },
  );
});

describe('kill -9', () => {
  it.each([0, 1, 2])('between a commit and its file moves, with %i moves not made', async (missing) => {
    const before = await openBox({ root });
    const { id } = (await before.upload('file.txt', Buffer.from('one'))).json.entries[0] as { id: string };
    await before.newVersion(id, Buffer.from('two'));
    await endBox(before, true);
    const moves = lastMoves();
    expect(moves.map(({ kind }) => kind)).toEqual(['move', 'move']);
    for (const { source, target } of moves.toReversed().slice(0, missing))
      renameSync(join(root, target), join(root, source));
    const after = await openBox({ root });
    expect(readFileSync(join(root, 'file.txt'), 'utf8')).toBe('two');
    const [version] = (await after.api('GET', `/files/${id}/versions`)).json.entries;
    expect((await after.api('GET', `/files/${id}/content?version=${version.id}`)).text).toBe('one');
    await endBox(after, true);
  });

  it('at any moment leaves folder and state in agreement, and every answered upload there', async () => {
    const answered = new Map<string, string>();
    for (let round = 0; round < 6; round++) {
      const { child, message } = await start({ partSize: '64KiB', minSessionFile: 1 });
      const client = rawClient(message);
      const lanes = Promise.allSettled([0, 1, 2].map((lane) => work(client, `${round}-${lane}`, answered)));
      const delayMs = randomInt(20, 400);
      await wait(delayMs);
      await kill(child);
      await lanes;
      await client.close();

      const after = await openBox({ root, partSize: '64KiB', minSessionFile: 1 });
      const onBox = await tree(after);
      expect(filesOnDisk(root), `killed after ${delayMs} ms`).toEqual(onBox);
      for (const [id, sha1] of answered) {
        expect((await after.api('GET', `/files/${id}?fields=sha1`)).json.sha1, `killed after ${delayMs} ms`).toBe(sha1);
      }
      expect(readdirSync(join(root, '.boxcar-sandbox', 'incoming'))).toEqual([]);
      await endBox(after, true);
    }
    expect(answered.size).toBeGreaterThan(0);
  });
});

describe('the process', () => {
  it('reports ready, and ends cleanly on SIGTERM and when its parent lets go', async () => {
    const first = await start();
    expect(first.message).toMatchObject({ event: 'ready', api: `http://127.0.0.1:${first.message.port}/2.0` });
    const ended = once(first.child, 'exit');
    first.child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    const second = await start();
    const closed = once(second.child, 'exit');
    second.child.disconnect();
    expect(await closed).toEqual([0, null]);
  });

  it('says why it cannot start: port, folder, options', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    expect((await start({ port })).message).toMatchObject({
      event: 'error',
      code: 'port-in-use',
      message: expect.stringContaining('--port') as unknown,
    });
    taken.close();
    await start();
    expect((await start()).message).toMatchObject({ event: 'error', code: 'root-in-use' });
    expect((await start({ quota: 'lots' })).message).toMatchObject({
      event: 'error',
      code: 'bad-option',
      message: expect.stringContaining('--quota') as unknown,
    });
    const file = join(root, 'a-file');
    writeFileSync(file, '');
    expect((await start({ root: file })).message).toMatchObject({ event: 'error', code: 'root-unusable' });
    // Where the system says that a folder is missing below one that is there, Node's own mkdir -p never returns.
    if (process.platform === 'linux')
      expect((await start({ root: '/proc/none' })).message).toMatchObject({ event: 'error', code: 'root-unusable' });
  });
});
