import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Shell } from '../../../main/app/shell/shell.ts';
import { TestBox, writeOld } from '../../support/engine-fixture.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { jobOf, openTestShell, shellState } from '../../support/ui-host.ts';
import { decide, visit } from './browser.ts';

// Whatever keyring the machine has is left alone.
process.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:path=/nowhere/bus';

async function start(home = temporaryFolder(), box?: TestBox) {
  const at = box ?? (await TestBox.start());
  const { api, upload, auth, authorize, client_id: clientId, client_secret: clientSecret } = at.sandbox.ready;
  const shell = await openTestShell({ home, endpoints: { api, upload, auth, authorize } });
  return { box: at, home, shell, app: { clientId, clientSecret } };
}

async function waitingUrl(shell: Shell): Promise<string> {
  const { signIn } = await shellState(shell, (state) => state.signIn?.phase === 'waiting');
  return signIn?.url ?? '';
}

/** All that stands in a folder and below, as text. */
function contentBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

test.skipIf(process.platform !== 'linux')(
  'without a keychain nothing is signed in before it was said where it is kept',
  async () => {
    const { shell, app } = await start();
    const startedAt = performance.now();
    await expect(shell.signIn.start(app)).rejects.toMatchObject({
      message: expect.stringMatching(/never kept in plain/) as string,
    });
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(shell.state().signIn).toMatchObject({ phase: 'idle', url: null, keychain: 'none', knowsApp: false });
    expect(shell.state()).toMatchObject({ phase: 'first-run', accounts: [] });
  },
);

test('a page signs in and uploads; no secret is in the data folder or in what pages see; the sign-out ends it at Box', async () => {
  const { shell, home, app, box } = await start();
  await shell.signIn.start({ ...app, store: 'memory' });
  const seen: string[] = [];
  shell.onChange(() => seen.push(JSON.stringify(shell.state())));
  expect((await visit(await decide(await waitingUrl(shell)))).status).toBe(200);
  const state = await shellState(shell, ({ phase }) => phase === 'ready');
  expect(state).toMatchObject({ account: { kind: 'oauth', signIn: 'ok', store: 'memory' }, signIn: { phase: 'idle' } });
  const file = join(temporaryFolder(), 'a.txt');
  writeOld(file, 'hello');
  const { commands } = await shell.boxcar();
  const { jobId } = await commands.upload({ paths: [file], target: '0', ifExists: 'version' });
  await jobOf(shell, jobId, ({ state: now }) => now === 'done');
  expect(readFileSync(join(box.root, 'a.txt'), 'utf8')).toBe('hello');

  const bearers = box.requests.map(({ headers }) => headers.authorization ?? '').filter((text) => text !== '');
  const secrets = [...new Set(bearers.map((text) => text.replace('Bearer ', ''))), app.clientSecret];
  expect(secrets.length).toBeGreaterThan(1);
  const written = contentBelow(home) + seen.join('\n') + JSON.stringify(shell.state());
  for (const secret of secrets) expect(written).not.toContain(secret);

  await shell.signOut();
  expect(shell.state()).toMatchObject({ phase: 'first-run', accounts: [{ kind: 'oauth', signIn: 'needed' }] });
  const answer = await visit(`${box.sandbox.ready.api}/users/me`, { headers: { authorization: bearers.at(-1) ?? '' } });
  expect(answer.status).toBe(401);
});

test('kept in a file, it is there after a restart once its passphrase is given', async () => {
  const { shell, home, app, box } = await start();
  await expect(shell.signIn.start({ ...app, store: 'file' })).rejects.toMatchObject({ code: 'usage' });
  await shell.signIn.start({ ...app, store: 'file', passphrase: 'a good one' });
  await visit(await decide(await waitingUrl(shell)));
  const { account } = await shellState(shell, ({ phase }) => phase === 'ready');
  await shell.close(500);

  const { shell: again } = await start(home, box);
  expect(again.state().signIn).toMatchObject({ knowsApp: true });
  await shellState(again, ({ phase }) => phase === 'ready');
  const file = join(temporaryFolder(), 'b.txt');
  writeOld(file, 'hello');
  const { commands } = await again.boxcar();
  const asked = { paths: [file], target: '0', ifExists: 'version' as const };
  await expect(commands.upload(asked)).rejects.toMatchObject({ problem: { code: 'account.keyring' } });
  expect(again.state().account).toMatchObject({ id: account?.id, signIn: 'locked', store: 'file' });
  await expect(again.unlockAccount(account?.id ?? '', 'a wrong one')).rejects.toMatchObject({ code: 'usage' });
  await again.unlockAccount(account?.id ?? '', 'a good one');
  expect(again.state().account).toMatchObject({ signIn: 'ok' });
  const { jobId } = await commands.upload(asked);
  await jobOf(again, jobId, ({ state }) => state === 'done');
});

test('a sign-in that is denied says why; one that is taken back leaves nothing', async () => {
  const { shell, app } = await start();
  await shell.signIn.start({ ...app, store: 'memory' });
  await visit(await decide(await waitingUrl(shell), 'deny'));
  const { signIn } = await shellState(shell, (state) => state.signIn?.phase === 'idle');
  expect(signIn?.detail).toMatch(/denied/);
  await shell.signIn.start({ ...app, store: 'memory' });
  expect(() => shell.signIn.paste('http://127.0.0.1/callback?state=x&code=y')).toThrow();
  shell.signIn.cancel();
  expect(shell.state().signIn).toMatchObject({ phase: 'idle', url: null, detail: null });
  expect(() => shell.signIn.paste('http://127.0.0.1/callback')).toThrow(/Start again/);
});

test('who signs in twice has one account, with one data folder', async () => {
  const { shell, home, app } = await start();
  const ids: (string | undefined)[] = [];
  for (const _round of [1, 2]) {
    await shell.signIn.start({ ...app, store: 'memory' });
    await visit(await decide(await waitingUrl(shell)));
    await shellState(shell, ({ phase, signIn }) => phase === 'ready' && signIn?.phase === 'idle');
    ids.push(shell.state().account?.id);
  }
  expect(ids[0]).toBe(ids[1]);
  expect(shell.state().accounts).toHaveLength(1);
  expect(readdirSync(join(home, 'accounts'))).toEqual([ids[0]]);
});
