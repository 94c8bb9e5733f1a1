// From `boxcar login` over Box's page in a real browser and a real keyring to the first receipt, and on with a renewed token.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { expect, test } from 'vitest';
import { boxcar } from '../support/boxcar-command.ts';
import { chromiumOptions } from '../support/chromium.ts';
import { TestBox, sha1Of, writeOld } from '../support/engine-fixture.ts';
import { noKeyringHere, startSession } from '../support/keyring.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Grants or denies on Box's page, as a person does; what the page says in the end. */
async function inBrowser(url: string, button: 'Grant access' | 'Deny', locale = 'en-GB'): Promise<string> {
  const browser = await chromium.launch(chromiumOptions(existsSync));
  try {
    const page = await browser.newPage({ locale });
    const trouble: string[] = [];
    page.on('pageerror', (error) => trouble.push(error.message));
    page.on(
      'console',
      (message) => message.type() === 'error' && !/favicon|400/.test(message.text()) && trouble.push(message.text()),
    );
    await page.goto(url);
    await page.getByRole('button', { name: button }).click();
    await page.waitForURL(/127\.0\.0\.1:\d+\/callback/);
    expect(trouble).toEqual([]);
    return await page.locator('main').innerText();
  } finally {
    await browser.close();
  }
}

function contentBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

test.skipIf(noKeyringHere !== undefined)(
  `sign-in to first receipt, through the browser and the keyring, and on with a renewed token${noKeyringHere ? ` (${noKeyringHere})` : ''}`,
  { timeout: 120_000 },
  async () => {
    // Tokens that live 3 s: the second upload needs a new one.
    const box = await TestBox.start({ tokenSeconds: 3 });
    const { api, upload, auth, authorize, client_id, client_secret } = box.sandbox.ready;
    const session = await startSession();
    await session.startKeyring('open');
    const home = temporaryFolder();
    const { BOXCAR_TOKEN: _token, BOXCAR_PASSPHRASE: _passphrase, ...inherited } = session.env;
    const urls = {
      BOXCAR_API_URL: api,
      BOXCAR_UPLOAD_URL: upload,
      BOXCAR_AUTH_URL: auth,
      BOXCAR_AUTHORIZE_URL: authorize,
    };
    const env = { ...inherited, BOXCAR_HOME: home, ...urls };
    const app = { BOXCAR_CLIENT_ID: client_id, BOXCAR_CLIENT_SECRET: client_secret };
    const run = async (...args: string[]) => {
      const command = boxcar([...args, '--json'], env);
      return { code: await command.exit, events: command.events, stderr: command.stderr() };
    };

    const denied = boxcar(['login', '--no-browser', '--json'], { ...env, ...app });
    const { url: first } = await denied.waitFor(({ event }) => event === 'sign-in');
    expect(await inBrowser(String(first), 'Deny', 'de-DE')).toMatch(/Nicht angemeldet.*schließen/s);
    expect(await denied.exit).toBe(3);

    const login = boxcar(['login', '--no-browser', '--json', '--name', 'mine'], { ...env, ...app });
    const { url } = await login.waitFor(({ event }) => event === 'sign-in');
    expect(await inBrowser(String(url), 'Grant access')).toMatch(/Signed in.*You can close this/s);
    expect(await login.exit).toBe(0);
    expect(login.events.at(-1)).toMatchObject({
      event: 'signed-in',
      account: 'mine',
      kind: 'oauth',
      store: 'keychain',
    });
    expect((await run('accounts')).events).toMatchObject([{ account: 'mine', signIn: 'in', isDefault: true }]);

    const folder = temporaryFolder();
    const hashes = ['one.txt', 'two.txt'].map((name) => writeOld(join(folder, name), `content of ${name}`));
    expect(await run('upload', join(folder, 'one.txt'), '--to', '/Backup')).toMatchObject({ code: 0 });
    const refreshes = () => box.requests.filter(({ path }) => path.endsWith('/oauth2/token')).length;
    const before = refreshes();
    const endedAt = Date.now();
    await expect.poll(() => Date.now() - endedAt, { timeout: 10_000 }).toBeGreaterThan(3000);
    expect(await run('upload', join(folder, 'two.txt'), '--to', '/Backup', '--account', 'mine')).toMatchObject({
      code: 0,
    });
    expect(refreshes()).toBeGreaterThan(before);
    const { events } = await run('receipts');
    const receipts = events.filter(({ event }) => event === 'receipt');
    expect(receipts.map(({ sha1 }) => sha1).sort()).toEqual(hashes.sort());
    for (const name of ['one.txt', 'two.txt']) {
      expect(sha1Of(readFileSync(join(box.root, 'Backup', name)))).toBe(sha1Of(readFileSync(join(folder, name))));
    }

    // Not a byte of a secret lies in the data folder: the keyring has them.
    const bearers = box.requests.map(({ headers }) => (headers.authorization ?? '').replace('Bearer ', ''));
    const secrets = [...new Set(bearers.filter((text) => text !== '')), client_secret];
    expect(secrets.length).toBeGreaterThan(2);
    const written = contentBelow(home);
    for (const secret of secrets) expect(written).not.toContain(secret);

    expect(await run('logout')).toMatchObject({
      code: 0,
      events: [{ event: 'signed-out', account: 'mine', revoked: true }],
    });
    expect(await run('upload', join(folder, 'one.txt'), '--to', '/Backup')).toMatchObject({ code: 3 });
    expect((await run('receipts')).events.filter(({ event }) => event === 'receipt')).toHaveLength(2);
  },
);
