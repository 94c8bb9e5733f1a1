// Files, folders, trash, direct uploads and preflight, over bare HTTP.
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  endBox,
  openBox,
  sendLate,
  sendWithoutLength,
  sha1Hex,
  type Answer,
  type Json,
  type TestBox,
} from './raw-client.ts';

let box: TestBox;
const code = (answer: { status: number; json: Json }): [number, string] => [answer.status, answer.json.code];
const hello = Buffer.from('hello');
const folder = async (name: string, parent = '0'): Promise<Json> =>
  (await box.api('POST', '/folders', { name, parent: { id: parent } })).json;
const file = async (name: string, parent = '0', bytes = hello): Promise<Json> =>
  (await box.upload(name, bytes, { parent })).json.entries[0];

beforeAll(async () => {
  box = await openBox();
});
afterAll(() => endBox(box));

describe('the wire', () => {
  it("has Box's error body", async () => {
    const { status, json } = await box.api('GET', '/files/123');
    expect(status).toBe(404);
    expect(json).toEqual({
      type: 'error',
      status: 404,
      code: 'not_found',
      message: expect.any(String) as unknown,
      context_info: expect.any(Object) as unknown,
      help_url: expect.stringContaining('http') as unknown,
      request_id: expect.stringMatching(/./) as unknown,
    });
  });

  it('answers under both prefixes, 405 to malformed ids and other verbs, 404 elsewhere', async () => {
    const origin = `http://127.0.0.1:${box.ready.port}`;
    for (const prefix of ['/2.0', '/api/2.0']) {
      expect((await box.send('GET', `${origin}${prefix}/folders/0`)).json.id).toBe('0');
    }
    expect(code(await box.api('GET', '/folders/abc'))).toEqual([405, 'method_not_allowed']);
    expect(code(await box.api('PATCH', '/folders/0'))).toEqual([405, 'method_not_allowed']);
    expect((await box.api('GET', '/nothing')).status).toBe(404);
  });

  it('takes a whole address as the target, as clients of a proxy send it', async () => {
    const { port, token, api } = box.ready;
    const options = { port, path: `${api}/users/me?fields=status`, headers: { authorization: `Bearer ${token}` } };
    const [answer] = (await once(get(options), 'response')) as [IncomingMessage];
    expect([answer.statusCode, JSON.parse(await text(answer))]).toMatchObject([
      200,
      { type: 'user', status: 'active' },
    ]);
  });

  it('answers a wrong or missing token with 401, an empty body and the reason in WWW-Authenticate', async () => {
    const wrong = await box.api('GET', '/users/me', undefined, { authorization: 'Bearer nonsense' });
    expect([wrong.status, wrong.text]).toEqual([401, '']);
    expect(wrong.headers['www-authenticate']).toContain('error="invalid_token"');
    const missing = await box.api('GET', '/users/me', undefined, { authorization: '' });
    expect([missing.status, missing.text, missing.headers['www-authenticate']]).toEqual([
      401,
      '',
      'Bearer realm="Service"',
    ]);
  });
});

describe('direct uploads', () => {
  const form = (parts: [string, string][]): [string, Record<string, string>] => {
    const body = parts.map(
      ([name, text]) =>
        `--B\r\nContent-Disposition: form-data; name="${name}"${name === 'attributes' ? '' : '; filename="f"'}\r\n\r\n${text}\r\n`,
    );
    return [`${body.join('')}--B--\r\n`, { 'content-type': 'multipart/form-data; boundary=B' }];
  };
  const post = (parts: [string, string][], headers: Record<string, string> = {}): Promise<Answer> => {
    const [body, type] = form(parts);
    return box.send('POST', `${box.ready.upload}/files/content`, body, { ...type, ...headers });
  };

  it('keeps the file under its own name, with its times', async () => {
    const times = { content_created_at: '2001-02-03T04:05:06Z', content_modified_at: '2002-03-04T05:06:07-08:00' };
    const answer = await box.upload('Übung 🙂 100%.txt', hello, {
      attributes: times,
      headers: { 'content-md5': sha1Hex(hello) },
    });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      total_count: 1,
      entries: [
        {
          sha1: sha1Hex(hello),
          size: 5,
          content_created_at: '2001-02-03T04:05:06+00:00',
          content_modified_at: '2002-03-04T13:06:07+00:00',
          parent: { id: '0' },
          item_status: 'active',
        },
      ],
    });
    expect(readFileSync(join(box.root, 'Übung 🙂 100%.txt'), 'utf8')).toBe('hello');
  });

  it('takes any field name for the bytes, and refuses what is out of order, missing or damaged', async () => {
    const attributes = (name: string): [string, string] => [
      'attributes',
      JSON.stringify({ name, parent: { id: '0' } }),
    ];
    expect((await post([attributes('contents.txt'), ['contents', 'x']])).status).toBe(201);
    expect(code(await post([['file', 'x'], attributes('late.txt')]))).toEqual([400, 'metadata_after_file_contents']);
    expect(code(await post([attributes('none.txt')]))).toEqual([400, 'bad_request']);
    expect(
      code(
        await post([
          ['attributes', '{'],
          ['file', 'x'],
        ]),
      ),
    ).toEqual([400, 'bad_request']);
    expect(code(await post([attributes('d.txt'), ['file', 'x']], { 'content-md5': sha1Hex(hello) }))).toEqual([
      400,
      'bad_digest',
    ]);
    expect(code(await box.upload('a/b', hello))).toEqual([400, 'item_name_invalid']);
    expect(code(await box.upload('x', hello, { parent: '42' }))).toEqual([404, 'not_found']);
    expect(code(await box.upload('x', hello, { attributes: { content_modified_at: 'yesterday' } }))).toEqual([
      400,
      'bad_request',
    ]);
    expect(readdirSync(join(box.root, '.boxcar-sandbox', 'incoming'))).toEqual([]);
  });

  it('takes bytes that have no file name, or only an extended one', async () => {
    for (const [name, parameters] of [
      ['unnamed.txt', 'name="file"'],
      ['extended.txt', `name="contents"; filename*=UTF-8''%E6%BC%A2.txt`],
      ['separator.txt', 'name="contents"; filename="a\u2028b"'],
    ] as const) {
      const attributes = JSON.stringify({ name, parent: { id: '0' } });
      const [body, type] = form([['attributes', attributes]]);
      const bytes = `--B\r\nContent-Disposition: form-data; ${parameters}\r\n\r\nhello\r\n--B--\r\n`;
      const sent = body.replace('--B--\r\n', bytes);
      const answer = await box.send('POST', `${box.ready.upload}/files/content`, sent, type);
      expect([name, answer.status, answer.json.entries?.[0].sha1]).toEqual([name, 201, sha1Hex(hello)]);
    }
  });

  it('takes a body larger than a part of it fits in memory at once', async () => {
    const bytes = Buffer.alloc(3_000_000, 'abc');
    expect((await file('large.bin', '0', bytes)).sha1).toBe(sha1Hex(bytes));
    expect(readFileSync(join(box.root, 'large.bin')).equals(bytes)).toBe(true);
  });

  it('answers a refusal before or after the body, and the connection lives on', async () => {
    const bytes = Buffer.alloc(9_000_000, 'x');
    await file('refused.bin');
    for (let round = 0; round < 3; round++) {
      expect(code(await box.upload('refused.bin', bytes))).toEqual([409, 'item_name_in_use']);
      expect(code(await box.api('PUT', `/files/upload_sessions/${'A'.repeat(32)}`, bytes))).toEqual([404, 'not_found']);
    }
    const unauthorized = { authorization: 'Bearer x' };
    expect((await box.upload('other.bin', bytes, { headers: unauthorized })).status).toBe(401);
  });

  it('answers 411 to a form of no declared length', async () => {
    const { id } = await file('no length.txt');
    for (const path of ['/files/content', `/files/${id}/content`]) {
      const type = { 'content-type': 'multipart/form-data; boundary=B' };
      const answer = await sendWithoutLength(box, 'POST', `${box.ready.upload}${path}`, type);
      expect(answer).toEqual([411, 'length_required']);
    }
  });

  it('makes a new version with 200, guarded by If-Match', async () => {
    const first = await file('version.txt');
    const stale = await box.newVersion(first.id, Buffer.from('two'), { headers: { 'if-match': '5' } });
    expect(code(stale)).toEqual([412, 'precondition_failed']);
    const second = await box.newVersion(first.id, Buffer.from('two'), {
      headers: { 'if-match': first.etag },
    });
    expect(second.status).toBe(200);
    expect(second.json.entries[0]).toMatchObject({
      id: first.id,
      etag: '1',
      sequence_id: '1',
      sha1: sha1Hex(Buffer.from('two')),
    });
    expect(readFileSync(join(box.root, 'version.txt'), 'utf8')).toBe('two');
    const { json } = await box.api('GET', `/files/${first.id}?fields=version_number,size,nonsense`);
    expect(json).toEqual({
      ...{
        type: 'file',
        id: first.id,
        sequence_id: '1',
        etag: '1',
        name: 'version.txt',
        sha1: sha1Hex(Buffer.from('two')),
      },
      ...{ file_version: second.json.entries[0].file_version, version_number: '2', size: 3 },
    });
  });
});

describe('preflight', () => {
  const check = (body: unknown, path = '/files/content'): Promise<Answer> => box.api('OPTIONS', path, body);

  it('tolerates a trailing slash and a missing size, and finds an id by name', async () => {
    const taken = await file('preflight.txt');
    expect((await check({ name: 'free', parent: { id: '0' } }, '/files/content/')).json).toEqual({
      upload_url: `${box.ready.upload}/files/content`,
      upload_token: null,
    });
    const conflict = await check({ name: 'PREFLIGHT.txt', parent: { id: '0' } });
    expect(code(conflict)).toEqual([409, 'item_name_in_use']);
    expect(conflict.json.context_info.conflicts).toMatchObject({ id: taken.id, sha1: taken.sha1 });
    expect((await check({ name: 'preflight.txt', size: 1 }, `/files/${taken.id}/content`)).status).toBe(200);
    expect(code(await check({ name: 'x', size: 600 * 2 ** 30, parent: { id: '0' } }))).toEqual([
      403,
      'file_size_limit_exceeded',
    ]);
  });
});

describe('folders', () => {
  it('share names with files, without case, and tell conflicts as a list', async () => {
    const taken = await file('Shared');
    const conflict = await box.api('POST', '/folders', { name: 'SHARED', parent: { id: '0' } });
    expect(code(conflict)).toEqual([409, 'item_name_in_use']);
    expect(conflict.json.context_info.conflicts).toMatchObject([{ type: 'file', id: taken.id }]);
    // Nothing documented folds Unicode forms: the two spellings of é are two names.
    expect((await folder('caf\u00e9')).type).toBe('folder');
    expect((await folder('cafe\u0301')).type).toBe('folder');
  });

  it('list by offset and by marker, folders first, and refuse what is out of bounds', async () => {
    const top = await folder('list');
    for (const name of ['b', 'a']) await folder(name, top.id);
    for (const name of ['d', 'c', 'e']) await file(name, top.id);
    const all = (await box.api('GET', `/folders/${top.id}/items`)).json;
    expect(all).toMatchObject({ total_count: 5, offset: 0, limit: 100 });
    expect(all.entries.map((entry: Json) => entry.name)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(all.entries[4]).not.toHaveProperty('size');
    const seen: string[] = [];
    let marker = '';
    for (let pages = 0; pages < 9; pages++) {
      const url = `/folders/${top.id}/items?usemarker=true&limit=2&fields=size&marker=${marker}`;
      const { json } = await box.api('GET', url);
      expect(json).not.toHaveProperty('total_count');
      seen.push(...(json.entries as Json[]).map((entry) => entry.name));
      if (!json.next_marker) break;
      marker = json.next_marker;
    }
    expect(seen.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(code(await box.api('GET', `/folders/0/items?offset=10001`))).toEqual([400, 'invalid_offset']);
    expect(code(await box.api('GET', `/folders/0/items?limit=1001`))).toEqual([400, 'invalid_limit']);
    expect((await box.api('GET', `/folders/${top.id}`)).json.item_collection.total_count).toBe(5);
  });

  it('move and rename with everything in them, but not into themselves', async () => {
    const outer = await folder('outer');
    const inner = await folder('inner', outer.id);
    await file('deep.txt', inner.id);
    expect(code(await box.api('PUT', `/folders/${outer.id}`, { parent: { id: inner.id } }))).toEqual([
      400,
      'cyclical_folder_structure',
    ]);
    const change = { parent: { id: '0' }, description: 'x' };
    expect(code(await box.api('PUT', `/folders/${inner.id}`, change))).toEqual([403, 'operation_limit_exceeded']);
    const moved = await box.api('PUT', `/folders/${inner.id}`, { parent: { id: '0' }, name: 'Inner' });
    expect(moved.json).toMatchObject({ name: 'Inner', etag: '1', parent: { id: '0' } });
    expect(readFileSync(join(box.root, 'Inner', 'deep.txt'), 'utf8')).toBe('hello');
    const again = await box.api('PUT', `/folders/${inner.id}`, { name: 'INNER' });
    expect(again.status).toBe(200);
    expect(existsSync(join(box.root, 'INNER', 'deep.txt'))).toBe(true);
    expect((await box.api('PUT', `/folders/${inner.id}`, { name: 'x' }, { 'if-match': '0' })).status).toBe(412);
  });

  it('go to the trash only empty or recursively, with all below, and come back', async () => {
    const top = await folder('doomed');
    const inside = await file('inside.txt', top.id);
    expect(code(await box.api('DELETE', `/folders/${top.id}`))).toEqual([400, 'folder_not_empty']);
    expect((await box.api('DELETE', `/folders/${top.id}?recursive=true`)).status).toBe(204);
    expect(existsSync(join(box.root, 'doomed'))).toBe(false);
    expect(code(await box.api('GET', `/files/${inside.id}`))).toEqual([404, 'trashed']);
    expect(code(await box.upload('x', hello, { parent: top.id }))).toEqual([404, 'trashed']);
    const trash = (await box.api('GET', '/folders/trash/items')).json.entries as Json[];
    const page = (await box.api('GET', '/folders/trash/items?usemarker=true&limit=1000')).json;
    expect(page.entries.map(({ id }) => id).toSorted()).toEqual(trash.map(({ id }) => id).toSorted());
    expect(page.next_marker).toBeNull();
    expect(trash.filter(({ id }) => id === top.id || id === inside.id)).toMatchObject([{ id: top.id }]);
    const blocker = await folder('Doomed');
    expect(code(await box.api('POST', `/folders/${top.id}`, {}))).toEqual([409, 'item_name_in_use']);
    expect((await box.api('POST', `/folders/${top.id}`, { name: 'saved' })).status).toBe(201);
    expect(readFileSync(join(box.root, 'saved', 'inside.txt'), 'utf8')).toBe('hello');
    expect(
      (await box.api('GET', `/files/${inside.id}`)).json.path_collection.entries.map((entry: Json) => entry.name),
    ).toEqual(['All Files', 'saved']);
    await box.api('DELETE', `/folders/${blocker.id}`);
    expect((await box.api('DELETE', `/folders/${blocker.id}/trash`)).status).toBe(204);
    expect((await box.api('GET', `/folders/${blocker.id}/trash`)).status).toBe(404);
  });
});

describe('a folder that a body names', () => {
  it.each(['abc', '-1', '1.5', ' 0', '9'.repeat(16)])('is no folder when its id is %j: 400', async (id) => {
    const { id: moving } = await folder(`moving ${id}`);
    const parent = { id };
    const answers = [
      await box.upload('x', hello, { parent: id }),
      await box.api('POST', '/folders', { name: 'x', parent }),
      await box.api('OPTIONS', '/files/content', { name: 'x', parent }),
      await box.api('PUT', `/folders/${moving}`, { parent }),
    ];
    expect(answers.map(code)).toEqual(answers.map(() => [400, 'bad_request']));
  });
});

describe('files', () => {
  it('move, rename, describe and take a new time', async () => {
    const target = await folder('target');
    const moving = await file('moving.txt');
    const change = { name: 'moved.txt', parent: { id: target.id }, content_modified_at: '1999-01-01T00:00:00Z' };
    const { json } = await box.api('PUT', `/files/${moving.id}`, change);
    expect(json).toMatchObject({
      name: 'moved.txt',
      content_modified_at: '1999-01-01T00:00:00+00:00',
      parent: { id: target.id },
    });
    expect(existsSync(join(box.root, 'target', 'moved.txt'))).toBe(true);
    await file('other.txt', target.id);
    const clash = await box.api('PUT', `/files/${moving.id}`, { name: 'OTHER.txt' });
    expect(code(clash)).toEqual([409, 'item_name_in_use']);
    expect(clash.json.context_info.conflicts.name).toBe('other.txt');
    expect((await box.api('GET', `/files/${moving.id}`, undefined, { 'if-none-match': '1' })).status).toBe(304);
    expect((await box.api('DELETE', `/files/${moving.id}`, undefined, { 'if-match': '0' })).status).toBe(412);
  });

  it('keep names the disk cannot hold, by another name on disk', async () => {
    const long = '漢'.repeat(255);
    const first = await file(long);
    expect(first.name).toBe(long);
    const twin = await file('漢'.repeat(254) + '字', '0', Buffer.from('twin'));
    expect((await box.api('GET', `/files/${first.id}/content`)).text).toBe('hello');
    expect((await box.api('GET', `/files/${twin.id}/content`)).text).toBe('twin');
    const state = await file('.boxcar-sandbox');
    expect(state.name).toBe('.boxcar-sandbox');
    expect((await box.api('GET', `/files/${state.id}/content`, undefined, { range: 'bytes=1-3' })).text).toBe('ell');
  });

  it('keep working below a path that the disk cannot hold', async () => {
    let parent = '0';
    for (let depth = 0; depth < 60; depth++) parent = (await folder(`${depth} ${'x'.repeat(100)}`, parent)).id;
    const deep = await file('deep.txt', parent);
    expect((await box.api('GET', `/files/${deep.id}/content`)).text).toBe('hello');
    expect((await box.api('GET', `/files/${deep.id}`)).json.path_collection.entries).toHaveLength(61);
  });

  it("never overwrite a file that isn't the sandbox's own", async () => {
    writeFileSync(join(box.root, 'foreign.txt'), 'mine');
    const uploaded = await file('foreign.txt');
    writeFileSync(join(box.root, 'FOREIGN twin.txt'), 'mine');
    const twin = await file('foreign twin.txt');
    expect((await box.api('PUT', `/files/${twin.id}`, { name: 'FOREIGN twin.txt' })).json.name).toBe(
      'FOREIGN twin.txt',
    );
    expect(readFileSync(join(box.root, 'FOREIGN twin.txt'), 'utf8')).toBe('mine');
    expect(readFileSync(join(box.root, 'foreign.txt'), 'utf8')).toBe('mine');
    expect((await box.api('GET', `/files/${uploaded.id}/content`)).text).toBe('hello');
  });

  it.each([
    ['bytes=0-1', 206, 'he', 'bytes 0-1/5'],
    ['bytes=3-', 206, 'lo', 'bytes 3-4/5'],
    ['bytes=3-99', 206, 'lo', 'bytes 3-4/5'],
    ['bytes=-2', 206, 'lo', 'bytes 3-4/5'],
    ['bytes=-99', 206, 'hello', 'bytes 0-4/5'],
    ['BYTES=1-1', 206, 'e', 'bytes 1-1/5'],
    ['bytes=5-', 416, undefined, 'bytes */5'],
    ['bytes=-0', 416, undefined, 'bytes */5'],
    ['bytes=3-2', 200, 'hello', undefined],
    ['bytes=0-1,3-4', 200, 'hello', undefined],
    ['lines=1-2', 200, 'hello', undefined],
  ])('come by the range %j with %i', async (range, status, text, contentRange) => {
    const { id } = await file(`by ${range}.txt`);
    const answer = await box.api('GET', `/files/${id}/content`, undefined, { range });
    expect([answer.status, answer.headers['content-range']]).toEqual([status, contentRange]);
    if (text !== undefined) expect(answer.text).toBe(text);
  });

  it('are not found where their bytes were cut, lengthened, removed or made a folder by hand', async () => {
    const changes: ((path: string) => void)[] = [
      (path) => writeFileSync(path, 'he'),
      (path) => writeFileSync(path, 'hello, and more'),
      (path) => rmSync(path),
      (path) => (rmSync(path), mkdirSync(path)),
    ];
    for (const [index, change] of changes.entries()) {
      const { id, name } = await file(`changed ${index}.txt`);
      change(join(box.root, name));
      expect(code(await box.api('GET', `/files/${id}/content`))).toEqual([404, 'not_found']);
      expect((await box.newVersion(id, hello)).status).toBe(200);
      expect((await box.api('GET', `/files/${id}/content`)).text).toBe('hello');
    }
  });

  it('leave a link alone that leads nowhere', async () => {
    const links = ['nowhere.txt', 'nowhere'].map((name) => join(box.root, name));
    for (const link of links) symlinkSync(join(box.root, 'not there'), link);
    const uploaded = await file('nowhere.txt');
    const inside = await file('inside.txt', (await folder('nowhere')).id);
    for (const { id } of [uploaded, inside]) expect((await box.api('GET', `/files/${id}/content`)).text).toBe('hello');
    expect(links.map((link) => readlinkSync(link))).toEqual(Array(2).fill(join(box.root, 'not there')));
  });
});

describe('a body that comes later than its headers', () => {
  it('renames a folder that was renamed meanwhile, with all that is in it', async () => {
    const { id } = await folder('late');
    const inside = await file('only copy.txt', id);
    const rename = sendLate(box, ['PUT', `/folders/${id}`, { name: 'late, slowly' }], (api) =>
      api('PUT', `/folders/${id}`, { name: 'late, quickly' }),
    );
    expect(await rename).toEqual([200, undefined]);
    expect((await box.api('GET', `/folders/${id}`)).json).toMatchObject({ name: 'late, slowly', etag: '2' });
    expect((await box.api('GET', `/files/${inside.id}/content`)).text).toBe('hello');
    expect(readdirSync(join(box.root, 'late, slowly'))).toEqual(['only copy.txt']);
  });

  it.each<[string, 'file' | 'folder', (id: string) => [string, string, object]]>([
    ['update-folder', 'folder', (id) => ['PUT', `/folders/${id}`, { name: 'back' }]],
    ['update-file', 'file', (id) => ['PUT', `/files/${id}`, { name: 'back' }]],
    ['create-version-session', 'file', (id) => ['POST', `/files/${id}/upload_sessions`, { file_size: 20_000_000 }]],
    ['preflight-version', 'file', (id) => ['OPTIONS', `/files/${id}/content`, { size: 1 }]],
  ])('of %s does nothing to a %s that was deleted meanwhile', async (route, kind, request) => {
    const { id } = await (kind === 'file' ? file(`${route}.txt`) : folder(route));
    const late = sendLate(box, request(id), (api) => api('DELETE', `/${kind}s/${id}`));
    expect(await late).toEqual([404, 'trashed']);
    expect((await box.api('GET', `/${kind}s/${id}/trash`)).json.id).toBe(id);
  });

  it('of restore does nothing to a file that was restored or deleted for good meanwhile', async () => {
    for (const meanwhile of ['POST', 'DELETE']) {
      const { id } = await file(`restored ${meanwhile}.txt`);
      await box.api('DELETE', `/files/${id}`);
      const late = sendLate(box, ['POST', `/files/${id}`, { name: 'twice.txt' }], (api) =>
        meanwhile === 'POST' ? api('POST', `/files/${id}`, {}) : api('DELETE', `/files/${id}/trash`),
      );
      expect(await late).toEqual([404, 'not_found']);
    }
  });
});

describe('events', () => {
  it('tell each change once, and wake a long poll', async () => {
    const { json: start } = await box.api('GET', '/events?stream_position=now');
    expect(start).toMatchObject({ chunk_size: 0, entries: [] });
    const { json: server } = await box.api('OPTIONS', '/events');
    expect(server.entries[0]).toMatchObject({ type: 'realtime_server', max_retries: '10', retry_timeout: 610 });
    const polled = box.send('GET', server.entries[0].url);
    const top = await folder('eventful');
    expect((await polled).json.message).toBe('new_change');
    const inside = await file('e.txt', top.id);
    await box.newVersion(inside.id, Buffer.from('v2'));
    await box.api('PUT', `/files/${inside.id}`, { name: 'f.txt' });
    await box.api('PUT', `/files/${inside.id}`, { parent: { id: '0' } });
    await box.api('DELETE', `/files/${inside.id}`);
    await box.api('POST', `/files/${inside.id}`, {});
    const types: string[] = [];
    let position = String(start.next_stream_position);
    for (let pages = 0; pages < 9; pages++) {
      const { json } = await box.api('GET', `/events?stream_position=${position}&limit=3`);
      types.push(...(json.entries as Json[]).map((event) => event.event_type));
      if (json.chunk_size === 0) break;
      position = String(json.next_stream_position);
    }
    expect(types).toEqual([
      ...['ITEM_CREATE', 'ITEM_UPLOAD', 'ITEM_UPLOAD', 'ITEM_RENAME', 'ITEM_MOVE'],
      ...['ITEM_TRASH', 'ITEM_UNDELETE_VIA_TRASH'],
    ]);
    const { json: all } = await box.api('GET', '/events?stream_position=0&limit=500');
    expect(new Set(all.entries.map((event: Json) => event.event_id)).size).toBe(all.chunk_size);
  });

  it('begin with the oldest where no position is named', async () => {
    await folder('of long ago');
    const oldest = (await box.api('GET', '/events?stream_position=0&limit=1')).json;
    expect(oldest.chunk_size).toBe(1);
    for (const query of ['limit=1', 'limit=1&stream_position=']) {
      expect((await box.api('GET', `/events?${query}`)).json).toEqual(oldest);
    }
  });
});
