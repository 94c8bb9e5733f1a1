import { fork, type ChildProcess } from 'node:child_process';
import { CallError } from '../../shared/call-error.ts';
import { engineContract, engineHostContract, type EngineOptions } from '../../shared/engine-contract.ts';
import type { Contract, Remote } from '../../shared/contract.ts';
import type { Logger } from '../platform/log.ts';
import { ipcLink } from '../platform/link.ts';
import { redact } from '../platform/redact.ts';
import { openRpc } from '../platform/rpc.ts';
import { commandTimeoutsMs } from './command-timeouts.ts';
import { relayContract } from './relay-contract.ts';
import type { TokenProvider } from './token-provider.ts';
import { watchPairs } from './watch-pairs.ts';

const readyTimeoutMs = 30_000;
const errorTailChars = 4000;
/**
 * Young objects get 3 x 4 MiB per thread: with less, what the small files under way hold is copied again and again. Old ones are
 * collected before they have grown by more than 60 %, which V8 would let them: `npm run bench -- --only memory` has the
 * engine's peak with 20,000 small files, below 200 MB with both and above with the first alone.
 */
const heapFlags = ['--max-semi-space-size=4', '--heap-growing-percent=60'];

/** What the engine needs of the environment. Everything else stays here, tokens above all. */
const environmentNames =
  /^(PATH|HOME|TZ|LANG|LANGUAGE|LC_[A-Z]+|TMPDIR|TEMP|TMP|(https?|all|no)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|SYSTEMROOT|WINDIR|USERPROFILE|(LOCAL)?APPDATA)$/i;

/** The listed subset of the environment that the engine gets. */
export function engineEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => environmentNames.test(name)));
}

/** Why an engine did not start. `locked`: another process holds the ledger. */
export class EngineStartError extends Error {
  readonly code: 'locked' | 'newer-ledger' | 'home' | 'internal';

  constructor(code: EngineStartError['code'], message: string) {
    super(message);
    this.name = 'EngineStartError';
    this.code = code;
  }
}

export interface EngineSettings {
  /** The engine's code: a bundle, or its source. */
  entry: URL;
  options: EngineOptions;
  tokens: TokenProvider;
  logger: Logger;
  env: NodeJS.ProcessEnv;
}

/** A running engine, ready for commands. */
export interface EngineProcess {
  remote: Remote<typeof engineContract>;
  pid: number;
  /** Settles with how it ended; never rejects. */
  ended: Promise<string>;
  /** Asks it to end, and makes it end when it doesn't: signals after `graceMs`, SIGKILL half that time later. */
  stop(graceMs: number): Promise<void>;
}

export interface StartingEngine {
  /** @throws EngineStartError */
  ready: Promise<EngineProcess>;
  /** Gives up the start; the process is gone when this settles. */
  cancel(): Promise<void>;
}

const channelContract = { ...engineHostContract, ...relayContract } satisfies Contract;

/** Forks an engine. It ends by itself when this process does, since its channel closes then. */
export function startEngine(
  settings: EngineSettings,
  deliver: (batch: { subscription: number; batch?: unknown }) => Promise<Record<string, never>>,
): StartingEngine {
  const { tokens, logger } = settings;
  const child = fork(settings.entry, [JSON.stringify(settings.options)], {
    execArgv: heapFlags,
    env: engineEnvironment(settings.env),
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const errorText = collectTail(child);
  const ended = endOf(child, errorText);
  const ready = Promise.withResolvers<EngineProcess>();
  const remote = ready.promise.then((engine) => engine.remote);
  remote.catch(() => undefined);
  const watches = watchPairs({ engine: remote, logger });
  void ended.then(() => watches.close());
  const rpc = openRpc({
    link: ipcLink(child),
    local: {
      contract: channelContract,
      handlers: {
        accessToken: async ({ refused }) => ({ token: await tokens.accessToken({ refused }) }),
        ready: (state) => {
          if (state.ok) ready.resolve(engine);
          else ready.reject(new EngineStartError(state.code, state.message));
          return Promise.resolve({});
        },
        batch: deliver,
        ...watches.handlers,
      },
    },
    remote: engineContract,
    timeoutsMs: { ...commandTimeoutsMs, hints: 10 * 60_000 },
    onDefect: (method, error) => logger.error({ err: error, method }, 'a call of the engine failed'),
  });
  const engine: EngineProcess = {
    remote: rpc.remote,
    pid: child.pid ?? 0,
    ended,
    stop: async (graceMs) => {
      const closed = watches.close();
      await stop(child, ended, () => rpc.remote.shutDown({}), graceMs);
      await closed;
    },
  };
  const timer = setTimeout(
    () => ready.reject(new EngineStartError('internal', `The engine did not start within ${readyTimeoutMs / 1000} s.`)),
    readyTimeoutMs,
  );
  void ended.then((how) => ready.reject(new EngineStartError('internal', `The engine ended while starting: ${how}`)));
  const settled = ready.promise.finally(() => clearTimeout(timer));
  settled.catch(() => kill(child, 'SIGKILL'));
  return {
    ready: settled,
    cancel: async () => {
      ready.reject(new EngineStartError('internal', 'The start of the engine was given up.'));
      kill(child, 'SIGKILL');
      await ended;
    },
  };
}

/**
 * How a process ended, in words, with the end of what it wrote on stderr. By 'exit' and not by 'close': that one never comes when
 * both sides close the channel at once.
 */
function endOf(child: ChildProcess, errorText: () => string): Promise<string> {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      const finish = () => resolve(errorText() === '' ? how : `${how}: ${errorText()}`);
      if (!child.stderr || child.stderr.closed) return finish();
      // The last words may still be in the pipe; a process that inherited it may hold it open.
      child.stderr.once('close', finish);
      setTimeout(finish, 500).unref();
    });
  });
}

function collectTail(child: ChildProcess): () => string {
  let tail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-errorTailChars);
  });
  return () => redact(tail.trim());
}

function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
}

async function stop(
  child: ChildProcess,
  ended: Promise<string>,
  shutDown: () => Promise<unknown>,
  graceMs: number,
): Promise<void> {
  const gone = new AbortController();
  void ended.then(() => gone.abort());
  const after = (delayMs: number, signal: NodeJS.Signals) => {
    const timer = setTimeout(() => kill(child, signal), delayMs);
    gone.signal.addEventListener('abort', () => clearTimeout(timer));
  };
  after(graceMs, 'SIGTERM');
  after(graceMs * 1.5, 'SIGKILL');
  await shutDown().catch((error: unknown) => {
    // It may end before its answer arrives.
    if (!(error instanceof CallError && error.code === 'link-lost')) kill(child, 'SIGTERM');
  });
  if (child.connected) child.disconnect();
  await ended;
}
