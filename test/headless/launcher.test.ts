import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { beforeAll, describe, expect, test } from 'vitest';
import { isAlive, until } from '../support/open-stub.ts';
import { watchProcess, type Running } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let launcher = '';

beforeAll(async () => {
  // As build/build.mjs does it.
  const built = (await build({
    root,
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: true,
      write: false,
      target: 'node12',
      minify: false,
      rolldownOptions: {
        input: { boxcar: 'main/headless/launcher.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  })) as { output: { code: string }[] };
  launcher = built.output[0]!.code;
});

/** What stands in for the command: tells where it runs, then does what its first argument says. */
const command = `
import { onInterrupt } from ${JSON.stringify(join(root, 'main/headless/interrupt.ts'))};
import { obeyLauncher } from ${JSON.stringify(join(root, 'main/headless/launched.ts'))};
obeyLauncher();
const [what, ...rest] = process.argv.slice(2);
if (what === 'exit') process.exitCode = Number(rest[0]);
if (what === 'wait') setInterval(() => {}, 1000);
if (what === 'interrupt') {
  const timer = setInterval(() => {}, 1000);
  process.on('SIGINT', () => console.log('SIGINT'));
  onInterrupt().signal.addEventListener('abort', () => {
    setTimeout(() => { console.log('ended'); process.exit(130); }, 300);
    clearInterval(timer);
  });
}
console.log(JSON.stringify({ pid: process.pid, version: process.version, rest, launched: process.env.BOXCAR_LAUNCHED }));
`;

interface Installed {
  launcher: string;
  /** Makes the Node that runs it look old. */
  old: string;
}

/** A folder as \`npm install\` leaves it. */
function install(node: 'with Node 24' | 'without Node 24' | 'with a Node 24 that cannot run'): Installed {
  const folder = temporaryFolder();
  const out = join(folder, 'node_modules/boxcar/out/main');
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'boxcar.cjs'), launcher);
  writeFileSync(join(out, 'package.json'), '{"type":"module"}');
  writeFileSync(join(out, 'cli.js'), command);
  const old = join(folder, 'old.cjs');
  writeFileSync(
    old,
    "Object.defineProperty(process, 'version', { value: 'v20.20.2' }); process.execve = undefined; delete process.env.NODE_OPTIONS;",
  );
  if (node !== 'without Node 24') {
    const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
    const path = join(folder, 'node_modules', name);
    mkdirSync(join(path, 'bin'), { recursive: true });
    writeFileSync(join(path, 'package.json'), JSON.stringify({ name, version: '24.21.0', bin: { node: 'bin/node' } }));
    if (node === 'with Node 24') symlinkSync(process.execPath, join(path, 'bin/node'));
    else {
      copyFileSync(old, join(path, 'bin/node'));
      chmodSync(join(path, 'bin/node'), 0o644);
    }
  }
  return { launcher: join(out, 'boxcar.cjs'), old };
}

function start(
  installed: Installed,
  args: readonly string[],
  how: 'as an old Node' | 'as it is' = 'as an old Node',
): Running {
  const options = how === 'as it is' ? [] : ['--require', installed.old];
  const child = spawn(process.execPath, [...options, installed.launcher, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return watchProcess(child);
}

/** The line that the command begins with. */
async function firstLine(
  running: Running,
): Promise<{ pid: number; version: string; rest: string[]; launched?: string }> {
  let text = '';
  running.child.stdout?.on('data', (chunk: string) => (text += chunk));
  await running.said('}\n');
  await until('the line is read', () => text.includes('\n'));
  return JSON.parse(text.split('\n')[0]!) as Awaited<ReturnType<typeof firstLine>>;
}

describe('on Node 24', () => {
  test('the command runs in the process that was started', async () => {
    const running = start(install('without Node 24'), ['exit', '3', 'a b'], 'as it is');
    expect(await firstLine(running)).toMatchObject({ pid: running.child.pid, rest: ['3', 'a b'] });
    expect((await running.ended).code).toBe(3);
  });
});

describe('on an older Node', () => {
  test('the command runs on the Node 24 of the optional dependency; arguments and exit code are passed on', async () => {
    const running = start(install('with Node 24'), ['exit', '3', '--x', 'a b']);
    const line = await firstLine(running);
    expect(line).toMatchObject({ version: process.version, rest: ['3', '--x', 'a b'] });
    expect(line.launched).toBeUndefined();
    expect(line.pid).not.toBe(running.child.pid);
    expect(await running.ended).toMatchObject({ code: 3, signal: null, stderr: '' });
  });

  test.each(['without Node 24', 'with a Node 24 that cannot run'] as const)(
    '%s it says in one line what to install',
    async (node) => {
      const { code, stderr, stdout } = await start(install(node), ['exit', '0']).ended;
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^boxcar: Node\.js 24 or newer is needed and this is v20\.20\.2.*nodejs\.org.*\n$/);
    },
  );

  test('a signal to the launcher reaches the command once', async () => {
    const running = start(install('with Node 24'), ['interrupt']);
    const { pid } = await firstLine(running);
    running.child.kill('SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    expect(stdout.match(/SIGINT/g)).toHaveLength(1);
    expect(stdout).toContain('ended');
    expect(isAlive(pid)).toBe(false);
  });

  test('Ctrl-C, which reaches both, counts once', async () => {
    const running = start(install('with Node 24'), ['interrupt']);
    const { pid } = await firstLine(running);
    process.kill(pid, 'SIGINT');
    running.child.kill('SIGINT');
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    expect(stdout).toContain('ended');
  });

  test('a command that does not care about signals ends by them, and the launcher too', async () => {
    const running = start(install('with Node 24'), ['wait']);
    const { pid } = await firstLine(running);
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(isAlive(pid)).toBe(false);
  });

  test.each(['wait', 'interrupt'])('kill -9 of the launcher ends the command (%s)', async (what) => {
    const running = start(install('with Node 24'), [what]);
    const { pid } = await firstLine(running);
    running.child.kill('SIGKILL');
    await until('the command has ended', () => !isAlive(pid));
  });

  test('kill -9 of the command is passed on', async () => {
    const running = start(install('with Node 24'), ['wait']);
    const { pid } = await firstLine(running);
    process.kill(pid, 'SIGKILL');
    expect(await running.ended).toMatchObject({ signal: 'SIGKILL' });
  });
});

const olderNode = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
  return (
    existsSync(path) && Number(execFileSync(path, ['--version'], { encoding: 'utf8' }).slice(1).split('.')[0]) < 24
  );
});

test.runIf(olderNode)('on the older Node of this system', async () => {
  const { launcher: path } = install('with Node 24');
  const running = watchProcess(spawn(olderNode!, [path, 'exit', '5'], { stdio: ['ignore', 'pipe', 'pipe'] }));
  expect((await firstLine(running)).version).toBe(process.version);
  expect((await running.ended).code).toBe(5);
});
