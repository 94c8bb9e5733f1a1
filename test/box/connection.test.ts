// The way to Box over real sockets: tokens, retries, timeouts and what must never leave.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { onTestFinished, describe, expect, test } from 'vitest';
import type { BoxCall } from '../../main/box/call.ts';
import { connectBox, type CallPacer, type ConnectOptions } from '../../main/box/connection.ts';
import { BoxError } from '../../main/box/box-error.ts';
import { createFolder, getFolder } from '../../main/box/folders.ts';
import { uploadNewFile, type DirectContent } from '../../main/box/direct-upload.ts';
import { watchedBody } from '../../main/box/transport/watched-body.ts';
import { patient } from '../../main/box/patient.ts';
import { getCurrentUser } from '../../main/box/users.ts';
import { anySignal, problemOf, sha1Of, signInNeeded } from './box-fixture.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A bare server that answers as it is told. */
async function serverThat(handle: Handler): Promise<string> {
  let count = 0;
  const server = createServer((request, response) => handle(request, response, ++count));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function connectTo(base: string, more: Partial<ConnectOptions> = {}) {
  const connection = connectBox({
    endpoints: { api: base, upload: base, auth: base, authorize: base },
    token: { get: () => Promise.resolve('T1'), renew: () => Promise.reject(signInNeeded()) },
    retries: { backoffBaseMs: 1 },
    ...more,
  });
  onTestFinished(() => connection.dropConnections());
  return connection;
}

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const me = { id: 1, space_amount: '1.0e+18', space_used: 5.0, login: 'a@b' };
const options = () => ({ signal: anySignal() });
const drain = (request: IncomingMessage, done: () => void) => request.resume().on('end', done);

function upload(
  connection: ReturnType<typeof connectTo>,
  open: DirectContent['open'],
  sizeBytes: number,
  onProgress?: DirectContent['onProgress'],
) {
  const content = { sizeBytes, sha1: sha1Of(Buffer.alloc(0)), open, onProgress };
  return uploadNewFile(connection, { parentId: '0', name: 'n', content }, options());
}
async function* slices(count: number, bytes: number) {
  for (let i = 0; i < count; i += 1) yield await Promise.resolve(Buffer.alloc(bytes));
}

describe('a token', () => {
  test('that is refused is renewed once, and the body is sent again whole', async () => {
    const bodies: number[] = [];
    const base = await serverThat((request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => (bytes += chunk.length));
      request.on('end', () => {
        bodies.push(bytes);
        if (request.headers.authorization === 'Bearer T1') response.writeHead(401).end();
        else json(response, 201, { entries: [{ type: 'file', id: 3, name: 'n' }], total_count: 1 });
      });
    });
    const refused: string[] = [];
    const token = {
      get: () => Promise.resolve('T1'),
      renew: (old: string) => {
        refused.push(old);
        return Promise.resolve('T2');
      },
    };
    const file = await upload(connectTo(base, { token }), () => slices(3, 100_000), 300_000);
    expect(file.id).toBe('3');
    expect(refused).toEqual(['T1']);
    expect(bodies[0]).toBe(bodies[1]);
    expect(bodies[0]).toBeGreaterThan(300_000);
  });

  test('that is the only one is tried once more, and refused twice asks to sign in', async () => {
    let refusals = 1;
    const base = await serverThat((_, response) => {
      if (refusals-- > 0) response.writeHead(401).end();
      else json(response, 200, me);
    });
    const token = {
      get: () => Promise.resolve('T1'),
      renew: (old: string, _: AbortSignal, twice = false) =>
        twice ? Promise.reject(new Error('sign in')) : Promise.resolve(old),
    };
    expect(await getCurrentUser(connectTo(base, { token }), options())).toMatchObject({ id: '1' });
    refusals = 2;
    await expect(getCurrentUser(connectTo(base, { token }), options())).rejects.toThrow();
    expect(refusals).toBe(0);
  });

  test('refused a second time asks to sign in', async () => {
    const base = await serverThat((_, response) => response.writeHead(401).end());
    const token = { get: () => Promise.resolve('T1'), renew: () => Promise.resolve('T2') };
    expect(await problemOf(getCurrentUser(connectTo(base, { token }), options()))).toBe('account.sign-in');
  });

  test('never leaves for another host, by redirect or by URL', async () => {
    const stolen: (string | undefined)[] = [];
    const foreign = await serverThat((request, response) => {
      stolen.push(request.headers.authorization);
      json(response, 200, me);
    });
    const base = await serverThat((_, response) => response.writeHead(302, { location: `${foreign}/x` }).end());
    const connection = connectTo(base, { retries: { attempts: 1 } });
    expect(await problemOf(getCurrentUser(connection, options()))).toBe('network.not-box');
    const box = connectTo('https://api.box.com/2.0');
    const call: BoxCall = {
      operation: 'x',
      area: 'item',
      method: 'GET',
      url: foreign,
      retry: 'once',
      signal: anySignal(),
    };
    for (const url of [foreign, 'https://box.com.evil.example/x', 'http://api.box.com/2.0/x']) {
      expect(await problemOf(box.request({ ...call, url }))).toBe('network.foreign-host');
    }
    expect(stolen).toEqual([]);
  });

  describe('appears in no error', () => {
    const token = 'v2.Tk-3mN_9qXw';
    const page = `<html><h1>Blocked</h1><pre>GET /users/me\nAuthorization: Bearer ${token}\nX-Seen: ${token}</pre>`;
    const before = 'x'.repeat(490);
    const answers: [said: string, status: number, type: string, body: string, headers?: Record<string, string>][] = [
      ['a code', 400, 'application/json', JSON.stringify({ code: `bad_${token}`, message: 'no' })],
      ['a message', 400, 'application/json', JSON.stringify({ message: `authorization: Bearer ${token}` })],
      ['a message that names it alone', 400, 'application/json', JSON.stringify({ message: `seen: ${token}` })],
      ['the cut of a long one', 400, 'application/json', JSON.stringify({ message: `${before} ${token}` })],
      ['a request id', 400, 'application/json', JSON.stringify({ message: 'no', request_id: token })],
      ['a page of 502', 502, 'text/html', page],
      ['a page of 401', 401, 'text/html', page],
      ['a page of 200', 200, 'text/html', page],
      ['a header', 500, 'text/plain', '', { 'box-request-id': token }],
    ];
    test.each(answers)('that gives it back in %s', async (_, status, type, body, headers = {}) => {
      const base = await serverThat((_request, response) =>
        response.writeHead(status, { 'content-type': type, ...headers }).end(body),
      );
      const renew = () => Promise.resolve(token);
      const connection = connectTo(base, {
        token: { get: () => Promise.resolve(token), renew },
        retries: { attempts: 1 },
      });
      const error = await getCurrentUser(connection, options()).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BoxError);
      const told = JSON.stringify((error as BoxError).problem) + String(error);
      for (const piece of [token, token.slice(0, 6), token.slice(-6)]) expect(told).not.toContain(piece);
    });
  });
});

describe('a call that may be repeated', () => {
  test('survives resets, 500, HTML and a rate limit, and obeys Retry-After', async () => {
    const base = await serverThat((request, response, count) => {
      if (count === 1) request.socket.destroy();
      else if (count === 2) response.writeHead(500).end();
      else if (count === 3) response.writeHead(502).end('<html>');
      else if (count === 4) response.writeHead(429, { 'Retry-After': '0' }).end();
      else json(response, 200, me);
    });
    const slowed: string[] = [];
    const passed: string[] = [];
    const pacer: CallPacer = {
      before: () => Promise.resolve(),
      slowDown: ({ host }) => void slowed.push(host),
      passed: ({ host, kind }) => void passed.push(`${kind} ${host}`),
    };
    const user = await getCurrentUser(connectTo(base, { pacer }), options());
    expect(user).toMatchObject({ id: '1', spaceBytes: 1e18, spaceUsedBytes: 5 });
    expect(slowed).toEqual([new URL(base).host]);
    expect(passed).toEqual([`call ${new URL(base).host}`]);
  });

  test('survives answers without a body and of another shape', async () => {
    const base = await serverThat((request, response, count) => {
      if (count === 1) response.writeHead(204).end();
      else if (count === 2) json(response, 200, { ok: true });
      else json(response, 200, me);
    });
    expect((await getCurrentUser(connectTo(base), options())).login).toBe('a@b');
  });

  test('making a folder whose answer has no body takes the folder that was made', async () => {
    const folder = { type: 'folder', id: '7', name: 'new' };
    const base = await serverThat((request, response, count) =>
      drain(request, () => {
        if (count === 1) response.writeHead(204).end();
        else if (request.method === 'GET') json(response, 200, folder);
        else json(response, 409, { code: 'item_name_in_use', context_info: { conflicts: [folder] } });
      }),
    );
    expect((await createFolder(connectTo(base), { parentId: '0', name: 'new' }, options())).id).toBe('7');
  });

  test('a server that takes a GET and says nothing is asked again', async () => {
    const base = await serverThat((request, response, count) => {
      if (count > 1) json(response, 200, me);
    });
    const connection = connectTo(base, { timeouts: { quickHeadersMs: 50 } });
    expect((await getCurrentUser(connection, options())).login).toBe('a@b');
  });

  test('making a folder that is never answered is asked again, though that took all the time there was', async () => {
    const folder = { type: 'folder', id: '7', name: 'new' };
    const base = await serverThat((request, response, count) =>
      drain(request, () => {
        if (count > 1) json(response, 201, folder);
      }),
    );
    const connection = connectTo(base, {
      timeouts: { quickHeadersMs: 50 },
      retries: { backoffBaseMs: 1, withinMs: 40 },
    });
    expect((await createFolder(connection, { parentId: '0', name: 'new' }, options())).id).toBe('7');
  });

  test('waits as long as Box asks, where it was told to', async () => {
    let limited = true;
    const base = await serverThat((request, response) => {
      if (limited) response.writeHead(429, { 'retry-after': '1' }).end();
      else json(response, 200, me);
      limited = false;
    });
    const connection = connectTo(base, { retries: { backoffBaseMs: 1, withinMs: 900 } });
    const error = await getCurrentUser(connection, options()).catch((thrown: unknown) => thrown);
    expect((error as BoxError).retryAfterMs).toBe(1000);
    limited = true;
    expect((await getCurrentUser(patient(connection), options())).login).toBe('a@b');
  });

  test('ends after five tries, or at once when the wait is out of bounds', async () => {
    let asked = 0;
    const base = await serverThat((_, response) => {
      asked += 1;
      response.writeHead(503).end();
    });
    expect(await problemOf(getCurrentUser(connectTo(base), options()))).toBe('box.unavailable');
    expect(asked).toBe(5);
    const slow = await serverThat((_, response) => response.writeHead(503, { 'retry-after': '7200' }).end());
    const error = await getCurrentUser(connectTo(slow), options()).catch((thrown: unknown) => thrown);
    expect((error as BoxError).retryAfterMs).toBe(7_200_000);
  });

  test('is not repeated when nobody answers', async () => {
    const connection = connectTo('http://127.0.0.1:9');
    expect(await problemOf(getCurrentUser(connection, options()))).toBe('network.unreachable');
  });

  test('ends with the reason of its signal, also between two tries', async () => {
    const stop = new AbortController();
    const base = await serverThat((_, response) => {
      response.writeHead(503, { 'retry-after': '60' }).end();
      setImmediate(() => stop.abort(new Error('enough')));
    });
    await expect(getCurrentUser(connectTo(base), { signal: stop.signal })).rejects.toThrow('enough');
  });
});

describe('headers', () => {
  test('of the connection and of the call go along, the query stays what Box gave', async () => {
    let seen: IncomingMessage | undefined;
    const base = await serverThat((request, response) => {
      seen = request;
      drain(request, () => json(response, 201, { type: 'file', id: 'f', name: 'bare' }));
    });
    const connection = connectTo(base, { headers: { 'As-User': '7', 'X-A': '1' }, userAgent: 'Test/1' });
    const content = { sizeBytes: 0, sha1: 'abc', open: () => slices(0, 0) };
    const args = { parentId: '0', name: 'n', content, uploadUrl: `${base}/up?protected_params=p%2Fq` };
    const file = await uploadNewFile(connection, args, { ...options(), headers: { 'x-a': '2' }, fields: ['id'] });
    expect(file.name).toBe('bare');
    expect(seen!.headers).toMatchObject({ 'as-user': '7', 'x-a': '2', 'user-agent': 'Test/1', 'content-md5': 'abc' });
    expect(seen!.headers['content-length']).toMatch(/^\d+$/);
    expect(new URL(seen!.url!, base).searchParams.get('protected_params')).toBe('p/q');
    expect(new URL(seen!.url!, base).searchParams.get('fields')).toBe('id');
  });

  test('of the answer tell the clock of the server', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    const base = await serverThat((_, response) => json(response, 200, me, { date }));
    const connection = connectTo(base);
    await getCurrentUser(connection, options());
    expect(Math.abs(connection.serverTimeOffsetMs - 3_600_000)).toBeLessThan(5000);
  });
});

describe('a body', () => {
  test('that the server does not take ends as stalled, and a slow source does not', async () => {
    const base = await serverThat((request, response, count) => {
      if (count === 1) request.pause();
      else drain(request, () => json(response, 201, { type: 'file', id: 'f', name: 'n' }));
    });
    const connection = connectTo(base, { timeouts: { stallMs: 500 } });
    expect(await problemOf(upload(connection, () => slices(200, 2 ** 20), 200 * 2 ** 20))).toBe('network.stalled');
    async function* slow() {
      for (let i = 0; i < 3; i += 1) {
        await new Promise((resolve) => setTimeout(resolve, 600));
        yield Buffer.alloc(10);
      }
    }
    expect((await upload(connection, slow, 30)).id).toBe('f');
  });

  test.each([2, 4])('of another length than announced is a change of the content (%i slices)', async (count) => {
    const base = await serverThat((request, response) => drain(request, () => json(response, 201, {})));
    expect(await problemOf(upload(connectTo(base), () => slices(count, 10), 30))).toBe('local.changed');
  });

  test.each([0, 1, 20_000, 70_000, 300_000])('of %i bytes that are in memory arrives as it is', async (sizeBytes) => {
    const received: Buffer[] = [];
    const base = await serverThat((request, response) => {
      request.on('data', (chunk: Buffer) => received.push(chunk));
      request.on('end', () => json(response, 201, { type: 'file', id: 'f', name: 'n' }));
    });
    // A view into a larger buffer, as slices of files are.
    const bytes = Buffer.from(Array.from({ length: sizeBytes + 8 }, (_, at) => at % 251)).subarray(8);
    const told: number[] = [];
    expect(
      (
        await upload(
          connectTo(base),
          () => bytes,
          sizeBytes,
          (sent) => told.push(sent),
        )
      ).id,
    ).toBe('f');
    const form = Buffer.concat(received);
    const from = form.indexOf('application/octet-stream\r\n\r\n') + 'application/octet-stream\r\n\r\n'.length;
    expect(form.subarray(from, from + sizeBytes).equals(bytes)).toBe(true);
    expect(form.subarray(from + sizeBytes).toString()).toMatch(/^\r\n--boxcar-[^\r]+--\r\n$/);
    expect(told.at(-1)).toBe(sizeBytes);
  });

  test.each([29, 31])('in memory of another length than announced is a change of the content (%i)', async (length) => {
    const base = await serverThat((request, response) => drain(request, () => json(response, 201, {})));
    expect(await problemOf(upload(connectTo(base), () => Buffer.alloc(length), 30))).toBe('local.changed');
  });

  test('whose source fails rejects with the failure of the source', async () => {
    const base = await serverThat((request, response) => drain(request, () => json(response, 201, {})));
    async function* broken() {
      yield await Promise.resolve(Buffer.alloc(10));
      throw signInNeeded();
    }
    expect(await problemOf(upload(connectTo(base), broken, 30))).toBe('account.sign-in');
  });

  test('whose slices are used again by the source stays as it was for the socket that still holds them', async () => {
    async function* reusing() {
      const small = Buffer.alloc(1000);
      for (let i = 0; i < 5; i += 1) yield await Promise.resolve(small.fill(i));
    }
    const body = { contentType: '', sizeBytes: 5000, open: reusing };
    const held: Uint8Array[] = [];
    for await (const slice of watchedBody(body, 60_000, () => undefined)) held.push(slice);
    expect(held.map((slice) => slice[999])).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('an answer', () => {
  test('of a captive portal is not taken for one of Box', async () => {
    const base = await serverThat((_, response) => response.end('<html>Welcome to the hotel</html>'));
    const error = await getFolder(connectTo(base), '0', options()).catch((thrown: unknown) => thrown);
    expect((error as BoxError).problem).toMatchObject({ code: 'network.not-box' });
    expect(String(error)).toContain('hotel');
  });

  test('of another shape is told with the place where it differs', async () => {
    const base = await serverThat((_, response) => json(response, 200, { type: 'folder', id: [] }));
    const error = await getFolder(connectTo(base), '0', options()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BoxError);
    expect((error as BoxError).problem.detail).toContain('id');
    expect((error as BoxError).ambiguous).toBe(true);
  });

  test.each([
    ['gzip', gzipSync],
    ['X-GZip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity, gzip', gzipSync],
    ['deflate, gzip', (text: string) => gzipSync(deflateSync(text))],
  ])('that is packed (%s) is read, since no request forbids it', async (encoding, pack) => {
    const base = await serverThat((_, response) =>
      response.setHeader('content-encoding', encoding).end(pack(JSON.stringify(me))),
    );
    expect(await getCurrentUser(connectTo(base), options())).toMatchObject({ login: 'a@b' });
  });

  test('that packs an error is the error', async () => {
    const body = gzipSync(JSON.stringify({ code: 'trashed', message: 'in the trash' }));
    const base = await serverThat((_, response) => response.writeHead(404, { 'content-encoding': 'gzip' }).end(body));
    expect(await problemOf(getFolder(connectTo(base), '7', options()))).toBe('target.trashed');
  });

  test.each([
    ['gzip', gzipSync(JSON.stringify(me)).subarray(0, 20)],
    ['gzip', Buffer.from('no gzip at all')],
    ['sdch', Buffer.from(JSON.stringify(me))],
    ['gzip', gzipSync(Buffer.alloc(33 * 2 ** 20, 32))],
  ])('whose packing (%s) can not be undone says so', async (encoding, body) => {
    const base = await serverThat((_, response) => response.setHeader('content-encoding', encoding).end(body));
    const connection = connectTo(base, { retries: { attempts: 1 } });
    const error = await getCurrentUser(connection, options()).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(`content encoding ${encoding}`);
  });

  test('longer than 32 MiB is not read to its end', async () => {
    const base = await serverThat((_, response) => {
      const chunk = Buffer.alloc(2 ** 20, 32);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    const connection = connectTo(base, { retries: { attempts: 1 } });
    expect(await problemOf(getCurrentUser(connection, options()))).toBe('network.interrupted');
  });
});

test('connections that were dropped are opened again', async () => {
  const base = await serverThat((_, response) => json(response, 200, me));
  const connection = connectTo(base);
  await getCurrentUser(connection, options());
  await connection.dropConnections();
  expect((await getCurrentUser(connection, options())).id).toBe('1');
});
