import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { SandboxReady } from '../../main/sandbox/server.ts';

export { descendants, isAlive } from './process-tree.ts';

/** The built command, as it is installed. */
export const boxcarPath = fileURLToPath(new URL('../../out/main/boxcar.cjs', import.meta.url));

/** One line of `--json`. */
export type Event = Record<string, unknown> & { event: string };

export interface Command {
  child: ChildProcess;
  events: Event[];
  stderr(): string;
  stdout(): string;
  /** Resolves with the first event that fits, past ones included; rejects when the command ends without one. */
  waitFor(fits: (event: Event) => boolean): Promise<Event>;
  exit: Promise<number | NodeJS.Signals>;
  /** SIGKILL to every process that the command has started, and to itself. */
  killAll(): void;
}

/** The environment in which the command talks to a sandbox. */
export function sandboxEnvironment(ready: SandboxReady, home: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    BOXCAR_API_URL: ready.api,
    BOXCAR_UPLOAD_URL: ready.upload,
    BOXCAR_AUTH_URL: ready.auth,
    BOXCAR_TOKEN: ready.token,
    BOXCAR_HOME: home,
  };
}

/** Starts the built command; it and all its processes are gone when the test ends. */
export function boxcar(args: readonly string[], env: NodeJS.ProcessEnv, node = process.execPath): Command {
  // A process group of its own, so that all of it can be killed at once.
  const child = spawn(node, [boxcarPath, ...args], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const events: Event[] = [];
  const listeners = new Set<() => void>();
  const tell = () => listeners.forEach((listener) => listener());
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  createInterface({ input: child.stdout }).on('line', (line) => {
    stdout += `${line}\n`;
    if (!line.startsWith('{')) return;
    events.push(JSON.parse(line) as Event);
    tell();
  });
  let ended = false;
  const exit = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on('close', (code, signal) => {
      ended = true;
      resolve(signal ?? code ?? -1);
      tell();
    });
  });
  const killAll = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group is empty.
    }
  };
  onTestFinished(async () => {
    killAll();
    await exit;
  });
  return {
    child,
    events,
    stderr: () => stderr,
    stdout: () => stdout,
    exit,
    killAll,
    waitFor: (fits) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const event = events.find(fits);
          if (!event && !ended) return;
          listeners.delete(look);
          if (event) resolve(event);
          else reject(new Error(`the command ended without the event: ${stdout}${stderr}`));
        };
        listeners.add(look);
        look();
      }),
  };
}
