import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { accountTokens, type AccountTokensOptions } from '../../../main/app/accounts/account-tokens.ts';
import { passphraseFile } from '../../../main/app/accounts/passphrase-file.ts';
import { memorySecrets, type SecretStore } from '../../../main/app/accounts/secret-store.ts';
import { readSecret, writeSecret, type SignInSecret } from '../../../main/app/accounts/sign-in-secret.ts';
import { createOAuthClient } from '../../../main/box/auth/oauth.ts';
import type { SandboxOptions } from '../../../main/sandbox/options.ts';
import { TestBox } from '../../support/engine-fixture.ts';
import { keychainIn } from '../../support/keychain-process.ts';
import { noKeyringHere, startSession } from '../../support/keyring.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const id = 'box-1';

/** An account at a sandbox whose refresh token is in a store, and another holder of the same store. */
async function begin(
  given: { store?: SecretStore; sandbox?: Partial<SandboxOptions> } & Partial<Omit<AccountTokensOptions, 'store'>> = {},
) {
  const { store = memorySecrets(), sandbox = {}, ...more } = given;
  const box = await TestBox.start(sandbox);
  const { auth, authorize, api, client_id, client_secret, refresh_token } = box.sandbox.ready;
  const oauth = createOAuthClient({ endpoints: { auth, authorize } });
  onTestFinished(() => oauth.close());
  await writeSecret(store, id, { clientSecret: client_secret, refreshToken: refresh_token });
  const states: string[] = [];
  const open = () => {
    const tokens = accountTokens({
      account: { id, kind: 'oauth', clientId: client_id, subject: null },
      store,
      oauth,
      onSignIn: (state) => states.push(state),
      ...more,
    });
    onTestFinished(() => tokens.close());
    return tokens;
  };
  const isTaken = (token: string) =>
    oauth.owner(api, token, AbortSignal.timeout(10_000)).then(
      () => true,
      () => false,
    );
  const refreshes = () => box.requests.filter(({ path }) => path.endsWith('/oauth2/token')).length;
  const stored = () => readSecret(store, id);
  return { box, store, tokens: open(), open, states, isTaken, refreshes, stored, oauth };
}

describe('the access token', () => {
  test('is asked for once, whoever asks, and the new pair is stored', async () => {
    const { box, tokens, refreshes, stored, isTaken } = await begin();
    const [first = '', ...others] = await Promise.all(Array.from({ length: 20 }, () => tokens.accessToken({})));
    expect(new Set(others)).toEqual(new Set([first]));
    expect(refreshes()).toBe(1);
    expect(await isTaken(first)).toBe(true);
    const kept = (await stored()) as SignInSecret;
    expect(kept.accessToken).toBe(first);
    expect(kept.refreshToken).not.toBe(box.sandbox.ready.refresh_token);
    expect(await tokens.accessToken({})).toBe(first);
    expect(refreshes()).toBe(1);
  });

  test('that is refused is replaced, once for all that were refused it', async () => {
    const { tokens, refreshes } = await begin();
    const refused = await tokens.accessToken({});
    const fresh = await Promise.all(Array.from({ length: 5 }, () => tokens.accessToken({ refused })));
    expect(new Set(fresh).size).toBe(1);
    expect(fresh).not.toContain(refused);
    expect(refreshes()).toBe(2);
  });

  test('is renewed before its end', async () => {
    let now = Date.now();
    const clock = { now: () => now, monotonic: () => now, random: () => 0.5 };
    const { tokens, refreshes } = await begin({ clock });
    await tokens.accessToken({});
    now += 3_000_000;
    await tokens.accessToken({});
    expect(refreshes()).toBe(1);
    now += 350_000;
    await tokens.accessToken({});
    expect(refreshes()).toBe(2);
  });

  test('that is nearly over is used on while Box cannot be reached, and not a moment longer', async () => {
    let now = Date.now();
    const clock = { now: () => now, monotonic: () => now, random: () => 0.5 };
    const { box, tokens, states } = await begin({ clock });
    const token = await tokens.accessToken({});
    box.intercept = () => ({ drop: true });
    now += 3_400_000;
    expect(await tokens.accessToken({})).toBe(token);
    now += 300_000;
    await expect(tokens.accessToken({})).rejects.toMatchObject({
      code: 'problem',
      problem: { code: expect.stringMatching(/^network/) as string },
    });
    expect(states).toEqual([]);
    box.intercept = undefined;
    expect(await tokens.accessToken({})).not.toBe(token);
  });

  test('is not given out before its pair is stored', async () => {
    const writing = Promise.withResolvers<void>();
    const inner = memorySecrets();
    let isHeld = false;
    const store: SecretStore = {
      ...inner,
      write: async (account, secret) => {
        if (isHeld) await writing.promise;
        return inner.write(account, secret);
      },
    };
    const { tokens, refreshes } = await begin({ store });
    isHeld = true;
    let given = false;
    const asked = tokens.accessToken({}).then(() => (given = true));
    await expect.poll(refreshes).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(given).toBe(false);
    writing.resolve();
    expect(await asked).toBe(true);
  });

  test('of another holder of the store is taken over, and nobody spends a token twice', async () => {
    const { tokens, open, refreshes, states } = await begin();
    const other = open();
    const first = await other.accessToken({});
    expect(await tokens.accessToken({})).toBe(first);
    const second = await other.accessToken({ refused: first });
    expect(await tokens.accessToken({ refused: first })).toBe(second);
    expect(refreshes()).toBe(2);
    expect(states).toEqual([]);
  });
});

describe('a lost answer', () => {
  test('is asked for again, and goes on where Box gives a grace', async () => {
    const { box, tokens, states } = await begin({ sandbox: { refreshGrace: true } });
    box.intercept = ({ path, count }) =>
      path.endsWith('/token') && count === 1 ? { afterEffect: () => 'drop' } : undefined;
    expect(await tokens.accessToken({})).toMatch(/./);
    expect(states).toEqual([]);
  });

  test('needs a new sign-in where Box gives none; that one is taken up', async () => {
    const { box, tokens, states, store, stored, refreshes } = await begin();
    box.intercept = ({ path, count }) =>
      path.endsWith('/token') && count === 1 ? { afterEffect: () => 'drop' } : undefined;
    await expect(tokens.accessToken({})).rejects.toMatchObject({ problem: { code: 'account.sign-in' } });
    const asked = refreshes();
    await expect(tokens.accessToken({})).rejects.toMatchObject({ problem: { code: 'account.sign-in' } });
    expect(refreshes()).toBe(asked);
    expect(states).toEqual(['needed']);
    const { clientSecret = '' } = (await stored()) ?? {};
    await writeSecret(store, id, { clientSecret, accessToken: box.sandbox.ready.token, expiresAt: Date.now() + 3e6 });
    expect(await tokens.accessToken({})).toBe(box.sandbox.ready.token);
    expect(states).toEqual(['needed', 'ok']);
  });

  test.each([
    [true, 'goes on'],
    [false, 'has to sign in again'],
  ])('by kill -9 between the answer and the store (grace: %s): the next start %s', async (refreshGrace) => {
    const path = join(temporaryFolder(), 'sealed');
    const store = passphraseFile({ pathOf: () => path, passphrase: () => Promise.resolve('a passphrase') });
    const { box, tokens, states } = await begin({ store, sandbox: { refreshGrace } });
    const { client_id, auth, authorize } = box.sandbox.ready;
    const entry = fileURLToPath(new URL('../../support/rotate-child.ts', import.meta.url));
    const child = fork(entry, [path, client_id, auth, authorize]);
    expect((await once(child, 'message'))[0]).toBe('answered');
    child.kill('SIGKILL');
    await once(child, 'exit');
    if (refreshGrace) {
      expect(await tokens.accessToken({})).toMatch(/./);
      expect(states).toEqual([]);
    } else {
      await expect(tokens.accessToken({})).rejects.toMatchObject({ problem: { code: 'account.sign-in' } });
      expect(states).toEqual(['needed']);
    }
  });
});

describe('client credentials and tokens', () => {
  test('client credentials are asked with each time, and nothing of it is stored', async () => {
    const { box, store, oauth, isTaken, stored } = await begin();
    const clientId = box.sandbox.ready.client_id;
    const subject = { type: 'enterprise' as const, id: '1' };
    const account = { id, kind: 'client-credentials' as const, clientId, subject };
    const tokens = accountTokens({ account, store, oauth, onSignIn: () => undefined });
    const token = await tokens.accessToken({});
    expect(await isTaken(token)).toBe(true);
    expect(await tokens.accessToken({})).toBe(token);
    expect(await tokens.accessToken({ refused: token })).not.toBe(token);
    expect(await stored()).not.toHaveProperty('accessToken');
  });

  test('a token is used until Box refuses it twice in a row', async () => {
    const { store, oauth } = await begin();
    await writeSecret(store, id, { accessToken: 'given' });
    const states: string[] = [];
    const account = { id, kind: 'token' as const, clientId: null, subject: null };
    const tokens = accountTokens({ account, store, oauth, onSignIn: (state) => states.push(state) });
    expect(await tokens.accessToken({})).toBe('given');
    expect(await tokens.accessToken({ refused: 'given' })).toBe('given');
    await expect(tokens.accessToken({ refused: 'given', twice: true })).rejects.toMatchObject({
      problem: { code: 'account.sign-in' },
    });
    expect(states).toEqual(['needed']);
  });
});

describe('a store that does not open', () => {
  test.skipIf(noKeyringHere !== undefined)('is waited for, and what is in it used as soon as it opens', async () => {
    const { box, oauth, store } = await begin();
    const session = await startSession();
    await session.startKeyring('open');
    await keychainIn(session.env, 'boxcar-test').write(id, (await store.read(id)) ?? '');
    await session.stopKeyring();
    await session.startKeyring('locked');
    const states: string[] = [];
    const tokens = accountTokens({
      account: { id, kind: 'oauth', clientId: box.sandbox.ready.client_id, subject: null },
      store: keychainIn(session.env, 'boxcar-test'),
      oauth,
      onSignIn: (state) => states.push(state),
      waitMs: 200,
      retryMs: 20,
    });
    onTestFinished(() => tokens.close());
    await expect(tokens.accessToken({})).rejects.toMatchObject({ problem: { code: 'account.keyring' } });
    await expect.poll(() => states, { timeout: 10_000 }).toEqual(['locked']);
    await session.unlock();
    await expect.poll(() => states, { timeout: 10_000 }).toEqual(['locked', 'ok']);
    expect(await tokens.accessToken({})).toMatch(/./);
  });

  test('as a file without its passphrase says so at once', async () => {
    const path = join(temporaryFolder(), 'sealed');
    const pathOf = () => path;
    const { open } = await begin({ store: passphraseFile({ pathOf, passphrase: () => Promise.resolve('right') }) });
    expect(await open().accessToken({})).toMatch(/./);
    const states: string[] = [];
    const store = passphraseFile({ pathOf, passphrase: () => Promise.resolve('wrong') });
    const account = { id, kind: 'oauth' as const, clientId: 'x', subject: null };
    const { oauth } = await begin();
    const tokens = accountTokens({ account, store, oauth, onSignIn: (state) => states.push(state) });
    await expect(tokens.accessToken({})).rejects.toMatchObject({
      problem: { code: 'account.keyring', detail: expect.stringMatching(/passphrase/) as string },
    });
    expect(states).toEqual(['locked']);
  });
});
