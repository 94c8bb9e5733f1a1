import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decide, visit } from '../app/accounts/browser.ts';
import { TestBox, writeOld } from '../support/engine-fixture.ts';
import { runCli, startCli, type Ran } from '../support/run-cli.ts';
import { noKeyringHere, startSession } from '../support/keyring.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A command line on a fresh data folder, at a sandbox, without a token, and without whatever keyring the machine has. */
async function start(more: NodeJS.ProcessEnv = {}) {
  const box = await TestBox.start();
  const { api, upload, auth, authorize, client_id, client_secret, token } = box.sandbox.ready;
  const home = temporaryFolder();
  const env = {
    BOXCAR_API_URL: api,
    BOXCAR_UPLOAD_URL: upload,
    BOXCAR_AUTH_URL: auth,
    BOXCAR_AUTHORIZE_URL: authorize,
    BOXCAR_CLIENT_ID: client_id,
    BOXCAR_CLIENT_SECRET: client_secret,
    BOXCAR_TOKEN: '',
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus',
    ...more,
  };
  const options = { home, env, entry: 'real' as const };
  const run = (...args: string[]): Promise<Ran> => {
    const running = startCli(args, options);
    return running.ended;
  };
  return { box, home, env, options, run, token };
}

async function urlOf(running: ReturnType<typeof startCli>): Promise<string> {
  let text = '';
  running.child.stdout?.on('data', (chunk: string) => (text += chunk));
  await running.said('"event":"sign-in"');
  await expect.poll(() => text).toContain('\n');
  return (JSON.parse(text.split('\n')[0] ?? '') as { url: string }).url;
}

const inFile = ['--store', 'file', '--json', '--no-browser'];

describe('boxcar login', () => {
  test('without a keyring says within 5 s what can be done, and keeps nothing', async () => {
    const { run, home } = await start();
    const startedAt = performance.now();
    const { code, stderr } = await run('login', '--no-browser');
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/no keyring.*never kept in plain.*--store file.*boxcar ui/is),
    ]);
    expect(() => statSync(join(home, 'accounts.json'))).toThrow();
  });

  test('in a file: the passphrase is asked of the environment, and no other one opens it', async () => {
    const passphrase = { BOXCAR_PASSPHRASE: 'a good one' };
    const { options, home, run } = await start(passphrase);
    const login = startCli(['login', ...inFile], options);
    await visit(await decide(await urlOf(login)));
    expect((await login.ended).events.at(-1)).toMatchObject({ event: 'signed-in', store: 'file', kind: 'oauth' });
    const file = join(temporaryFolder(), 'a.txt');
    writeOld(file, 'hello');
    expect(await run('upload', file, '--to', '0', '--json')).toMatchObject({ code: 0 });
    const wrong = { ...options, env: { ...options.env, BOXCAR_PASSPHRASE: 'a wrong one' } };
    const refused = await runCli(['upload', file, '--to', '0'], wrong);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/passphrase/)]);
    expect(readFileSync(join(home, 'accounts.json'), 'utf8')).not.toMatch(/token|secret/i);
    expect(await run('doctor')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/file under a passphrase/) as string,
    });
  });

  test('in a file, without a passphrase and a terminal, ends before anybody is sent to Box', async () => {
    const { run } = await start();
    const { code, stderr, events } = await run('login', ...inFile);
    expect([code, stderr, events.length]).toEqual([1, expect.stringMatching(/BOXCAR_PASSPHRASE/), 1]);
    expect((await run('accounts', '--json')).events).toEqual([]);
  });

  test('takes the pasted address, and says which it is not', async () => {
    const { options } = await start({ BOXCAR_PASSPHRASE: 'x' });
    const login = startCli(['login', ...inFile], { ...options });
    const back = await decide(await urlOf(login));
    login.child.stdin?.write('http://127.0.0.1/callback?code=1&state=2\n');
    await login.said('not the address');
    login.child.stdin?.write(`${back.href}\n`);
    expect(await login.ended).toMatchObject({ code: 0 });
  });

  test('asks for no browser with client credentials or a token', async () => {
    const { options, run, token, box } = await start({ BOXCAR_PASSPHRASE: 'x' });
    const server = ['login', ...inFile, '--name', 'server', '--client-credentials', 'enterprise:1'];
    expect(await run(...server)).toMatchObject({ code: 0 });
    const given = startCli(['login', ...inFile, '--name', 'given', '--token', '-'], options);
    given.child.stdin?.end(`${token}\n`);
    expect(await given.ended).toMatchObject({ code: 0 });
    expect((await run('accounts', '--json')).events).toMatchObject([
      { account: 'server', kind: 'client-credentials', isDefault: false },
      { account: 'given', kind: 'token', isDefault: true },
    ]);
    const file = join(temporaryFolder(), 'b.txt');
    writeOld(file, 'hello');
    expect(await run('upload', file, '--to', '0', '--account', 'server')).toMatchObject({ code: 0 });
    expect(readFileSync(join(box.root, 'b.txt'), 'utf8')).toBe('hello');
    expect((await run('receipts', '--json', '--account', 'server')).events).toHaveLength(1);
    expect((await run('receipts', '--json', '--account', 'given')).events).toHaveLength(0);
    expect(await run('status', '--account', 'nobody')).toMatchObject({ code: 2 });
    expect(await run('logout', 'server', '--json')).toMatchObject({ code: 0 });
    expect(await run('upload', file, '--to', '0', '--account', 'server')).toMatchObject({ code: 3 });
    expect((await run('receipts', '--json', '--account', 'server')).events).toHaveLength(1);
  });

  test('without an app tells how one is made; BOXCAR_TOKEN needs no account', async () => {
    const { run, token, options } = await start({ BOXCAR_CLIENT_ID: '', BOXCAR_CLIENT_SECRET: '' });
    const { code, stderr } = await run('login');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/1\. .*2\. .*3\. .*127\.0\.0\.1\/callback.*4\. .*5\. /s)]);
    // A line each, and what is missing in the last.
    expect(stderr.split('\n').map((line) => /^ {2}\d\. |^boxcar: .*BOXCAR_CLIENT_SECRET/.test(line))).toEqual([
      false, true, true, true, true, true, true, false,
    ]); // prettier-ignore
    expect(await run('doctor')).toMatchObject({ code: 1, stdout: expect.stringMatching(/boxcar login/) as string });
    const withToken = { ...options, env: { ...options.env, BOXCAR_TOKEN: token } };
    expect(await runCli(['doctor'], withToken)).toMatchObject({ code: 0 });
  });

  test.skipIf(noKeyringHere !== undefined)('waits for a locked keyring, and goes on when it opens', async () => {
    const session = await startSession();
    await session.startKeyring('open');
    const { options, run } = await start(session.env);
    const made = startCli(['login', '--json', '--no-browser'], options);
    await visit(await decide(await urlOf(made)));
    expect(await made.ended).toMatchObject({ code: 0 });
    await session.stopKeyring();
    await session.startKeyring('locked');
    const file = join(temporaryFolder(), 'c.txt');
    writeOld(file, 'hello');
    const upload = startCli(['upload', file, '--to', '0'], options);
    await upload.said('keyring');
    await session.unlock();
    expect(await upload.ended).toMatchObject({ code: 0 });
    expect((await run('accounts', '--json')).events).toMatchObject([{ signIn: 'in' }]);
  });
});
