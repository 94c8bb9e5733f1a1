// What the options impose, sign-in, and the hook for faults.
import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { InterceptedRequest, Interception } from '../../main/sandbox/http/intercept.ts';
import { parseSandboxOptions, parseSizeBytes } from '../../main/sandbox/options.ts';
import { RateLimit } from '../../main/sandbox/state/rate.ts';
import { endBox, openBox, type Answer, type Json, type TestBox } from './raw-client.ts';

let boxes: TestBox[] = [];
const open = async (options: Parameters<typeof openBox>[0]): Promise<TestBox> => {
  const box = await openBox(options);
  boxes.push(box);
  return box;
};
afterEach(async () => {
  const all = boxes;
  boxes = [];
  for (const box of all) await endBox(box);
});
const code = (answer: { status: number; json: Json }): [number, string] => [answer.status, answer.json.code];
const ten = Buffer.alloc(10, 'x');

describe('options', () => {
  it('read sizes as people write them', () => {
    expect(['8MiB', '20 MB', '1.5 GiB', '4096', '64kib'].map(parseSizeBytes)).toEqual([
      ...[8 * 2 ** 20, 20_000_000, 1.5 * 2 ** 30, 4096, 65_536],
    ]);
    expect(['', 'MB', '-1', '1e3', '8 M', '0.3B', '9007199254740993'].map(parseSizeBytes)).toEqual(
      Array(7).fill(undefined),
    );
  });

  it.each([
    [{ root: '' }, '--root'],
    [{}, '--root'],
    [{ root: 'x', partSize: 'eight' }, '--part-size'],
    [{ root: 'x', partSize: 10 }, '--part-size'],
    [{ root: 'x', port: 70_000 }, '--port'],
    [{ root: 'x', commitRounds: -1 }, '--commit-rounds'],
    [{ root: 'x', sessionSeconds: '1.5' }, '--session-seconds'],
    [{ root: 'x', uploadsPerMinute: 0 }, '--uploads-per-minute'],
    [{ root: 'x', partsize: 5 }, '--partsize'],
  ])('refuse %j naming %s', (options, flag) => {
    expect(() => parseSandboxOptions(options)).toThrow(flag);
  });
});

describe('limits', () => {
  it('quota counts versions and trash until they are deleted for good', async () => {
    const box = await open({ quota: 25, minSessionFile: 1 });
    const { id } = (await box.upload('a', ten)).json.entries[0] as { id: string };
    expect((await box.newVersion(id, ten)).status).toBe(200);
    expect((await box.api('GET', '/users/me')).json).toMatchObject({ space_amount: 25, space_used: 20 });
    expect(code(await box.upload('b', ten))).toEqual([403, 'storage_limit_exceeded']);
    expect(code(await box.openSession('b', 10))).toEqual([403, 'storage_limit_exceeded']);
    const preflight = { name: 'b', size: 10, parent: { id: '0' } };
    expect(code(await box.api('OPTIONS', '/files/content', preflight))).toEqual([403, 'storage_limit_exceeded']);
    await box.api('DELETE', `/files/${id}`);
    expect((await box.upload('b', ten)).status).toBe(403);
    await box.api('DELETE', `/files/${id}/trash`);
    expect((await box.upload('b', ten)).status).toBe(201);
  });

  it('a file has a largest size', async () => {
    const box = await open({ maxFile: 9, minSessionFile: 1 });
    expect(code(await box.upload('a', ten))).toEqual([403, 'file_size_limit_exceeded']);
    expect(code(await box.openSession('a', 10))).toEqual([403, 'file_size_limit_exceeded']);
    expect((await box.api('GET', '/users/me?fields=max_upload_size')).json.max_upload_size).toBe(9);
    expect((await box.upload('a', ten.subarray(1))).status).toBe(201);
  });

  it('too many calls or uploads in a minute are told when to come back', async () => {
    const box = await open({ uploadsPerMinute: 2, callsPerMinute: 4 });
    expect((await box.upload('a', ten)).status).toBe(201);
    expect((await box.upload('b', ten)).status).toBe(201);
    const refused = await box.upload('c', ten);
    expect(code(refused)).toEqual([429, 'rate_limit_exceeded']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50);
    expect((await box.api('GET', '/users/me')).status).toBe(200);
    expect((await box.api('GET', '/users/me')).status).toBe(429);
  });

  it('the minute slides', () => {
    const limit = new RateLimit(2);
    limit.take(0);
    limit.take(30_000);
    expect(() => limit.take(59_000)).toThrow(expect.objectContaining({ headers: { 'retry-after': '1' } }) as Error);
    limit.take(60_000);
    expect(() => limit.take(89_999)).toThrow();
    limit.take(90_000);
  });
});

describe('sign-in', () => {
  const token = (box: TestBox, body: Record<string, string>): Promise<Answer> =>
    box.send(
      'POST',
      `${box.ready.auth}/token`,
      new URLSearchParams({
        client_id: box.ready.client_id,
        client_secret: box.ready.client_secret,
        ...body,
      }).toString(),
    );

  it('goes by a page with one click, a code for one use, and refresh tokens for one use', async () => {
    const box = await open({});
    const redirect_uri = 'http://127.0.0.1:5555/back?keep=1';
    const query = { response_type: 'code', client_id: box.ready.client_id, redirect_uri, state: 'a&"b' };
    const page = await box.send('GET', `${box.ready.authorize}?${new URLSearchParams(query).toString()}`, undefined, {
      authorization: '',
    });
    expect(page.status).toBe(200);
    expect(page.text).toContain('Grant access');
    expect(page.text).toContain('value="a&#38;&#34;b"');
    const decide = (decision: string): Promise<URL> =>
      box
        .send('POST', box.ready.authorize, new URLSearchParams({ ...query, decision }).toString())
        .then((answer) => new URL(String(answer.headers['location'])));
    const denied = await decide('deny');
    expect([denied.searchParams.get('error'), denied.searchParams.get('state')]).toEqual(['access_denied', 'a&"b']);
    const granted = await decide('grant');
    expect([granted.searchParams.get('keep'), granted.searchParams.get('state')]).toEqual(['1', 'a&"b']);
    const code = { grant_type: 'authorization_code', code: granted.searchParams.get('code') ?? '' };
    const first = (await token(box, code)).json;
    expect(first).toMatchObject({ expires_in: 3600, token_type: 'bearer', restricted_to: [] });
    expect((await token(box, code)).json.error).toBe('invalid_grant');
    const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token };
    const second = (await token(box, refresh)).json;
    expect((await token(box, refresh)).json).toEqual({
      error: 'invalid_grant',
      error_description: 'Refresh token has expired',
    });
    expect(
      (await box.api('GET', '/users/me', undefined, { authorization: `Bearer ${second.access_token}` })).status,
    ).toBe(200);
    const wrongClient = await token(box, { ...code, client_secret: 'wrong' });
    expect([wrongClient.status, wrongClient.json.error]).toEqual([400, 'invalid_client']);
    expect((await token(box, { grant_type: 'password' })).json.error).toBe('unsupported_grant_type');
    const server = (await token(box, { grant_type: 'client_credentials', box_subject_type: 'user' })).json;
    expect(server.access_token).toBeTruthy();
    expect(server).not.toHaveProperty('refresh_token');
    for (const redirect of ['http://evil.example/x', 'javascript:alert(1)']) {
      const bad = await box.send(
        'GET',
        `${box.ready.authorize}?${new URLSearchParams({ ...query, redirect_uri: redirect }).toString()}`,
      );
      expect(bad.status).toBe(400);
    }
  });

  it('takes the client from Basic authentication, and refuses one whose percent-encoding is broken', async () => {
    const box = await open({});
    const { auth, client_id, client_secret } = box.ready;
    const grant = 'grant_type=client_credentials';
    const basic = async (text: string): Promise<[number, string | undefined]> => {
      const authorization = `Basic ${Buffer.from(text).toString('base64')}`;
      const { status, json } = await box.send('POST', `${auth}/token`, grant, { authorization });
      return [status, json.error];
    };
    expect(await basic(`${encodeURIComponent(client_id)}:${encodeURIComponent(client_secret)}`)).toEqual([
      200,
      undefined,
    ]);
    for (const wrong of [`%:${client_secret}`, `${client_id}:%E0%A4%A`, `${client_id}:`, 'x', '%']) {
      expect([wrong, ...(await basic(wrong))]).toEqual([wrong, 400, 'invalid_client']);
    }
  });

  it('ends after --token-seconds, for the printed token too', async () => {
    const box = await open({ tokenSeconds: 2 });
    expect((await box.api('GET', '/users/me')).status).toBe(200);
    await expect.poll(async () => (await box.api('GET', '/users/me')).status, { timeout: 10_000 }).toBe(401);
    const expired = await box.api('GET', '/users/me');
    expect([expired.text, expired.headers['www-authenticate']]).toEqual([
      '',
      expect.stringContaining('error="expired_token"'),
    ]);
    const fresh = (await token(box, { grant_type: 'refresh_token', refresh_token: box.ready.refresh_token })).json;
    expect(fresh.expires_in).toBe(2);
  });
});

describe('the hook for faults', () => {
  const withFault = async (route: string, fault: Interception): Promise<TestBox> => {
    let done = false;
    const intercept = (request: InterceptedRequest): Interception | undefined => {
      if (done || request.route !== route) return undefined;
      done = true;
      return fault;
    };
    return open({ intercept, partSize: 1024, minSessionFile: 1 });
  };

  it('answers without an effect', async () => {
    const html = { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' };
    const box = await withFault('upload-file', { answer: html });
    expect(await box.upload('a', ten)).toMatchObject({ status: 502, text: '<html>' });
    expect((await box.upload('a', ten)).status).toBe(201);
  });

  it('takes effect and answers otherwise, or drops the line', async () => {
    const stored = await withFault('upload-part', { afterEffect: () => ({ status: 500 }) });
    const session = { ...(await stored.openSession('a', 10)).json, total_bytes: 10 };
    expect((await stored.putPart(session, ten, 0)).status).toBe(500);
    expect((await stored.putPart(session, ten, 0)).status).toBe(416);
    const dropped = await withFault('commit-session', { afterEffect: () => 'drop' });
    const other = (await dropped.openSession('a', 10)).json;
    const parts = await dropped.putAll(other, ten);
    await expect(dropped.commit(other, ten, parts)).rejects.toThrow();
    expect(readdirSync(dropped.root)).toContain('a');
  });

  it('resets in mid-body, and reads slowly', async () => {
    const big = Buffer.alloc(300_000, 'x');
    const reset = await withFault('upload-file', { dropAfterBodyBytes: 70_000 });
    await expect(reset.upload('a', big)).rejects.toThrow();
    expect((await reset.upload('a', big)).status).toBe(201);
    const slow = await withFault('upload-file', { bodyBytesPerSecond: 200_000, delayMs: 10 });
    let isDone = false;
    const upload = slow.upload('a', big).finally(() => (isDone = true));
    expect((await slow.api('GET', '/users/me')).status).toBe(200);
    expect(isDone).toBe(false);
    expect((await upload).status).toBe(201);
  });

  it('shows that two bodies never arrive in one cell', async () => {
    let arrived = (): void => undefined;
    const isArriving = new Promise<void>((resolve) => (arrived = resolve));
    const intercept = ({ route, count }: InterceptedRequest): Interception | undefined => {
      if (route !== 'upload-part' || count > 1) return undefined;
      arrived();
      return { bodyBytesPerSecond: 10 };
    };
    const box = await open({ intercept, partSize: 1024, minSessionFile: 1 });
    const session = { ...(await box.openSession('a', 10)).json, total_bytes: 10 };
    const first = box.putPart(session, ten, 0);
    await isArriving;
    expect(code(await box.putPart(session, ten, 0))).toEqual([409, 'conflict']);
    expect((await first).status).toBe(200);
    expect(code(await box.putPart(session, ten, 0))).toEqual([416, 'range_overlaps_existing_part']);
  });

  it('counts requests by route and names their parameters', async () => {
    const seen: [string | undefined, number, Record<string, string>][] = [];
    const box = await open({
      intercept: ({ route, count, params }) => {
        seen.push([route, count, params]);
        return undefined;
      },
    });
    for (const path of ['/folders/0', '/folders/5', '/nothing']) await box.api('GET', path);
    expect(seen).toEqual([
      ['get-folder', 1, { folder_id: '0' }],
      ['get-folder', 2, { folder_id: '5' }],
      [undefined, 1, {}],
    ]);
  });
});
