import { CallError } from '../../shared/call-error.ts';
import { engineContract, engineHostContract, type EngineOptions } from '../../shared/engine-contract.ts';
import type { Contract, Remote } from '../../shared/contract.ts';
import type { Logger } from '../platform/log.ts';
import type { ProxyFor } from '../platform/proxy.ts';
import { openRpc } from '../platform/rpc.ts';
import { commandTimeoutsMs } from '../../shared/command-timeouts.ts';
import { forkNode, listedEnvironment, type ForkedProcess, type ForkProcess } from './fork-process.ts';
import { relayContract } from './relay-contract.ts';
import type { TokenProvider } from './token-provider.ts';
import { watchPairs } from './watch-pairs.ts';

const readyTimeoutMs = 30_000;
/**
 * Young objects get 3 x 8 MiB per thread: with half of that, what the small files under way hold is copied again and again, and
 * they cost a fifth more CPU. Old ones are collected before they have grown by some 40 %, to which V8 keeps when the heap may not
 * grow beyond this limit, ten times what the engine needs: `npm run bench -- --only memory,pairs` has the peaks. Only flags that
 * Node's embedded code was compiled with or that make no difference to it: any other has each thread compile it anew (60 ms).
 */
const heapFlags = ['--max-semi-space-size=8', '--max-old-space-size=512'];

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
  /** Node's own way where none is given. */
  fork?: ForkProcess | undefined;
  /** The proxy on the way to a URL; without it there is none. */
  proxyFor?: ProxyFor | undefined;
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
  const child = (settings.fork ?? forkNode)({
    entry: settings.entry,
    args: [JSON.stringify(settings.options)],
    env: listedEnvironment(settings.env),
    name: 'Boxcar engine',
    execArgv: heapFlags,
  });
  const { ended } = child;
  const ready = Promise.withResolvers<EngineProcess>();
  const remote = ready.promise.then((engine) => engine.remote);
  remote.catch(() => undefined);
  const watches = watchPairs({ engine: remote, logger });
  void ended.then(() => watches.close());
  const rpc = openRpc({
    link: child.link,
    local: {
      contract: channelContract,
      handlers: {
        accessToken: async (asked) => ({ token: await tokens.accessToken(asked) }),
        ready: (state) => {
          if (state.ok) ready.resolve(engine);
          else ready.reject(new EngineStartError(state.code, state.message));
          return Promise.resolve({});
        },
        proxyFor: async ({ url }) => ({ proxy: (await settings.proxyFor?.(url)) ?? null }),
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
    get pid() {
      return child.pid();
    },
    ended,
    stop: async (graceMs) => {
      const closed = watches.close();
      await stop(child, () => rpc.remote.shutDown({}), graceMs);
      await closed;
    },
  };
  const timer = setTimeout(
    () => ready.reject(new EngineStartError('internal', `The engine did not start within ${readyTimeoutMs / 1000} s.`)),
    readyTimeoutMs,
  );
  void ended.then((how) => ready.reject(new EngineStartError('internal', `The engine ended while starting: ${how}`)));
  const settled = ready.promise.finally(() => clearTimeout(timer));
  settled.catch(() => child.kill('SIGKILL'));
  return {
    ready: settled,
    cancel: async () => {
      ready.reject(new EngineStartError('internal', 'The start of the engine was given up.'));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function stop(child: ForkedProcess, shutDown: () => Promise<unknown>, graceMs: number): Promise<void> {
  const gone = new AbortController();
  void child.ended.then(() => gone.abort());
  const after = (delayMs: number, signal: 'SIGTERM' | 'SIGKILL') => {
    const timer = setTimeout(() => child.kill(signal), delayMs);
    gone.signal.addEventListener('abort', () => clearTimeout(timer));
  };
  after(graceMs, 'SIGTERM');
  after(graceMs * 1.5, 'SIGKILL');
  await shutDown().catch((error: unknown) => {
    // It may end before its answer arrives.
    if (!(error instanceof CallError && error.code === 'link-lost')) child.kill('SIGTERM');
  });
  child.link.close();
  await child.ended;
}
