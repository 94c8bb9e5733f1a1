import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { sessionHeader } from '../../../shared/page-contract.ts';
import { openPage, openSocket, putDropped, readLink, signInPage } from '../../support/page-client.ts';
import { rawRequest } from '../../support/raw-request.ts';
import { startTestHost } from '../../support/ui-host.ts';

describe('what is served', () => {
  test('the page and its assets, with headers that let nothing else run', async () => {
    const { server } = await startTestHost();
    const page = await rawRequest(server.port, {});
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('<title>Boxcar') as unknown });
    expect(page.headers).toMatchObject({
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    const policy = String(page.headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(policy.join()).not.toContain('unsafe');
    const asset = await rawRequest(server.port, { path: '/assets/page.js' });
    expect(asset).toMatchObject({
      status: 200,
      headers: { 'cache-control': expect.stringContaining('immutable') as unknown },
    });
  });

  test('nothing else', async () => {
    const { server } = await startTestHost();
    const origin = `http://127.0.0.1:${server.port}`;
    for (const path of ['/nope', '/.secret', '/assets', '/assets/', '/socket', '/drop/x', '/..%2f..%2fetc%2fpasswd']) {
      expect([path, (await rawRequest(server.port, { path })).status]).toEqual([path, expect.toBeOneOf([403, 404])]);
    }
    expect((await rawRequest(server.port, { path: '/../../../../etc/passwd' })).body).not.toContain('root:');
    for (const method of ['POST', 'DELETE', 'PUT', 'OPTIONS', 'PATCH']) {
      const answer = await rawRequest(server.port, { method, path: '/', headers: { origin, 'content-length': '0' } });
      expect([method, answer.status]).toEqual([method, 404]);
    }
  });

  test('a port that is taken, and a renderer that is not built, are said with the remedy', async () => {
    const { server } = await startTestHost();
    await expect(startTestHost({ port: server.port })).rejects.toThrow(/--port/);
    await expect(startTestHost({ renderer: '/nowhere' })).rejects.toThrow(/npm run build/);
  });
});

describe('who may come', () => {
  test('a request for another host, or from another origin, is refused', async () => {
    const { server } = await startTestHost();
    const { port } = server;
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', '127.0.0.1:1', `127.0.0.2:${port}`, '']) {
      expect([host, (await rawRequest(port, { headers: { host } })).status]).toEqual([
        host,
        expect.toBeOneOf([400, 403]),
      ]);
    }
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
      expect([host, (await rawRequest(port, { headers: { host } })).status]).toEqual([host, 200]);
      const origin = `http://${host}`;
      expect((await rawRequest(port, { headers: { host, origin } })).status).toBe(200);
    }
    for (const origin of ['https://evil.example', `https://127.0.0.1:${port}`, `http://localhost:${port}`, 'null']) {
      expect([origin, (await rawRequest(port, { headers: { origin } })).status]).toEqual([origin, 403]);
    }
  });

  test('only 127.0.0.1 is listened on', async () => {
    const { server } = await startTestHost();
    const socket = connect({ host: '127.0.0.2', port: server.port });
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });

  test('a WebSocket needs the origin of the page', async () => {
    const { origin } = await startTestHost();
    const refused = (headers: Record<string, string>) =>
      openSocket(origin, headers).then(
        () => 'open',
        (error: Error) => error.message,
      );
    expect(await refused({})).toBe('status 403');
    expect(await refused({ origin: 'https://evil.example' })).toBe('status 403');
    expect(await refused({ origin: 'null' })).toBe('status 403');
    expect(await refused({ origin, host: 'evil.example' })).toBe('status 403');
    expect(await refused({ origin })).toBe('open');
  });

  test('a WebSocket elsewhere is refused', async () => {
    const { origin } = await startTestHost();
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/elsewhere`, { headers: { origin } });
    const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(answer.statusCode).toBe(404);
    socket.on('error', () => undefined).terminate();
  });
});

describe('tokens', () => {
  test('nothing is answered before hello', async () => {
    const { origin } = await startTestHost();
    const page = await openPage(origin);
    await expect(page.remote.shell({})).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/hello/) as unknown,
    });
    await expect(page.remote.beginDrop({ files: 1, bytes: 1 })).rejects.toMatchObject({ code: 'refused' });
    await expect(page.remote.subscribe({ view: { kind: 'overview' } })).rejects.toMatchObject({ code: 'refused' });
  });

  test('the link opens one page, whose session opens others, also after the link is lost', async () => {
    const { server } = await startTestHost();
    const { origin, once: token } = readLink(server.url);
    expect(token).toMatch(/^[\w-]{43}$/);
    await expect(signInPage(origin, { once: 'x'.repeat(43) })).rejects.toMatchObject({ code: 'refused' });
    const first = await signInPage(origin, { once: token });
    await expect(signInPage(origin, { once: token })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/has been used/) as unknown,
    });
    expect(await first.remote.shell({})).toMatchObject({ phase: 'first-run', kind: 'browser' });
    first.close();
    await first.closed;
    const again = await signInPage(origin, { session: first.session });
    expect(await again.remote.shell({})).toMatchObject({ phase: 'first-run' });
    await expect(signInPage(origin, { session: token })).rejects.toMatchObject({ code: 'refused' });
    await expect(signInPage(origin, { session: '' })).rejects.toMatchObject({ code: 'refused' });
  });

  test('a session of another start is not known', async () => {
    const before = await startTestHost();
    const { session } = await before.page();
    const now = await startTestHost();
    await expect(signInPage(now.origin, { session })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/boxcar ui/) as unknown,
    });
  });

  test('a socket that does not say who it is is closed', async () => {
    const { origin } = await startTestHost({ helloTimeoutMs: 100 });
    const silent = await openPage(origin);
    const wrong = await openPage(origin);
    await wrong.remote.hello({ session: 'wrong' }).catch(() => undefined);
    await Promise.all([silent.closed, wrong.closed]);
  });

  test('a page with a session stays', async () => {
    const { page } = await startTestHost({ helloTimeoutMs: 100 });
    const one = await page();
    const other = await openPage(
      `http://127.0.0.1:${new URL((await startTestHost({ helloTimeoutMs: 100 })).origin).port}`,
    );
    await other.closed;
    expect(await one.remote.shell({})).toMatchObject({ phase: 'first-run' });
  });
});

describe('what a socket may say', () => {
  test('what is no call ends it: text that is no JSON, bytes, a message that is too large', async () => {
    const { origin } = await startTestHost();
    for (const message of [
      '{',
      Buffer.from('{}'),
      JSON.stringify({ t: 'x' }),
      JSON.stringify({ a: 'x'.repeat(3e6) }),
    ]) {
      const { socket } = await openSocket(origin);
      const closed = once(socket, 'close');
      socket.send(message);
      await closed;
    }
  });

  test('words that fit no command are refused, and the page goes on', async () => {
    const { page } = await startTestHost();
    const { remote } = await page();
    await expect(remote.trySandbox(null as never)).rejects.toMatchObject({ code: 'usage' });
    await expect(remote.switchAccount({ accountId: '' })).rejects.toMatchObject({ code: 'usage' });
    const all = remote as unknown as Record<string, (args: unknown) => Promise<unknown>>;
    expect(Object.keys(all)).not.toContain('upload');
    expect(await remote.shell({})).toMatchObject({ phase: 'first-run' });
  });

  test('commands that name a path are not there, whoever asks', async () => {
    const { origin, page } = await startTestHost();
    const { session } = await page();
    const { socket } = await openSocket(origin);
    const ask = async (method: string, args: unknown) => {
      const answered = once(socket, 'message') as Promise<[Buffer]>;
      socket.send(JSON.stringify({ t: 'q', i: method, m: method, a: [args] }));
      return JSON.parse((await answered)[0].toString()) as { r: { ok: boolean; error?: { message: string } } };
    };
    expect((await ask('hello', { session })).r.ok).toBe(true);
    for (const name of [
      'upload',
      'preview',
      'addPair',
      'previewRules',
      'why',
      'transfers',
      'parts',
      'shutDown',
      'constructor',
    ]) {
      expect((await ask(name, { path: '/etc', paths: ['/etc'], target: '0' })).r).toMatchObject({
        ok: false,
        error: { message: `There is no command "${name}".` },
      });
    }
  });
});

describe('drops', () => {
  test('a PUT needs session, origin, length and a drop', async () => {
    const { server, origin, page } = await startTestHost();
    const { session, remote } = await page();
    const { dropId } = await remote.beginDrop({ files: 1, bytes: 1 });
    const path = `/drop/${dropId}?path=a.txt`;
    const put = (headers: Record<string, string>, to = path) =>
      rawRequest(server.port, { method: 'PUT', path: to, headers: { 'content-length': '1', ...headers }, body: 'a' });
    expect(await put({ origin })).toMatchObject({ status: 401 });
    expect(await put({ origin, [sessionHeader]: 'wrong' })).toMatchObject({ status: 401 });
    expect(await put({ [sessionHeader]: session })).toMatchObject({ status: 403 });
    expect(await put({ origin: 'https://evil.example', [sessionHeader]: session })).toMatchObject({ status: 403 });
    const chunked = {
      method: 'PUT',
      path,
      headers: { origin, [sessionHeader]: session, 'transfer-encoding': 'chunked' },
    };
    expect(await rawRequest(server.port, { ...chunked, body: 'a' })).toMatchObject({ status: 411 });
    expect(await put({ origin, [sessionHeader]: session }, `/drop/drop-${'0'.repeat(32)}?path=a`)).toMatchObject({
      status: 400,
    });
    expect(await put({ origin, [sessionHeader]: session }, `/drop/${dropId}`)).toMatchObject({ status: 400 });
    expect(await put({ origin, [sessionHeader]: session })).toMatchObject({ status: 204, body: '' });
    onTestFinished(() => remote.cancelDrop({ dropId }).then(() => undefined));
  });

  test('what is refused only after its bytes have come is told so', async () => {
    const { origin, page } = await startTestHost();
    const { session, remote } = await page();
    const { dropId } = await remote.beginDrop({ files: 10, bytes: 10 });
    onTestFinished(() => remote.cancelDrop({ dropId }).then(() => undefined));
    const put = (path: string, bytes = 10) => putDropped(origin, { dropId, path, session }, new Uint8Array(bytes));
    for (const path of ['a', 'f/g']) expect(await put(path)).toEqual({ status: 204, text: '' });
    const nameTaken = { status: 400, text: expect.stringContaining('Another dropped file has this name') as unknown };
    for (const [path, bytes] of [
      ['a/b', 10],
      ['a/b', 300_000],
      ['f', 10],
      ['f', 0],
    ] as const) {
      expect([path, bytes, await put(path, bytes)]).toEqual([path, bytes, nameTaken]);
    }
    const long = Array(20).fill('x'.repeat(250)).join('/');
    expect(await put(long)).toEqual({ status: 400, text: expect.stringContaining('path is too long') as unknown });
    expect(await put('b')).toEqual({ status: 204, text: '' });
  });
});
