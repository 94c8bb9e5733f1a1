import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { boxcarPath } from '../support/boxcar-command.ts';
import { isAlive, until } from '../support/open-stub.ts';
import { runCli, startCli, watchProcess, type Running } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Sandbox {
  root: string;
  env: NodeJS.ProcessEnv;
  running: Running;
  port: number;
}

/** A sandbox in a process of its own, by the command that people use. */
async function sandbox(...options: string[]): Promise<Sandbox> {
  const root = join(temporaryFolder(), 'box');
  const running = startCli(['sandbox', '--root', root, '--json', ...options], { entry: 'real' });
  let text = '';
  running.child.stdout?.on('data', (chunk: string) => (text += chunk));
  await running.said('"ready"');
  await until('the line is whole', () => text.includes('\n'));
  const ready = JSON.parse(text) as Record<'api' | 'upload' | 'auth' | 'authorize' | 'token', string> & {
    port: number;
  };
  const env = {
    BOXCAR_API_URL: ready.api,
    BOXCAR_UPLOAD_URL: ready.upload,
    BOXCAR_AUTH_URL: ready.auth,
    BOXCAR_AUTHORIZE_URL: ready.authorize,
    BOXCAR_TOKEN: ready.token,
  };
  return { root, env, running, port: ready.port };
}

/** A tree with what uploads meet: an empty file, a small one, one in parts, a link, folders in each other. */
function makeTree(partedBytes = 25_000_000): { path: string; sha1: Map<string, string> } {
  const path = join(temporaryFolder(), 'tree');
  mkdirSync(join(path, 'deep/er'), { recursive: true });
  const contents = {
    'deep/er/empty': Buffer.alloc(0),
    'a.txt': Buffer.from('hello'),
    'deep/parted.bin': randomBytes(partedBytes),
  };
  const sha1 = new Map<string, string>();
  // An hour old, so that nothing waits until they are quiet.
  const then = new Date(Date.now() - 3600_000);
  for (const [name, content] of Object.entries(contents)) {
    writeFileSync(join(path, name), content);
    utimesSync(join(path, name), then, then);
    sha1.set(name, createHash('sha1').update(content).digest('hex'));
  }
  symlinkSync('a.txt', join(path, 'link'));
  return { path, sha1 };
}

/** SHA-1 of what stands in a folder of the sandbox. */
function sha1Under(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), createHash('sha1').update(readFileSync(path)).digest('hex')];
    }),
  );
}

const sorted = (map: Map<string, string>) => [...map].sort(([a], [b]) => a.localeCompare(b));

describe('upload against the sandbox', () => {
  test('every file arrives, is proven by a receipt, and is not sent again', async () => {
    const { root, env } = await sandbox();
    const home = temporaryFolder();
    const { path, sha1 } = makeTree();
    const args = ['upload', path, '--to', '/in/deep', '--json'];
    const first = await runCli(args, { entry: 'real', home, env });
    expect(first.stderr).toContain('link');
    expect(first.code).toBe(0);
    expect(sorted(sha1Under(join(root, 'in/deep/tree')))).toEqual(sorted(sha1));
    expect(first.events.filter(({ event }) => event === 'file')).toHaveLength(4);
    expect(first.events.at(-1)).toMatchObject({ end: 'done', counts: { sent: 3, special: 1 }, resentBytes: 0 });

    const proof = await runCli(['receipts', '--json'], { entry: 'real', home, env });
    const receipts = new Map(
      proof.events.map((one) => [(one['path'] as string).slice(path.length + 1), one['boxSha1'] as string]),
    );
    expect(sorted(receipts)).toEqual(sorted(sha1));

    const again = await runCli(args, { entry: 'real', home, env });
    expect(again.events.at(-1)).toMatchObject({ exitCode: 0, sentBytes: 0, counts: { unchanged: 3 } });
    expect((await runCli([...args, '--strict'], { entry: 'real', home, env })).code).toBe(1);
    const why = await runCli(['why', join(path, 'a.txt')], { entry: 'real', home, env });
    expect(why.stdout).toContain(sha1.get('a.txt'));
    const parts = await runCli(['parts', 't1', '--json'], { entry: 'real', home, env });
    expect(parts.code).toBe(0);
  });

  test('kill -9 of everything in the middle, then the same command: at most the parts in flight go up again', async () => {
    const { root, env } = await sandbox('--part-size', '1MiB');
    const home = temporaryFolder();
    const { path, sha1 } = makeTree(60_000_000);
    const args = ['upload', path, '--to', '/in', '--json', '--parallel-parts', '2'];
    // Slow enough to be looked at while it goes on.
    const running = startCli([...args, '--calls-per-minute', '240'], { entry: 'real', home, env });
    const doneParts = async () => {
      const { events } = await runCli(['status', '--json'], { entry: 'real', home, env });
      const transfer = events.find(
        ({ event, path: name }) => event === 'transfer' && String(name).endsWith('parted.bin'),
      );
      return (transfer?.['parts'] as { done: number } | null)?.done ?? 0;
    };
    await until('some parts are done', async () => (await doneParts()) >= 3);
    running.child.kill('SIGKILL');
    await running.ended;
    const second = await runCli(args, { entry: 'real', home, env });
    expect(second.code).toBe(0);
    expect(second.events[0]).toMatchObject({ event: 'started', resumed: true });
    const summary = second.events.at(-1) as { resentBytes?: number };
    expect(summary.resentBytes).toBeLessThanOrEqual(2 * 2 ** 20);
    expect(sorted(sha1Under(join(root, 'in/tree')))).toEqual(sorted(sha1));
    const versions = await runCli(['receipts', '--json'], { entry: 'real', home, env });
    expect(versions.events).toHaveLength(3);
  });

  test('a token that Box refuses ends with 3, a folder that does not exist with 1', async () => {
    const { env } = await sandbox();
    const { path } = makeTree(1);
    const args = ['upload', path, '--json', '--to'];
    const refused = await runCli([...args, '/in'], {
      entry: 'real',
      home: temporaryFolder(),
      env: { ...env, BOXCAR_TOKEN: 'wrong' },
    });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('BOXCAR_TOKEN');
    expect(refused.stdout + refused.stderr).not.toContain('"wrong"');
    const missing = await runCli([...args, '987654'], { entry: 'real', home: temporaryFolder(), env });
    expect(missing.code).toBe(1);
    expect(missing.events.at(-1)).toMatchObject({ problem: { code: 'target.not-found' } });
  });

  test('full storage names the problem and how many files are left', async () => {
    const { env } = await sandbox('--quota', '1kB');
    const { path } = makeTree(1_000_000);
    const { code, stderr } = await runCli(['upload', path, '--to', '/in'], {
      entry: 'real',
      home: temporaryFolder(),
      env,
    });
    expect(code).toBe(1);
    expect(stderr).toContain('The storage on Box is full');
    expect(stderr).toMatch(/file(s)? not sent/);
  });

  test('abort of a job without a running app waits until it is carried out', async () => {
    const { env, root } = await sandbox('--part-size', '1MiB', '--uploads-per-minute', '1000');
    const home = temporaryFolder();
    const { path } = makeTree(1);
    truncateSync(join(path, 'deep/parted.bin'), 400_000_000);
    const running = startCli(['upload', path, '--to', '/in', '--json', '--parallel-parts', '1'], {
      entry: 'real',
      home,
      env,
    });
    await running.said('"file"');
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    const status = await runCli(['status', '--json'], { entry: 'real', home, env });
    expect(status.events[0]).toMatchObject({ event: 'job', state: 'stopped' });
    const aborted = await runCli(['abort', 'j1', '--json'], { entry: 'real', home, env });
    expect(aborted.events.map(({ event }) => event)).toEqual(['aborting', 'aborted']);
    expect(existsSync(join(root, 'in/tree/deep/parted.bin'))).toBe(false);
  });
});

describe('boxcar sandbox', () => {
  test('prints lines to paste, ends with Ctrl-C, and a taken port is an error', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const root = join(temporaryFolder(), 'box');
    const taken = await runCli(['sandbox', '--root', root, '--port', String(port)], { entry: 'real' });
    expect(taken).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(String(port)) as string });

    const running = startCli(['sandbox', '--root', root], { entry: 'real' });
    await running.said('export BOXCAR_TOKEN=');
    running.child.kill('SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    expect(stdout.match(/^export BOXCAR_\w+='[^']+'$/gm)).toHaveLength(5);
  });

  test('nonsense in an option names the option', async () => {
    const args = ['sandbox', '--root', join(temporaryFolder(), 'box')];
    expect(await runCli([...args, '--part-size', '12'], { entry: 'real' })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--part-size') as string,
    });
    expect(await runCli([...args, '--quota', 'much'], { entry: 'real' })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--quota') as string,
    });
  });

  test('is gone when its command is killed', async () => {
    const { running, env } = await sandbox();
    const children = readFileSync(`/proc/${running.child.pid}/task/${running.child.pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .map(Number);
    expect(children).toHaveLength(1);
    running.child.kill('SIGKILL');
    await until('the server has ended', () => !isAlive(children[0]!));
    await expect(fetch(env['BOXCAR_API_URL']!)).rejects.toThrow();
  });
});

test('problems: what is not on Box, by cause, of uploads and pairs', async () => {
  const { env } = await sandbox();
  const home = temporaryFolder();
  const run = (...args: string[]) => runCli(args, { entry: 'real', home, env });
  const tree = makeTree(1000);
  writeFileSync(join(tree.path, 'bad name '), 'x');
  expect((await run('problems')).stdout).toContain('Nothing is in the way');
  expect((await run('upload', tree.path, '--to', '/there')).code).toBe(1);
  const listed = await run('problems');
  expect(listed.code).toBe(0);
  expect(listed.stdout).toMatch(
    /^j1 .*Box does not take this name \(1\):.*bad name.*-> Rename.*special file skipped.*link/s,
  );
  const events = (await run('problems', 'j1', '--json')).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(events).toMatchObject([
    { event: 'failure', kind: 'file', problem: { code: 'name.invalid' } },
    { event: 'failure', kind: 'special', problem: { code: 'local.not-regular' } },
  ]);
  expect((await run('problems', 'p9')).code).toBe(2);
  // Pairs and jobs are numbered together.
  const other = await run('problems', 'p1');
  expect([other.code, other.stdout, other.stderr]).toEqual([2, '', expect.stringContaining('There is no pair p1')]);
});

test('an id that nothing has is wrong usage, whatever is to be done with it', async () => {
  const { env } = await sandbox();
  const home = temporaryFolder();
  for (const [command, id] of [
    ['next', 't9'],
    ['retry', 'p9'],
    ['retry', 'j9'],
  ] as const) {
    const refused = await runCli([command, id], { entry: 'real', home, env });
    expect([command, id, refused.code]).toEqual([command, id, 2]);
    expect(refused.stderr).toMatch(
      new RegExp(`There is no (transfer|job|pair) ${id}; "boxcar (status|pairs)" lists them`),
    );
  }
});

test.runIf(existsSync('/dev/full'))(
  'a full disk under stdout ends the text and not the work, and is told',
  async () => {
    const { env } = await sandbox();
    const home = temporaryFolder();
    const file = join(temporaryFolder(), 'small.txt');
    writeFileSync(file, 'x');
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const child = spawn(process.execPath, [boxcarPath, 'upload', file, '--to', '0', '--home', home, '--json'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', full, 'pipe'],
    });
    const { code, stderr } = await watchProcess(child).ended;
    expect([code, stderr]).toEqual([
      1,
      'boxcar: What this command says is lost in part: ENOSPC: no space left on device, write\n',
    ]);
    const receipts = await runCli(['receipts', '--json'], { entry: 'real', home, env });
    expect(receipts.events).toMatchObject([{ event: 'receipt', path: file, how: 'sent' }]);
  },
);
