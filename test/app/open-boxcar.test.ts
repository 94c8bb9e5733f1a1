import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectToApp } from '../../main/app/control-client.ts';
import { serveControlSocket } from '../../main/app/control-server.ts';
import type { EngineHost } from '../../main/app/engine-host.ts';
import { silentLogger } from '../../main/platform/log.ts';
import { controlPath, ensurePrivate } from '../../main/app/control-path.ts';
import { batchSchema } from '../../shared/progress-contract.ts';
import { endpoints, isAlive, openStub, tellStub, until } from '../support/open-stub.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const upload = { paths: ['/stub'], target: '0', ifExists: 'version' as const };

async function appInAnotherProcess(
  home: string,
  mode = '',
): Promise<{ child: ChildProcess; kind: string; pid: number }> {
  const child = fork(new URL('../support/app-child.ts', import.meta.url), [home, mode], { execArgv: [] });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const [said] = (await once(child, 'message')) as [{ kind: string; pid: number }];
  return { child, ...said };
}

/** The stub engines of a data folder, by what the system lists. */
function enginesOf(home: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line.includes('stub-engine') && line.includes(`"${home}"`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

describe('one app per data folder', () => {
  test('the second attaches to the first, commands and views are relayed', async () => {
    const home = temporaryFolder();
    tellStub(home, { files: 5 });
    const app = await openStub(home);
    const second = await openStub(home);
    expect([app.kind, second.kind, second.pid]).toEqual(['app', 'attached', process.pid]);
    const { jobId } = await second.commands.upload(upload);
    const done = Promise.withResolvers<void>();
    await second.subscribe({ kind: 'job', jobId }, (batch) => {
      const parsed = batchSchema.parse(batch);
      if (parsed.kind === 'job' && parsed.progress.job.state === 'done') done.resolve();
    });
    await done.promise;
    expect(await app.commands.job({ jobId })).toMatchObject({ counts: { sent: 5 } });
    await expect(second.commands.job({ jobId: 77 })).rejects.toMatchObject({ code: 'usage' });
  });

  test('the socket is for the owner alone, and goes with the app', async () => {
    const home = temporaryFolder();
    const app = await openStub(home);
    const path = join(home, 'control.sock');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await app.close();
    expect(existsSync(path)).toBe(false);
    expect(enginesOf(home)).toEqual([]);
  });

  test('two that start at once become one app and one attached', async () => {
    const home = temporaryFolder();
    const both = await Promise.all([appInAnotherProcess(home), appInAnotherProcess(home)]);
    expect(both.map(({ kind }) => kind).sort()).toEqual(['app', 'attached']);
    expect(both[0].pid).toBe(both[1].pid);
    expect(enginesOf(home)).toHaveLength(1);
  });

  test('a read-only command listens nowhere, and what transfers waits for it', async () => {
    const home = temporaryFolder();
    const reader = await openStub(home, { readOnly: true });
    expect(reader.kind).toBe('app');
    expect(existsSync(join(home, 'control.sock'))).toBe(false);
    const opening = openStub(home);
    await until('two engines', () => enginesOf(home).length === 2);
    await reader.close();
    expect((await opening).kind).toBe('app');
  });

  test('a held lock with a dead socket is an error that says so', async () => {
    const home = temporaryFolder();
    tellStub(home, { lockWaitMs: 10 });
    const ledger = new DatabaseSync(join(home, 'ledger.db'));
    onTestFinished(() => ledger.close());
    ledger.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    await expect(openStub(home)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/Another Boxcar holds/) as string,
    });
    expect(enginesOf(home)).toEqual([]);
  });

  test('a command that means another Box does not attach, one that only looks does', async () => {
    const home = temporaryFolder();
    await openStub(home);
    const other = { ...endpoints, upload: 'http://127.0.0.1:10/api/2.0' };
    await expect(openStub(home, { endpoints: other })).rejects.toMatchObject({ code: 'refused' });
    expect((await openStub(home, { endpoints: other, readOnly: true })).kind).toBe('attached');
  });

  test('kill -9 of the app leaves no engine, and the next one takes its place', async () => {
    const home = temporaryFolder();
    const { child } = await appInAnotherProcess(home);
    const [engine] = enginesOf(home);
    const watching = await openStub(home);
    child.kill('SIGKILL');
    await expect(watching.over).rejects.toMatchObject({ code: 'link-lost' });
    await until('the engine is gone', () => !isAlive(engine!));
    expect(existsSync(join(home, 'control.sock'))).toBe(true);
    const next = await openStub(home);
    expect(next.kind).toBe('app');
    expect(await next.commands.jobs({})).toEqual([]);
  });

  test('when the app ends, the attached command becomes the app', async () => {
    const home = temporaryFolder();
    const { child } = await appInAnotherProcess(home);
    const second = await openStub(home);
    child.send('close');
    await expect(second.over).rejects.toMatchObject({ code: 'link-lost' });
    expect((await openStub(home)).kind).toBe('app');
  });

  test('a data folder that cannot be used is wrong usage', async () => {
    await expect(openStub('/dev/null/home')).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('the control socket', () => {
  test('a live listener is never robbed', async () => {
    const home = temporaryFolder();
    const path = join(home, 'control.sock');
    const answered = Promise.withResolvers<void>();
    const server = createServer((socket) => socket.on('data', () => answered.resolve()));
    server.listen(path);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const opening = openStub(home, { signal: AbortSignal.timeout(60_000) });
    await answered.promise;
    await expect(opening).rejects.toMatchObject({ code: 'timeout' });
    const client = connect(path);
    await once(client, 'connect');
    client.destroy();
  }, 20_000);

  test('nor by an app that holds the lock: one whose engine has just died keeps its socket', async () => {
    const path = join(temporaryFolder(), 'control.sock');
    const server = createServer();
    server.listen(path);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const where = { path, privateFolder: undefined };
    const app = await openStub(temporaryFolder());
    const settings = { where, host: app as unknown as EngineHost, endpoints, version: '1', logger: silentLogger() };
    expect(await serveControlSocket(settings)).toBeUndefined();
    const client = connect(path);
    await once(client, 'connect');
    client.destroy();
  });

  test('a path too long for a socket moves to a private folder', async () => {
    const home = join(temporaryFolder(), 'h'.repeat(100));
    const runtime = temporaryFolder();
    const env = { ...process.env, XDG_RUNTIME_DIR: runtime };
    const app = await openStub(home, { env });
    const { path, privateFolder } = controlPath(app.home, env);
    expect(path.startsWith(runtime)).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(privateFolder!).mode & 0o777).toBe(0o700);
    expect((await openStub(home, { env })).kind).toBe('attached');
    expect(
      Buffer.byteLength(controlPath('/' + 'x'.repeat(200), { XDG_RUNTIME_DIR: '/' + 'y'.repeat(200) }).path),
    ).toBeLessThan(104);
  });

  test('a moved socket is not trusted in a folder of somebody else', async () => {
    const runtime = temporaryFolder();
    const where = controlPath('/' + 'x'.repeat(200), { XDG_RUNTIME_DIR: runtime });
    mkdirSync(where.privateFolder!, { mode: 0o755 });
    await expect(ensurePrivate(where)).rejects.toMatchObject({ code: 'refused' });
    const linked = { path: join(runtime, 'l', 'a'), privateFolder: join(runtime, 'l') };
    symlinkSync(temporaryFolder(), linked.privateFolder);
    await expect(connectToApp(linked)).rejects.toMatchObject({ code: 'refused' });
  });

  test('a file that stands in its place is replaced', async () => {
    const home = temporaryFolder();
    writeFileSync(join(home, 'control.sock'), 'left over');
    expect((await openStub(home)).kind).toBe('app');
    expect((await openStub(home)).kind).toBe('attached');
  });

  test('nothing is answered before hello, nor to another protocol, nor to garbage', async () => {
    const home = temporaryFolder();
    await openStub(home);
    const ask = async (line: string): Promise<string> => {
      const socket = connect(join(home, 'control.sock'));
      onTestFinished(() => void socket.destroy());
      socket.write(line + '\n');
      let text = '';
      for await (const chunk of socket.setEncoding('utf8')) {
        text += chunk as string;
        if (text.endsWith('\n')) break;
      }
      return text;
    };
    expect(await ask('{"t":"q","i":"1","m":"jobs","a":[{}]}')).toContain('"refused"');
    expect(await ask('{"t":"q","i":"1","m":"hello","a":[{"protocol":99}]}')).toMatch(/"refused".*another protocol/);
    expect(await ask('{"t":"q","i":"1","m":"shutDown","a":[{}]}')).toContain('"refused"');
    expect(await ask('GET / HTTP/1.1')).toBe('');
  });

  test('a client that takes no batches holds up nobody, and its view ends with it', async () => {
    const home = temporaryFolder();
    tellStub(home, { files: 20, tickMs: 1 });
    const app = await openStub(home);
    const slow = await openStub(home);
    const { jobId } = await app.commands.upload(upload);
    const got = Promise.withResolvers<void>();
    await slow.subscribe({ kind: 'outcomes', jobId }, () => {
      got.resolve();
      return new Promise(() => undefined);
    });
    await got.promise;
    expect(await app.commands.jobs({})).toHaveLength(1);
    await slow.close();
    await until('the job is done', async () => (await app.commands.job({ jobId })).state === 'done');
  });
});
