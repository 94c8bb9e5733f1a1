import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { content, TestBox, writeOld } from '../../support/engine-fixture.ts';
import { descendants, isAlive } from '../../support/boxcar-command.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { jobOf, openTestShell, shellState } from '../../support/ui-host.ts';

const isReady = ({ phase }: { phase: string }) => phase === 'ready';
const version = 'version' as const;

function commandLine(pid: number): string {
  return existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : '';
}

/** The processes of a shell's sandbox or engine, by the data folder in their words. */
function processesOf(home: string, what: 'sandbox' | 'engine'): number[] {
  return descendants(process.pid).filter((pid) => {
    const line = commandLine(pid);
    return line.includes(`${what}/index.ts`) && line.includes(home);
  });
}

describe('accounts', () => {
  test('without any: first run, and commands say what to do', async () => {
    const shell = await openTestShell();
    expect(shell.state()).toMatchObject({ phase: 'first-run', account: null, accounts: [], lost: [], kept: [] });
    await expect(shell.boxcar()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/sandbox/) as unknown,
    });
  });

  test('the sandbox: a file goes up into its folder, and the next start goes on with it', async () => {
    const home = temporaryFolder();
    const first = await openTestShell({ home });
    await first.trySandbox();
    expect(first.state()).toMatchObject({
      phase: 'ready',
      account: { id: 'sandbox', kind: 'sandbox', signIn: 'ok' },
    });
    const file = join(temporaryFolder(), 'a.txt');
    writeOld(file, 'hello');
    const { commands } = await first.boxcar();
    const { jobId } = await commands.upload({ paths: [file], target: '0', ifExists: version });
    await jobOf(first, jobId, ({ state }) => state === 'done');
    expect(readFileSync(join(home, 'sandbox-box/a.txt'), 'utf8')).toBe('hello');
    const kept = JSON.parse(readFileSync(join(home, 'shell.json'), 'utf8')) as Record<string, unknown>;
    await first.close(500);
    expect(processesOf(home, 'sandbox')).toEqual([]);

    const second = await openTestShell({ home });
    expect(second.account()?.id).toBe('sandbox');
    await shellState(second, isReady);
    expect(JSON.parse(readFileSync(join(home, 'shell.json'), 'utf8'))).toEqual(kept);
    expect(await (await second.boxcar()).commands.job({ jobId })).toMatchObject({ state: 'done' });
  });

  test('what was under way when it ended goes on', async () => {
    const home = temporaryFolder();
    const first = await openTestShell({ home });
    await first.trySandbox();
    const file = join(temporaryFolder(), 'b.bin');
    writeOld(file, content(100_000));
    const { commands } = await first.boxcar();
    await commands.pauseAll({});
    const { jobId } = await commands.upload({ paths: [file], target: '0', ifExists: version });
    await jobOf(first, jobId, ({ state }) => state === 'active');
    await first.close(500);

    const second = await openTestShell({ home });
    await shellState(second, isReady);
    await jobOf(second, jobId, ({ state }) => state === 'active');
    await (await second.boxcar()).commands.resumeAll({});
    await jobOf(second, jobId, ({ state }) => state === 'done');
  });

  test('signed out stays signed out, whatever the environment says', async () => {
    const home = temporaryFolder();
    const box = await TestBox.start();
    const { api, upload, auth, authorize, token } = box.sandbox.ready;
    const options = { home, token, endpoints: { api, upload, auth, authorize } };
    const first = await openTestShell(options);
    await shellState(first, isReady);
    await first.signOut();
    expect(first.state()).toMatchObject({ phase: 'first-run', account: null, accounts: [{ id: 'token' }] });
    await first.close(500);

    const second = await openTestShell(options);
    expect(second.state().phase).toBe('first-run');
    await second.switchAccount('token');
    await shellState(second, isReady);
    await expect(second.switchAccount('nobody')).rejects.toMatchObject({ code: 'usage' });
  });

  test('a token that Box refuses is named, and another one replaces it at once', async () => {
    const box = await TestBox.start();
    const { api, upload, auth, authorize, token } = box.sandbox.ready;
    const shell = await openTestShell({ token: 'wrong-token', endpoints: { api, upload, auth, authorize } });
    await shellState(shell, isReady);
    const file = join(temporaryFolder(), 'c.txt');
    writeOld(file, 'c');
    const { commands } = await shell.boxcar();
    const asked = { paths: [file], target: '0', ifExists: version };
    await expect(commands.upload(asked)).rejects.toMatchObject({ problem: { code: 'account.sign-in' } });
    await shellState(shell, ({ account }) => account?.signIn === 'needed');
    await shell.signInWithToken(token);
    expect(shell.state()).toMatchObject({ phase: 'ready', account: { signIn: 'ok' } });
    const { jobId } = await commands.upload(asked);
    await jobOf(shell, jobId, ({ state }) => state === 'done');
    expect(JSON.stringify(shell.state())).not.toContain(token);
    expect(readFileSync(join(shell.home, 'shell.json'), 'utf8')).not.toContain(token);
  });

  test('a file of choices that is broken is set aside and told', async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, 'shell.json'), '{"account": 7');
    const shell = await openTestShell({ home });
    expect(shell.notice).toMatch(/could not be read/);
    expect(shell.state()).toMatchObject({ phase: 'first-run', message: shell.notice });
    expect(readdirSync(home).filter((name) => name.startsWith('shell.json.broken-'))).toHaveLength(1);
    expect(await shell.setSettings({ theme: 'dark' })).toMatchObject({ theme: 'dark', language: 'system' });
    await shell.close();
    expect((await openTestShell({ home })).settings()).toMatchObject({ theme: 'dark' });
  });
});

describe('deaths', () => {
  test('a killed engine is started again, and said so', async () => {
    const shell = await openTestShell();
    await shell.trySandbox();
    const pid = (await shell.boxcar()).engine?.pid() ?? 0;
    const restarting = shellState(shell, ({ phase }) => phase === 'restarting');
    process.kill(pid, 'SIGKILL');
    expect((await restarting).message).toMatch(/SIGKILL/);
    await shellState(shell, isReady);
    expect(isAlive(pid)).toBe(false);
  });

  test('a killed sandbox is there again at the same address', async () => {
    const home = temporaryFolder();
    const shell = await openTestShell({ home });
    await shell.trySandbox();
    const [pid = 0] = processesOf(home, 'sandbox');
    process.kill(pid, 'SIGKILL');
    const file = join(temporaryFolder(), 'd.txt');
    writeOld(file, 'd');
    const { commands } = await shell.boxcar();
    await expect
      .poll(() => processesOf(home, 'sandbox').filter((one) => one !== pid), { timeout: 20_000 })
      .toHaveLength(1);
    await expect
      .poll(() => commands.upload({ paths: [file], target: '0', ifExists: version }).catch(() => null), {
        timeout: 20_000,
      })
      .not.toBeNull();
    await jobOf(shell, 1, ({ state }) => state === 'done');
  });

  test('nothing is left behind, also when it is closed while it opens', async () => {
    const home = temporaryFolder();
    const shell = await openTestShell({ home });
    const trying = shell.trySandbox();
    trying.catch(() => undefined);
    await shellState(shell, ({ phase }) => phase === 'starting');
    await shell.close(500);
    await expect(trying).rejects.toMatchObject({ code: 'link-lost' });
    expect([...processesOf(home, 'sandbox'), ...processesOf(home, 'engine')]).toEqual([]);
  });
});

describe('beside another Boxcar', () => {
  test('it attaches, also to a sandbox that the other one has started, and takes over', async () => {
    const home = temporaryFolder();
    const first = await openTestShell({ home });
    await first.trySandbox();
    const second = await openTestShell({ home });
    await shellState(second, isReady);
    const attached = await second.boxcar();
    expect(attached.kind).toBe('attached');
    expect(processesOf(home, 'sandbox')).toHaveLength(1);
    const taken = Promise.withResolvers<string>();
    second.onBoxcar(({ boxcar }) => taken.resolve(boxcar.kind));
    await first.close(500);
    expect(await taken.promise).toBe('app');
    await shellState(second, isReady);
    expect(processesOf(home, 'sandbox')).toHaveLength(1);
  });

  test('two that start the sandbox at once share one', async () => {
    const home = temporaryFolder();
    const both = await Promise.all([openTestShell({ home }), openTestShell({ home })]);
    await Promise.all(both.map((shell) => shell.trySandbox()));
    const kinds = await Promise.all(both.map(async (shell) => (await shell.boxcar()).kind));
    expect(kinds.sort()).toEqual(['app', 'attached']);
  });
});
