import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export interface Ran {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** The lines of stdout as JSON; fails where one is none. */
  events: { event: string; [field: string]: unknown }[];
}

export interface Running {
  child: ChildProcess;
  /** Waits until a text stands on stdout or stderr. */
  said(text: string): Promise<void>;
  ended: Promise<Ran>;
}

const entries = {
  stub: fileURLToPath(new URL('./cli-with-stub.ts', import.meta.url)),
  real: fileURLToPath(new URL('../../main/headless/index.ts', import.meta.url)),
};

/** Starts the command line as a process of its own, with nothing of the test's own settings in its environment. */
export function startCli(
  args: readonly string[],
  options: { home?: string; env?: NodeJS.ProcessEnv; entry?: keyof typeof entries } = {},
): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('BOXCAR_'));
  const child = spawn(process.execPath, [entries[options.entry ?? 'stub'], ...args], {
    env: {
      ...Object.fromEntries(inherited),
      BOXCAR_API_URL: 'http://127.0.0.1:9/2.0',
      BOXCAR_UPLOAD_URL: 'http://127.0.0.1:9/api/2.0',
      BOXCAR_AUTH_URL: 'http://127.0.0.1:9/oauth2',
      BOXCAR_TOKEN: 'stub-token',
      ...(options.home === undefined ? {} : { BOXCAR_HOME: options.home }),
      ...options.env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return watchProcess(child);
}

/** What a process says and how it ends; killed when the test ends. */
export function watchProcess(child: ChildProcess): Running {
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const text = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
      listeners.forEach((listener) => listener());
    });
  }
  const ended = (async (): Promise<Ran> => {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return {
      code,
      signal,
      ...text,
      get events() {
        const lines = text.stdout.split('\n').slice(0, -1);
        return lines.map((line) => JSON.parse(line) as Ran['events'][number]);
      },
    };
  })();
  return {
    child,
    ended,
    said: (wanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!(text.stdout + text.stderr).includes(wanted)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then(({ stdout, stderr }) => reject(new Error(`ended without "${wanted}": ${stdout}${stderr}`)));
      }),
  };
}

/** Runs the command line to its end. */
export function runCli(...args: Parameters<typeof startCli>): Promise<Ran> {
  return startCli(...args).ended;
}
