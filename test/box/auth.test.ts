import { onTestFinished, describe, expect, test } from 'vitest';
import { request } from 'undici';
import type { BoxError } from '../../main/box/box-error.ts';
import { createOAuthClient, newState } from '../../main/box/auth/oauth.ts';
import { getCurrentUser } from '../../main/box/users.ts';
import type { SandboxOptions } from '../../main/sandbox/options.ts';
import { anySignal, connectTo, problemOf, signInNeeded, startBox } from './box-fixture.ts';

async function startAuth(options: Partial<SandboxOptions> = {}) {
  const box = await startBox(options);
  const { auth, authorize, client_id, client_secret, refresh_token } = box.sandbox.ready;
  const client = createOAuthClient({ endpoints: { auth, authorize } });
  onTestFinished(() => client.close());
  return { box, client, app: { clientId: client_id, clientSecret: client_secret }, refreshToken: refresh_token };
}

/** What a browser does when the person decides: the query of the redirect. */
async function redirectOf(address: string, decision: 'grant' | 'deny' = 'grant'): Promise<URLSearchParams> {
  const url = new URL(address);
  const form = new URLSearchParams([...url.searchParams, ['decision', decision]]);
  const answer = await request(`${url.origin}${url.pathname}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  await answer.body.dump();
  return new URL(String(answer.headers['location'])).searchParams;
}

describe('tokens', () => {
  test('come for a code that is used once, and for client credentials', async () => {
    const { box, client, app } = await startAuth();
    const redirectUri = 'http://127.0.0.1:9/callback';
    const state = newState();
    const query = await redirectOf(client.authorizeUrl({ clientId: app.clientId, state, redirectUri }));
    const pair = await client.exchangeCode(app, { query, state, redirectUri }, anySignal());
    expect(await client.owner(box.sandbox.ready.api, pair.accessToken, anySignal())).toMatchObject({
      login: expect.stringMatching(/@/) as string,
    });
    const connection = connectTo(box.sandbox, {
      token: { get: () => Promise.resolve(pair.accessToken), renew: () => Promise.reject(signInNeeded()) },
    });
    expect((await getCurrentUser(connection, box.options)).id).not.toBe('');
    expect(await problemOf(client.exchangeCode(app, { query, state, redirectUri }, anySignal()))).toBe(
      'account.sign-in',
    );
    const server = await client.clientCredentials(app, { type: 'enterprise', id: '1' }, anySignal());
    expect(server.accessToken).not.toBe(pair.accessToken);
  });

  test('are not asked for where the redirect is of another sign-in, says no, or holds no code', async () => {
    const { client, app } = await startAuth();
    const redirectUri = 'http://127.0.0.1:9/callback';
    const query = await redirectOf(client.authorizeUrl({ clientId: app.clientId, state: 'one', redirectUri }));
    const exchange = (given: URLSearchParams, state: string) =>
      client.exchangeCode(app, { query: given, state, redirectUri }, anySignal()).catch((thrown: unknown) => thrown);
    const foreign = await exchange(query, 'two');
    expect(foreign).toMatchObject({ problem: { code: 'account.sign-in' } });
    expect(JSON.stringify(foreign) + String(foreign)).not.toContain(query.get('code'));
    const denied = await redirectOf(client.authorizeUrl({ clientId: app.clientId, state: 'one', redirectUri }), 'deny');
    expect(await exchange(denied, 'one')).toMatchObject({ problem: { boxCode: 'access_denied' } });
    expect(await exchange(new URLSearchParams({ state: 'one' }), 'one')).toMatchObject({
      problem: { code: 'account.sign-in' },
    });
  });

  test('are refreshed, once per refresh token, and revoked', async () => {
    const { box, client, app, refreshToken } = await startAuth();
    const pair = await client.refresh(app, refreshToken, anySignal());
    expect(pair.expiresAt).toBeGreaterThan(Date.now());
    const connection = connectTo(box.sandbox, {
      token: { get: () => Promise.resolve(pair.accessToken), renew: () => Promise.resolve('no') },
    });
    expect((await getCurrentUser(connection, box.options)).id).not.toBe('');
    const again = await client.refresh(app, pair.refreshToken!, anySignal());
    expect(await problemOf(client.refresh(app, pair.refreshToken!, anySignal()))).toBe('account.sign-in');
    await client.revoke(app, again.accessToken, anySignal());
    expect(await problemOf(client.refresh(app, again.refreshToken!, anySignal()))).toBe('account.sign-in');
  });

  test('where Box gives a grace, may be asked for again until the new pair is used', async () => {
    const { box, client, app, refreshToken } = await startAuth({ refreshGrace: true });
    const lost = await client.refresh(app, refreshToken, anySignal());
    const pair = await client.refresh(app, refreshToken, anySignal());
    expect(pair.refreshToken).not.toBe(lost.refreshToken);
    await client.owner(box.sandbox.ready.api, pair.accessToken, anySignal());
    expect(await problemOf(client.refresh(app, refreshToken, anySignal()))).toBe('account.sign-in');
    expect((await client.refresh(app, pair.refreshToken!, anySignal())).accessToken).not.toBe('');
  });

  test('are refused for a wrong secret, with no secret in the error', async () => {
    const { client, app, refreshToken } = await startAuth();
    const wrong = { ...app, clientSecret: 'wrong-secret' };
    const error = await client.refresh(wrong, refreshToken, anySignal()).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('sign-in');
    expect(JSON.stringify(error) + String(error)).not.toMatch(/wrong-secret/);
    expect(String(error)).not.toContain(refreshToken);
  });

  test('are in no error, where the answer gives the request back', async () => {
    const { box, client, app, refreshToken } = await startAuth();
    box.intercept(() => ({
      answer: { status: 400, body: JSON.stringify({ error_description: `${app.clientSecret} ${refreshToken}` }) },
    }));
    const error = await client.refresh(app, refreshToken, anySignal()).catch((thrown: unknown) => thrown);
    expect((error as BoxError).problem.detail).toBe('[redacted] [redacted]');
  });

  test('are not asked for over an open line', async () => {
    const client = createOAuthClient({ endpoints: { auth: 'http://api.example.com', authorize: 'https://x.example' } });
    onTestFinished(() => client.close());
    const app = { clientId: 'i', clientSecret: 's' };
    expect(await problemOf(client.refresh(app, 'r', anySignal()))).toBe('network.foreign-host');
  });
});

test('the person is sent to an address with all that Box needs', async () => {
  const { client } = await startAuth();
  const url = new URL(client.authorizeUrl({ clientId: 'c d', state: 's&t', redirectUri: 'http://127.0.0.1:9/cb?x=1' }));
  expect(Object.fromEntries(url.searchParams)).toEqual({
    response_type: 'code',
    client_id: 'c d',
    state: 's&t',
    redirect_uri: 'http://127.0.0.1:9/cb?x=1',
  });
});
