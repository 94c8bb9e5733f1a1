import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openKeychain } from '../../../main/app/accounts/keychain.ts';
import { passphraseFile } from '../../../main/app/accounts/passphrase-file.ts';
import { memorySecrets, type SecretStore } from '../../../main/app/accounts/secret-store.ts';
import { keychainIn } from '../../support/keychain-process.ts';
import { noKeyringHere, startSession } from '../../support/keyring.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A store on a folder, by its passphrase. */
function fileStore(folder: string, passphrase: string | undefined = 'correct horse') {
  const pathOf = (accountId: string) => join(folder, accountId, 'sign-in.sealed');
  return passphraseFile({ pathOf, passphrase: () => Promise.resolve(passphrase) });
}

/** Opens a store, and the same one again as another process does; undefined where nothing outlives it. */
type Opened = { store: SecretStore; again: (() => SecretStore) | undefined };

const stores: [string, string | undefined, () => Promise<Opened>][] = [
  ['memory', undefined, () => Promise.resolve({ store: memorySecrets(), again: undefined })],
  [
    'a file under a passphrase',
    undefined,
    () => {
      const folder = temporaryFolder();
      return Promise.resolve({ store: fileStore(folder), again: () => fileStore(folder) });
    },
  ],
  [
    'gnome-keyring through keytar',
    noKeyringHere,
    async () => {
      const session = await startSession();
      const { env } = session;
      await session.startKeyring('open');
      return { store: keychainIn(env, 'boxcar-test'), again: () => keychainIn(env, 'boxcar-test') };
    },
  ],
];

const secret = JSON.stringify({ refreshToken: 'r'.repeat(3000), words: 'Grüße, 你好 🚃 "\\' });

describe.each(stores)('%s', (_name, missing, open) => {
  test.skipIf(missing !== undefined)(`keeps one secret an account${missing ?? ''}`, async () => {
    const { store, again } = await open();
    expect(await store.read('one')).toBeUndefined();
    await store.remove('one');
    await store.write('one', secret);
    await store.write('two', 'of the second');
    expect(await store.read('one')).toBe(secret);
    await store.write('one', 'replaced');
    expect([await store.read('one'), await store.read('two')]).toEqual(['replaced', 'of the second']);
    if (again) expect(await again().read('one')).toBe('replaced');
    await store.remove('one');
    expect([await store.read('one'), await store.read('two')]).toEqual([undefined, 'of the second']);
    if (again) expect(await again().read('one')).toBeUndefined();
  });
});

describe('a file under a passphrase', () => {
  test('is for its owner alone and shows nothing of what it holds', async () => {
    const folder = temporaryFolder();
    await fileStore(folder).write('a', 'the-refresh-token');
    const path = join(folder, 'a/sign-in.sealed');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain('refresh-token');
    expect(text).not.toContain(Buffer.from('the-refresh-token').toString('base64'));
    expect(JSON.parse(text)).toMatchObject({ format: 'boxcar-secret', version: 1, kdf: { name: 'scrypt' } });
  });

  test('opens with its passphrase alone, also when that is typed in other code points', async () => {
    const folder = temporaryFolder();
    await fileStore(folder, 'Gru\u0308ße').write('a', 'x');
    await expect(fileStore(folder, 'grüße').read('a')).rejects.toMatchObject({ name: 'SecretsLocked' });
    expect(await fileStore(folder, 'Grüße').read('a')).toBe('x');
    const nobody = fileStore(folder, '');
    await expect(nobody.read('a')).rejects.toThrow(/BOXCAR_PASSPHRASE/);
    await expect(nobody.unlock('a', 'wrong')).rejects.toMatchObject({ name: 'SecretsLocked' });
    await nobody.unlock('a', 'Grüße');
    expect(await nobody.read('a')).toBe('x');
  });

  test('is never written without a passphrase', async () => {
    const folder = temporaryFolder();
    await expect(fileStore(folder, '').write('a', 'x')).rejects.toMatchObject({ name: 'SecretsLocked' });
    expect(await fileStore(folder).read('a')).toBeUndefined();
  });

  test.each(['text', 'nonce', 'tag'])('with a changed %s does not open', async (field) => {
    const folder = temporaryFolder();
    await fileStore(folder).write('a', 'x'.repeat(40));
    const path = join(folder, 'a/sign-in.sealed');
    const sealed = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    const bytes = Buffer.from(sealed[field] ?? '', 'base64');
    bytes[3] = (bytes[3] ?? 0) ^ 1;
    writeFileSync(path, JSON.stringify({ ...sealed, [field]: bytes.toString('base64') }));
    await expect(fileStore(folder).read('a')).rejects.toMatchObject({ name: 'SecretsLocked' });
  });

  test('of another kind or version says so, and so does one that asks for all memory', async () => {
    const folder = temporaryFolder();
    await fileStore(folder).write('a', 'x');
    const path = join(folder, 'a/sign-in.sealed');
    const sealed = JSON.parse(readFileSync(path, 'utf8')) as { kdf: object };
    const others = ['', '{}', JSON.stringify({ ...sealed, version: 2 }), JSON.stringify({ ...sealed, kdf: { ...sealed.kdf, N: 2 ** 24 } })]; // prettier-ignore
    for (const text of others) {
      writeFileSync(path, text);
      await expect(fileStore(folder).read('a')).rejects.toMatchObject({ name: 'SecretsUnavailable' });
    }
  });
});

describe.skipIf(noKeyringHere !== undefined)('the keyring of a session', () => {
  test('that is locked is waited for, and holds what it held', async () => {
    const session = await startSession();
    await session.startKeyring('open');
    await keychainIn(session.env, 'boxcar-test').write('a', 'kept');
    await session.stopKeyring();
    await session.startKeyring('locked');
    const keychain = keychainIn(session.env, 'boxcar-test');
    expect(await keychain.probe()).toMatchObject({ state: 'locked' });
    await expect(keychain.read('a')).rejects.toMatchObject({ name: 'SecretsLocked' });
    await expect(keychain.write('a', 'new')).rejects.toMatchObject({ name: 'SecretsLocked' });
    await session.unlock();
    expect(await keychain.probe()).toEqual({ state: 'available', detail: '' });
    expect(await keychain.read('a')).toBe('kept');
  });

  test('that does not answer is told as late in time, and nothing more is asked of it meanwhile', async () => {
    const session = await startSession('stuck');
    const keychain = keychainIn(session.env, 'boxcar-test', 1000);
    const startedAt = performance.now();
    expect(await keychain.probe()).toMatchObject({
      state: 'locked',
      detail: expect.stringMatching(/within 1 s/) as string,
    });
    await expect(keychain.read('a')).rejects.toMatchObject({ name: 'SecretsLocked' });
    expect(performance.now() - startedAt).toBeLessThan(4000);
  });

  test('that is missing is told within 5 s, whether there is a bus or none', async () => {
    const session = await startSession();
    const { DBUS_SESSION_BUS_ADDRESS: _bus, ...without } = session.env;
    const envs = [session.env, without, { ...without, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' }];
    for (const env of envs) {
      const startedAt = performance.now();
      expect(await keychainIn(env, 'boxcar-test').probe()).toMatchObject({
        state: 'none',
        detail: expect.stringMatching(/no keyring/i) as string,
      });
      expect(performance.now() - startedAt).toBeLessThan(5000);
    }
  });
});

test('where the library of the keychain is missing, there is none', async () => {
  const load = () => Promise.reject(new Error('libsecret-1.so.0: cannot open shared object file\nRequire stack: …'));
  expect(await openKeychain({ service: 'x', load }).probe()).toEqual({
    state: 'none',
    detail: "The system's keychain cannot be used: libsecret-1.so.0: cannot open shared object file",
  });
});
