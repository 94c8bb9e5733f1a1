// The rules of upload sessions, one by one, over bare HTTP.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf, endBox, openBox, sendWithoutLength, sha1Hex, type Json, type TestBox } from './raw-client.ts';

const partBytes = 64 * 1024;
const bytes = randomBytes(partBytes * 2 + 1000);
let box: TestBox;
let names = 0;

const freshName = (): string => `file-${++names}.bin`;
const open = async (name = freshName(), size = bytes.length): Promise<Json> => {
  const { json } = await box.openSession(name, size);
  return { ...json, total_bytes: size };
};
const part = (index: number): Buffer => bytes.subarray(index * partBytes, (index + 1) * partBytes);
const code = (answer: { status: number; json: Json }): [number, string] => [answer.status, answer.json.code];

beforeAll(async () => {
  box = await openBox({ partSize: '64KiB', minSessionFile: 1 });
});
afterAll(() => endBox(box));

describe('creating a session', () => {
  const create = (body: unknown): Promise<[number, string]> =>
    box.send('POST', `${box.ready.upload}/files/upload_sessions`, body).then(code);
  const good = { folder_id: '0', file_size: 100_000, file_name: 'new.bin' };

  it.each([
    [{ ...good, folder_id: undefined }, 400, 'missing_destination'],
    [{ ...good, folder_id: 'abc' }, 400, 'invalid_folder_id'],
    [{ ...good, folder_id: '999' }, 404, 'invalid_parameter'],
    [{ ...good, file_size: undefined }, 400, 'missing_file_size'],
    [{ ...good, file_size: -1 }, 400, 'invalid_file_size'],
    [{ ...good, file_size: 1.5 }, 400, 'invalid_file_size'],
    [{ ...good, file_size: '100000' }, 400, 'invalid_file_size'],
    [{ ...good, file_size: 0 }, 400, 'file_size_too_small'],
    [{ ...good, file_name: undefined }, 400, 'missing_file_name'],
    [{ ...good, file_name: 'a/b' }, 400, 'item_name_invalid'],
    [{ ...good, file_name: 'trailing ' }, 400, 'item_name_invalid'],
    [{ ...good, file_name: 'x'.repeat(256) }, 400, 'item_name_too_long'],
    ['not json', 400, 'bad_request'],
  ])('refuses %j with %i %s', async (body, status, expected) => {
    expect(await create(body)).toEqual([status, expected]);
  });

  it('describes the session, with endpoints on the port it listens on', async () => {
    const { status, json } = await box.openSession(freshName(), 100_000);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      type: 'upload_session',
      part_size: partBytes,
      total_parts: 2,
      num_parts_processed: 0,
    });
    expect(json.id).toMatch(/^[0-9A-F]{32}$/);
    const lifeMs = Date.parse(json.session_expires_at) - Date.now();
    expect(lifeMs).toBeGreaterThan(6.99 * 24 * 3600 * 1000);
    const url = `http://127.0.0.1:${box.ready.port}/api/2.0/files/upload_sessions/${json.id}`;
    expect(json.session_endpoints).toEqual({
      upload_part: url,
      commit: `${url}/commit`,
      abort: url,
      list_parts: `${url}/parts`,
      status: url,
      log_event: `${url}/log`,
    });
    expect((await box.send('POST', `${url}/log`, { event_type: 'x' })).status).toBe(204);
    expect((await box.api('GET', `/files/upload_sessions/${json.id}`)).json).toEqual(json);
  });

  it('tells a taken name with one conflict object, for a file and for a folder', async () => {
    const file = (await box.upload('Taken.bin', Buffer.from('x'))).json.entries[0];
    const byFile = await box.openSession('tAKEN.bin', 100_000);
    expect(code(byFile)).toEqual([409, 'item_name_in_use']);
    expect(byFile.json.context_info.conflicts).toEqual({
      type: 'file',
      id: file.id,
      sequence_id: '0',
      etag: '0',
      name: 'Taken.bin',
      sha1: sha1Hex(Buffer.from('x')),
      file_version: { type: 'file_version', id: file.file_version.id, sha1: file.sha1 },
    });
    await box.api('POST', '/folders', { name: 'Folder', parent: { id: '0' } });
    const byFolder = await box.openSession('folder', 100_000);
    expect(byFolder.json.context_info.conflicts).toMatchObject({ type: 'folder', name: 'Folder' });
  });

  it('refuses files below 20,000,000 bytes by default', async () => {
    const strict = await openBox();
    expect(code(await strict.openSession('a', 19_999_999))).toEqual([400, 'file_size_too_small']);
    expect((await strict.openSession('a', 20_000_000)).json).toMatchObject({ part_size: 8_388_608, total_parts: 3 });
    await endBox(strict);
  });
});

describe('uploading parts', () => {
  it('stores a part and says what it stored', async () => {
    const session = await open();
    const answer = await box.putPart(session, part(0), 0);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      part: {
        part_id: expect.stringMatching(/^[0-9A-F]{8}$/) as unknown,
        offset: 0,
        size: partBytes,
        sha1: sha1Hex(part(0)),
      },
    });
  });

  it('takes parts in any order and at once, and the digest in upper case', async () => {
    const session = await open();
    const answers = await Promise.all(
      [2, 0, 1].map((index) =>
        box.putPart(session, part(index), index * partBytes, { digest: digestOf(part(index)).replace('sha=', 'SHA=') }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const list = await box.send('GET', session.session_endpoints.list_parts);
    expect(list.json.entries.map((entry: Json) => entry.offset)).toEqual([0, partBytes, 2 * partBytes]);
  });

  it.each([
    ['off the grid', 1, 64 * 1024, undefined, 416, 'range_not_satisfiable'],
    ['shorter than a cell', 0, 100, undefined, 416, 'range_not_satisfiable'],
    ['longer than a cell', 0, 64 * 1024 + 1, undefined, 416, 'range_not_satisfiable'],
    ['with another total', 0, 64 * 1024, `bytes 0-65535/99999999`, 416, 'range_not_satisfiable'],
    ['with no range', 0, 100, 'nonsense', 400, 'bad_request'],
    ['with an empty range at the end (boxcli#102)', 0, 0, `bytes 132072-132071/132072`, 400, 'bad_request'],
    ['with a length that is not the range', 0, 100, `bytes 0-65535/132072`, 400, 'request_size_mismatch'],
  ])('refuses a part %s', async (_what, offset, length, range, status, expected) => {
    const session = await open();
    const body = bytes.subarray(offset, offset + length);
    const answer = await box.putPart(session, body, offset, range === undefined ? {} : { 'content-range': range });
    expect(code(answer)).toEqual([status, expected]);
  });

  it('refuses a digest that is missing, malformed or wrong, and stores nothing', async () => {
    const session = await open();
    expect(code(await box.putPart(session, part(0), 0, { digest: sha1Hex(part(0)) }))).toEqual([400, 'bad_request']);
    const wrong = await box.putPart(session, part(0), 0, { digest: digestOf(part(1)) });
    expect(code(wrong)).toEqual([400, 'digest_mismatch']);
    expect(wrong.json.message).toContain(digestOf(part(0)));
    expect((await box.send('GET', session.session_endpoints.list_parts)).json.total_count).toBe(0);
    expect((await box.putPart(session, part(0), 0)).status).toBe(200);
  });

  it('refuses a second part in the same place, naming the first', async () => {
    const session = await open();
    const stored = (await box.putPart(session, part(1), partBytes)).json.part;
    const again = await box.putPart(session, part(1), partBytes);
    expect(code(again)).toEqual([416, 'range_overlaps_existing_part']);
    expect(again.json.message).toBe(
      `Part overlaps with previously uploaded part {"id":"${stored.part_id}","offset":${partBytes},"size":${partBytes}}`,
    );
  });

  it('answers 411 to a part of no declared length', async () => {
    const session = await open();
    const answer = await sendWithoutLength(box, 'PUT', session.session_endpoints.upload_part, {
      digest: digestOf(part(0)),
      'content-range': `bytes 0-${partBytes - 1}/${bytes.length}`,
    });
    expect(answer).toEqual([411, 'length_required']);
  });

  it('drops a body that breaks off, and takes the part afterwards', async () => {
    const session = await open();
    await new Promise<void>((resolve) => {
      const request = httpRequest(session.session_endpoints.upload_part, {
        method: 'PUT',
        headers: {
          authorization: `Bearer ${box.ready.token}`,
          digest: digestOf(part(0)),
          'content-length': String(partBytes),
          'content-range': `bytes 0-${partBytes - 1}/${bytes.length}`,
        },
      });
      request.on('error', () => resolve());
      request.on('close', () => resolve());
      request.write(part(0).subarray(0, 30_000), () => request.destroy());
    });
    // The cell is free again once the sandbox has seen the connection end; until then it answers 409.
    await expect.poll(async () => (await box.putPart(session, part(0), 0)).status).toBe(200);
    const parts = [(await box.send('GET', session.session_endpoints.list_parts)).json.entries[0]];
    for (const index of [1, 2]) parts.push((await box.putPart(session, part(index), index * partBytes)).json.part);
    expect((await box.commit(session, bytes, parts)).json.entries[0].sha1).toBe(sha1Hex(bytes));
  });

  it('keeps zeros sparse but never lets an earlier body shine through', async () => {
    const zeros = Buffer.alloc(bytes.length);
    const session = await open();
    expect((await box.putPart(session, part(0), 0, { digest: digestOf(part(1)) })).status).toBe(400);
    const parts = await box.putAll(session, zeros);
    const { json } = await box.commit(session, zeros, parts);
    expect(json.entries[0].sha1).toBe(sha1Hex(zeros));
    const { blocks } = statSync(join(box.root, json.entries[0].name));
    expect(blocks * 512).toBeLessThan(zeros.length);
  });
});

describe('listing parts', () => {
  it('pages through what has arrived', async () => {
    const session = await open();
    await box.putAll(session, bytes);
    const url = session.session_endpoints.list_parts;
    const second = (await box.send('GET', `${url}?offset=1&limit=1`)).json;
    expect(second).toMatchObject({ offset: 1, limit: 1, total_count: 3, entries: [{ offset: partBytes }] });
    expect(code(await box.send('GET', `${url}?limit=1001`))).toEqual([400, 'invalid_limit']);
    expect(code(await box.send('GET', `${url}?offset=10001`))).toEqual([400, 'invalid_offset']);
    expect((await box.send('GET', `${url}?offset=10000`)).json.entries).toEqual([]);
  });
});

describe('committing', () => {
  it('makes the file, with its times, from parts in any order', async () => {
    const name = freshName();
    const session = await open(name);
    const parts = await box.putAll(session, bytes);
    const bare = parts.toReversed().map(({ part_id, offset, size }: Json) => ({ part_id, offset, size }) as Json);
    const attributes = {
      content_modified_at: '2020-02-03T04:05:06.789+02:00',
      content_created_at: '2019-01-01T00:00:00Z',
    };
    const { status, json } = await box.commit(session, bytes, bare, { attributes });
    expect(status).toBe(201);
    expect(json.total_count).toBe(1);
    expect(json.entries[0]).toMatchObject({
      type: 'file',
      name,
      etag: '0',
      size: bytes.length,
      sha1: sha1Hex(bytes),
      content_modified_at: '2020-02-03T02:05:06+00:00',
      content_created_at: '2019-01-01T00:00:00+00:00',
    });
    expect(readFileSync(join(box.root, name)).equals(bytes)).toBe(true);
  });

  it('is done once: afterwards the session is gone, and may be aborted once without harm', async () => {
    const name = freshName();
    const session = await open(name);
    const parts = await box.putAll(session, bytes);
    expect((await box.commit(session, bytes, parts)).status).toBe(201);
    expect(code(await box.commit(session, bytes, parts))).toEqual([404, 'not_found']);
    expect((await box.send('GET', session.session_endpoints.status)).status).toBe(404);
    expect((await box.putPart(session, part(0), 0)).status).toBe(404);
    expect((await box.send('DELETE', session.session_endpoints.abort)).status).toBe(204);
    expect((await box.send('DELETE', session.session_endpoints.abort)).status).toBe(404);
    expect(existsSync(join(box.root, name))).toBe(true);
  });

  it('refuses missing, unknown, altered and doubled parts', async () => {
    const session = await open();
    const parts = await box.putAll(session, bytes);
    const [first, second, third] = parts as [Json, Json, Json];
    const commit = (list: Json[]): Promise<[number, string]> => box.commit(session, bytes, list).then(code);
    expect(await commit(parts.slice(1))).toEqual([400, 'parts_mismatch']);
    expect(await commit([{ ...first, part_id: 'FFFFFFFF' }, ...parts.slice(1)])).toEqual([400, 'parts_mismatch']);
    expect(await commit([{ ...first, sha1: second.sha1 }, ...parts.slice(1)])).toEqual([400, 'parts_mismatch']);
    expect(await commit([first, first, third])).toEqual([400, 'parts_mismatch']);
    expect(await commit([])).toEqual([400, 'parts_mismatch']);
    const unlisted = await box.send('POST', session.session_endpoints.commit, {}, { digest: digestOf(bytes) });
    expect(code(unlisted)).toEqual([400, 'bad_request']);
    expect((await box.commit(session, bytes, parts)).status).toBe(201);
  });

  it('refuses another digest, and takes the right one afterwards', async () => {
    const session = await open();
    const parts = await box.putAll(session, bytes);
    const wrong = await box.commit(session, bytes, parts, { headers: { digest: digestOf(part(0)) } });
    expect(code(wrong)).toEqual([400, 'digest_mismatch']);
    expect(wrong.json.message).toContain(digestOf(bytes));
    expect((await box.commit(session, bytes, parts)).status).toBe(201);
  });

  it('tells a name taken since the session began', async () => {
    const name = freshName();
    const session = await open(name);
    const parts = await box.putAll(session, bytes);
    const { json } = await box.upload(name, Buffer.from('first'));
    const late = await box.commit(session, bytes, parts);
    expect(code(late)).toEqual([409, 'item_name_in_use']);
    expect(late.json.context_info.conflicts.id).toBe(json.entries[0].id);
  });

  it('answers 202 as often as told, with nothing but Retry-After, while parts are processed', async () => {
    const slow = await openBox({ partSize: '64KiB', minSessionFile: 1, commitRounds: 2 });
    const session = (await slow.openSession('slow.bin', bytes.length)).json;
    const parts = await slow.putAll(session, bytes);
    const processed: number[] = [];
    for (let round = 0; round < 2; round++) {
      const answer = await slow.commit(session, bytes, parts);
      expect([answer.status, answer.text, answer.headers['retry-after']]).toEqual([202, '', '1']);
      processed.push((await slow.send('GET', session.session_endpoints.status)).json.num_parts_processed);
    }
    expect(processed).toEqual([1, 3]);
    expect((await slow.commit(session, bytes, parts)).status).toBe(201);
    await endBox(slow);
  });
});

describe('a session for a new version', () => {
  it('keeps the old content as a version, and renames when asked', async () => {
    const name = freshName();
    const first = (await box.upload(name, Buffer.from('first'))).json.entries[0];
    const url = `${box.ready.upload}/files/${first.id}/upload_sessions`;
    const session = (await box.send('POST', url, { file_size: bytes.length, file_name: 'renamed-' + name })).json;
    const parts = await box.putAll(session, bytes);
    const stale = await box.commit(session, bytes, parts, { headers: { 'if-match': '7' } });
    expect(code(stale)).toEqual([412, 'precondition_failed']);
    const same = await box.commit(session, bytes, parts, { headers: { 'if-none-match': String(first.etag) } });
    expect(same.status).toBe(412);
    const { status, json } = await box.commit(session, bytes, parts, { headers: { 'if-match': String(first.etag) } });
    expect(status).toBe(201);
    expect(json.entries[0]).toMatchObject({ id: first.id, etag: '1', name: 'renamed-' + name, sha1: sha1Hex(bytes) });
    expect(json.entries[0].file_version.id).not.toBe(first.file_version.id);
    expect(existsSync(join(box.root, name))).toBe(false);
    const versions = (await box.api('GET', `/files/${first.id}/versions`)).json;
    expect(versions).toMatchObject({
      total_count: 1,
      entries: [{ id: first.file_version.id, sha1: first.sha1, size: 5, name }],
    });
    const old = await box.api('GET', `/files/${first.id}/content?version=${first.file_version.id}`);
    expect(old.text).toBe('first');
  });

  it('keeps a name that the file got meanwhile where the session has none, or null', async () => {
    const first = (await box.upload(freshName(), Buffer.from('first'))).json.entries[0];
    const url = `${box.ready.upload}/files/${first.id}/upload_sessions`;
    const session = (await box.send('POST', url, { file_size: bytes.length, file_name: null })).json;
    const parts = await box.putAll(session, bytes);
    const name = freshName();
    await box.api('PUT', `/files/${first.id}`, { name });
    expect((await box.commit(session, bytes, parts)).json.entries[0].name).toBe(name);
  });
});

describe('the end of a session', () => {
  it('abort drops the bytes, once', async () => {
    const session = await open();
    await box.putPart(session, part(0), 0);
    expect((await box.send('DELETE', session.session_endpoints.abort)).status).toBe(204);
    expect(code(await box.send('DELETE', session.session_endpoints.abort))).toEqual([404, 'not_found']);
    expect(code(await box.putPart(session, part(1), partBytes))).toEqual([404, 'not_found']);
    expect(readdirSync(join(box.root, '.boxcar-sandbox', 'sessions'))).not.toContain(session.id);
  });

  it('abort and commit at once: the session is committed or gone, and the sandbox has no error of its own', async () => {
    for (let round = 0; round < 20; round++) {
      const session = await open();
      const parts = await box.putAll(session, bytes);
      const commit = box.commit(session, bytes, parts).then(({ status }) => status);
      const abort = box.send('DELETE', session.session_endpoints.abort).then(({ status }) => status);
      expect([201, 404]).toContain(await commit);
      expect(await abort).toBe(204);
    }
  });

  it('answers 400 to an id that is none', async () => {
    expect(code(await box.api('GET', '/files/upload_sessions/no-id'))).toEqual([400, 'invalid_upload_session_id']);
    expect(code(await box.api('GET', `/files/upload_sessions/${'A'.repeat(32)}`))).toEqual([404, 'not_found']);
  });

  it('answers 410 once it has expired', async () => {
    const short = await openBox({ partSize: '64KiB', minSessionFile: 1, sessionSeconds: 1 });
    const session = { ...(await short.openSession('short.bin', bytes.length)).json, total_bytes: bytes.length };
    await expect
      .poll(async () => code(await short.send('GET', session.session_endpoints.status)), { timeout: 10_000 })
      .toEqual([410, 'session_expired']);
    expect(code(await short.putPart(session, part(0), 0))).toEqual([410, 'session_expired']);
    expect(code(await short.commit(session, bytes, []))).toEqual([410, 'session_expired']);
    expect(code(await short.send('DELETE', session.session_endpoints.abort))).toEqual([410, 'session_expired']);
    await endBox(short);
  });

  it('answers session_conflict to a second one where that is switched on', async () => {
    const strict = await openBox({ partSize: '64KiB', minSessionFile: 1, sessionConflict: true });
    const first = (await strict.openSession('one.bin', bytes.length)).json;
    const second = await strict.openSession('ONE.bin', bytes.length);
    expect(code(second)).toEqual([409, 'session_conflict']);
    expect(second.json.context_info.session).toEqual(first);
    await strict.send('DELETE', first.session_endpoints.abort);
    expect((await strict.openSession('one.bin', bytes.length)).status).toBe(201);
    await endBox(strict);
    expect((await box.openSession('twice.bin', bytes.length)).status).toBe(201);
    expect((await box.openSession('twice.bin', bytes.length)).status).toBe(201);
  });
});
