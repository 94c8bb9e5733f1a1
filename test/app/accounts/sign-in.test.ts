import { describe, expect, onTestFinished, test } from 'vitest';
import { signIn, type SignInOptions, type WaitingSignIn } from '../../../main/app/accounts/sign-in.ts';
import { createOAuthClient, type TokenPair } from '../../../main/box/auth/oauth.ts';
import { TestBox } from '../../support/engine-fixture.ts';
import { decide, visit } from './browser.ts';

async function begin(options: Partial<SignInOptions> = {}) {
  const box = await TestBox.start();
  const { auth, authorize, client_id, client_secret } = box.sandbox.ready;
  const oauth = createOAuthClient({ endpoints: { auth, authorize } });
  onTestFinished(() => oauth.close());
  const waiting = Promise.withResolvers<WaitingSignIn>();
  const accepted: TokenPair[] = [];
  const stopping = new AbortController();
  const done = signIn({
    oauth,
    app: { clientId: client_id, clientSecret: client_secret },
    onWaiting: waiting.resolve,
    accept: (pair) => Promise.resolve(void accepted.push(pair)),
    signal: stopping.signal,
    ...options,
  });
  done.catch(() => undefined);
  onTestFinished(() => stopping.abort(new Error('the test is over')));
  const { url, paste } = await waiting.promise;
  const redirectUri = new URL(url).searchParams.get('redirect_uri') ?? '';
  return { box, done, accepted, stopping, url, paste, redirectUri };
}

const noPort = (error: unknown) => (error as { code?: string }).code === 'ECONNREFUSED';

describe('the redirect', () => {
  test('signs in, says that the page can be closed, and is listened for no longer', async () => {
    const { done, accepted, url, redirectUri } = await begin();
    expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    const back = await decide(url);
    const page = await visit(back);
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('You can close this')]);
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'/);
    expect(page.text).not.toMatch(/<script|code=/);
    await done;
    expect(accepted).toHaveLength(1);
    expect(accepted[0]).toMatchObject({
      refreshToken: expect.stringMatching(/./) as string,
      accessToken: expect.stringMatching(/./) as string,
    });
    expect(await visit(back).catch(noPort)).toBe(true);
  });

  test('speaks German to a German browser', async () => {
    const { url } = await begin();
    const { text } = await visit(await decide(url), { headers: { 'accept-language': 'de-DE,de;q=0.9,en;q=0.8' } });
    expect(text).toContain('Sie können diese Seite schließen');
  });

  test('with another state, path, host or method is turned away, and the right one still signs in', async () => {
    const { done, accepted, url, redirectUri } = await begin();
    const back = await decide(url);
    const changed = (change: (to: URL) => void) => {
      const to = new URL(back);
      change(to);
      return to;
    };
    expect((await visit(changed((to) => to.searchParams.set('state', 'x')))).status).toBe(400);
    expect((await visit(changed((to) => to.searchParams.append('state', 'x')))).status).toBe(400);
    expect((await visit(redirectUri)).status).toBe(400);
    expect((await visit(changed((to) => (to.pathname = '/callback/')))).status).toBe(404);
    expect((await visit(new URL('/favicon.ico', redirectUri))).status).toBe(404);
    expect((await visit(back, { headers: { host: 'evil.example' } })).status).toBe(404);
    expect((await visit(back, { method: 'POST' })).status).toBe(404);
    expect(accepted).toHaveLength(0);
    expect((await visit(back)).status).toBe(200);
    await done;
  });

  test('is used once', async () => {
    const finish = Promise.withResolvers<void>();
    const { done, url } = await begin({ accept: () => finish.promise });
    const back = await decide(url);
    const first = visit(back);
    // The second comes while the first is being asked about; of two at once one is turned away.
    const second = visit(back);
    expect(await Promise.race([first, second])).toMatchObject({ status: 400 });
    finish.resolve();
    expect((await Promise.all([first, second])).map(({ status }) => status).sort()).toEqual([200, 400]);
    await done;
  });

  test('that says no ends it, and the page says so', async () => {
    const { done, url, accepted } = await begin();
    const page = await visit(await decide(url, 'deny'));
    expect([page.status, page.text]).toEqual([400, expect.stringContaining('did not grant access')]);
    await expect(done).rejects.toMatchObject({
      message: expect.stringMatching(/denied/) as string,
      problem: { code: 'account.sign-in' },
    });
    expect(accepted).toHaveLength(0);
  });

  test('whose code Box takes no longer ends it, and the page says so', async () => {
    const { box, done, url } = await begin();
    const back = await decide(url);
    const { auth, client_id, client_secret } = box.sandbox.ready;
    const { searchParams } = back;
    const grant = { grant_type: 'authorization_code', code: searchParams.get('code') ?? '', client_id, client_secret };
    const taken = await fetch(`${auth}/token`, { method: 'POST', body: new URLSearchParams(grant) });
    expect(taken.status).toBe(200);
    const page = await visit(back);
    expect([page.status, page.text]).toEqual([400, expect.stringContaining('did not accept')]);
    await expect(done).rejects.toMatchObject({
      message: expect.stringMatching(/expired/) as string,
      problem: { code: 'account.sign-in' },
    });
  });

  test('can be pasted from a browser elsewhere, but only the one of this sign-in', async () => {
    const { done, url, paste, accepted } = await begin();
    const back = await decide(url);
    for (const wrong of ['', 'nonsense', url.replace(/state=[^&]*/, 'state=x'), 'http://127.0.0.1/callback?code=1']) {
      expect(() => paste(wrong)).toThrow(/callback\?/);
    }
    paste(`  ${back.href}\n`);
    await done;
    expect(accepted).toHaveLength(1);
    expect(() => paste(back.href)).toThrow();
  });
});

test('nobody who comes in time ends it, and nothing listens any more', async () => {
  const { done, redirectUri } = await begin({ limitMs: 50 });
  await expect(done).rejects.toMatchObject({ code: 'refused', message: expect.stringMatching(/5 minutes/) as string });
  expect(await visit(redirectUri).catch(noPort)).toBe(true);
});

test('it can be taken back', async () => {
  const { done, redirectUri, stopping } = await begin();
  stopping.abort(new Error('taken back'));
  await expect(done).rejects.toThrow('taken back');
  await expect.poll(() => visit(redirectUri).catch(noPort)).toBe(true);
});
