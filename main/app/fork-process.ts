import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Link } from '../../shared/link.ts';
import { ipcLink } from '../platform/link.ts';
import { redact } from '../platform/redact.ts';

const errorTailChars = 4000;

/** What a process of Boxcar is started with. */
export interface ForkOptions {
  /** Its code: a bundle, or its source. */
  entry: URL;
  /** What it finds in its argv from the third place on. */
  args: string[];
  /** All of its environment. */
  env: NodeJS.ProcessEnv;
  /** How the system's list of processes calls it, where that can be said. */
  name: string;
  /** Flags of V8. */
  execArgv?: string[];
  /** True: what it writes on stderr goes to ours. Else its end is kept, for how it ended. */
  inheritStderr?: boolean;
}

/** A process that was started; it may not have got anywhere yet. */
export interface ForkedProcess {
  pid(): number;
  /** Closed at either end, or by the death of either process. */
  link: Link;
  /** Settles with how it ended, and the end of what it wrote on stderr; never rejects. */
  ended: Promise<string>;
  /** Nothing where it has ended already. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** The way to start a process: Node's own here, a utility process in the desktop app, whose Electron can't run as Node. */
export type ForkProcess = (options: ForkOptions) => ForkedProcess;

/** What a process needs of the environment. Everything else stays here, tokens above all. */
const environmentNames =
  /^(PATH|HOME|TZ|LANG|LANGUAGE|LC_[A-Z]+|TMPDIR|TEMP|TMP|(https?|all|no)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|SYSTEMROOT|WINDIR|USERPROFILE|(LOCAL)?APPDATA)$/i;

/** The listed subset of the environment that processes get. */
export function listedEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => environmentNames.test(name)));
}

/**
 * The C library of Linux gives each thread arenas of its own for malloc, and what is freed in one stays there: with the hashing and
 * scanning threads some 60 MB of a first sync. Two are as fast here. https://man7.org/linux/man-pages/man3/mallopt.3.html
 */
const fewArenas: NodeJS.ProcessEnv = process.platform === 'linux' ? { MALLOC_ARENA_MAX: '2' } : {};

/** A process of plain Node. */
export const forkNode: ForkProcess = ({ entry, args, env, execArgv = [], inheritStderr }) => {
  const child = fork(fileURLToPath(entry), args, {
    execArgv,
    env: { ...fewArenas, ...env },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', inheritStderr ? 'inherit' : 'pipe', 'ipc'],
  });
  return {
    pid: () => child.pid ?? 0,
    link: ipcLink(child),
    ended: endOf(child, collectTail(child.stderr)),
    kill: (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    },
  };
};

/**
 * How a process ended, in words, with the end of what it wrote on stderr. By 'exit' and not by 'close': that one never comes when
 * both sides close the channel at once.
 */
function endOf(child: ChildProcess, errorText: () => string): Promise<string> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => {
      const finish = () => resolve(endText(signal ?? `exit code ${code}`, errorText()));
      if (!child.stderr || child.stderr.closed) return finish();
      // The last words may still be in the pipe; a process that inherited it may hold it open.
      child.stderr.once('close', finish);
      setTimeout(finish, 500).unref();
    });
  });
}

/** How something ended, with what it said last. */
export function endText(how: string, errorText: string): string {
  return errorText === '' ? how : `${how}: ${errorText}`;
}

/** Keeps the end of what is written on a stream, without secrets. */
export function collectTail(stream: NodeJS.ReadableStream | null): () => string {
  let tail = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (text: string) => {
    tail = (tail + text).slice(-errorTailChars);
  });
  return () => redact(tail.trim());
}
