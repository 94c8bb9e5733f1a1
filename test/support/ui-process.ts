// `boxcar ui` as people start it: the built command, in processes of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SandboxReady } from '../../main/sandbox/server.ts';
import { descendantEntries, descendants, isAlive } from './process-tree.ts';

const boxcarPath = fileURLToPath(new URL('../../out/main/boxcar.cjs', import.meta.url));

export interface UiProcess {
  /** The link with the one-time token. */
  url: string;
  origin: string;
  home: string;
  /** The process that serves the page; above it may stand the launcher. */
  hostPid(): number;
  enginePid(): number;
  sandboxPid(): number;
  /** SIGKILL to the host, as the system does when memory is short; resolves when all of it is gone. */
  kill(): Promise<void>;
  /** Ctrl-C; resolves with the exit code once nothing of it is left. */
  stop(): Promise<number | null>;
}

export interface UiProcessOptions {
  home: string;
  /** The Box to speak to; none: first run. */
  box?: SandboxReady;
  port?: number;
  /** The user's own folder, where pickers begin. */
  userFolder?: string;
}

/** Starts it and waits for its link. The caller ends it. */
export async function startUi({ home, box, port = 0, userFolder }: UiProcessOptions): Promise<UiProcess> {
  const env = {
    ...process.env,
    BOXCAR_TOKEN: '',
    ...(box ? boxEnvironment(box) : {}),
    ...(userFolder ? { HOME: userFolder } : {}),
  };
  const args = [boxcarPath, 'ui', '--no-open', '--json', '--home', home, '--port', String(port)];
  const child = spawn(process.execPath, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line) as { event: string; url?: string };
      if (event.event === 'ready' && event.url) resolve(event.url);
    });
    child.once('exit', (code) => reject(new Error(`boxcar ui ended with ${code}: ${stderr}`)));
  });
  const root = child.pid ?? 0;
  const started = (name: string) => {
    const found = descendantEntries(root).find(({ command }) => command.includes(`/${name}.js`));
    if (!found) throw new Error(`${name} does not run`);
    return found.pid;
  };
  return {
    url,
    origin: new URL(url).origin,
    home,
    hostPid: () => descendantEntries(root).find(({ command }) => command.includes('/cli.js'))?.pid ?? root,
    enginePid: () => started('engine'),
    sandboxPid: () => started('sandbox'),
    kill: async () => {
      const all = [root, ...descendants(root)];
      const host = descendantEntries(root).find(({ command }) => command.includes('/cli.js'))?.pid ?? root;
      if (isAlive(host)) process.kill(host, 'SIGKILL');
      await ended(child);
      await gone(all);
    },
    stop: async () => {
      const all = descendants(root);
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
      await ended(child);
      await gone(all);
      return child.exitCode;
    },
  };
}

function boxEnvironment({ api, upload, auth, token }: SandboxReady): NodeJS.ProcessEnv {
  return { BOXCAR_API_URL: api, BOXCAR_UPLOAD_URL: upload, BOXCAR_AUTH_URL: auth, BOXCAR_TOKEN: token };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Waits for processes to end by themselves; those that don't within ten seconds are ended, and named. */
async function gone(pids: number[]): Promise<void> {
  const until = performance.now() + 10_000;
  while (pids.some(isAlive)) {
    if (performance.now() > until) {
      const left = pids.filter(isAlive);
      for (const pid of left) process.kill(pid, 'SIGKILL');
      throw new Error(`left behind: ${left.join(', ')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
