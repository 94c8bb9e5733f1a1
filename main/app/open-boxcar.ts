import { CallError } from '../../shared/call-error.ts';
import type { EngineOptions } from '../../shared/engine-contract.ts';
import type { View } from '../../shared/progress-contract.ts';
import { openDataFolder } from '../platform/data-folder.ts';
import { entryUrl } from '../platform/entry-url.ts';
import { openLog, type Log, type LogLevel } from '../platform/log.ts';
import type { ProxyFor } from '../platform/proxy.ts';
import { boxcarVersion } from '../platform/version.ts';
import { sleep } from '../platform/wait.ts';
import { connectToApp, type ControlClient } from './control-client.ts';
import { controlPath, type ControlPath } from './control-path.ts';
import { serveControlSocket } from './control-server.ts';
import { startEngineHost, type Commands, type EngineHost, type EngineMetrics } from './engine-host.ts';
import { EngineStartError } from './engine-process.ts';
import type { ForkProcess } from './fork-process.ts';
import type { OnBatch } from './subscriptions.ts';
import type { TokenProvider } from './token-provider.ts';

const pollMs = 200;

export interface OpenBoxcarOptions {
  /** As {@link dataFolderPath} gives it. */
  home: string;
  endpoints: EngineOptions['endpoints'];
  /** Looks and changes nothing: attaches to a running app, or starts an engine that transfers nothing, and never listens. */
  readOnly: boolean;
  uploadsPerMinute?: number | undefined;
  callsPerMinute?: number | undefined;
  logLevel: LogLevel;
  tokens: TokenProvider;
  env: NodeJS.ProcessEnv;
  /** Given up while it waits for the lock of another process. */
  signal?: AbortSignal;
  /** Told when the engine died and is started again. */
  onRestart?: (event: { reason: string; delayMs: number }) => void;
  /** The engine's code, where it is not the one built or lying beside this. */
  engineEntry?: URL;
  /** The way to start the engine's process: Node's own where none is given. */
  fork?: ForkProcess | undefined;
  /** The proxy on the way to a URL; without it there is none. */
  proxyFor?: ProxyFor | undefined;
}

/** An open Boxcar: this process's own, or another's that is attached to. */
export interface Boxcar {
  kind: 'app' | 'attached';
  /** The process of the app. */
  pid: number;
  /** The data folder's real path. */
  home: string;
  /** This process's own engine: what it costs, for benchmarks. Undefined when attached. */
  engine: { pid(): number | undefined; metrics: EngineMetrics } | undefined;
  commands: Commands;
  /** Batches come unopened: the screen parses what it shows. */
  subscribe(view: View, onBatch: OnBatch): Promise<{ close(): Promise<void> }>;
  /** Rejects with `link-lost` when the app attached to is gone, with `internal` when the own engine can't be kept running. */
  over: Promise<void>;
  /** The machine was asleep; an app that is attached to notices by itself. */
  wokeUp(): void;
  /** Ends the own engine within about 1.5 times `graceMs`, keeping all that is resumable; leaves another's app as it is. */
  close(graceMs?: number): Promise<void>;
}

/**
 * One app per data folder: attaches to the app that answers on the control socket, or becomes the app. Of two that start at once
 * the lock of the ledger decides, and the other attaches to it as soon as it listens.
 * @throws CallError: `usage` for a data folder that can't be used, `refused` when another process holds the lock and answers nobody,
 *   or when the running app talks to another Box than a transferring command means.
 */
export async function openBoxcar(options: OpenBoxcarOptions): Promise<Boxcar> {
  const home = await openDataFolder(options.home);
  const where = controlPath(home, options.env);
  for (;;) {
    options.signal?.throwIfAborted();
    const client = await connectToApp(where);
    if (client) return attached(client, home, options);
    const opened = await becomeApp(home, where, options);
    if (opened !== 'somebody-listens') return opened;
  }
}

/**
 * Attaches to the app that runs on a data folder; undefined where none runs. Starts nothing.
 * @throws CallError as {@link openBoxcar} does.
 */
export async function attachBoxcar(options: OpenBoxcarOptions): Promise<Boxcar | undefined> {
  const home = await openDataFolder(options.home);
  const client = await connectToApp(controlPath(home, options.env));
  return client && attached(client, home, options);
}

function attached(client: ControlClient, home: string, options: OpenBoxcarOptions): Boxcar {
  const { pid, endpoints } = client.app;
  const differs = endpoints.api !== options.endpoints.api || endpoints.upload !== options.endpoints.upload;
  if (differs && !options.readOnly) {
    client.close();
    throw new CallError(
      'refused',
      `The Boxcar that runs on this data folder (process ${pid}) talks to ${endpoints.api}, this command to ` +
        `${options.endpoints.api}. End that one, or use another data folder with --home.`,
    );
  }
  const over = Promise.withResolvers<void>();
  over.promise.catch(() => undefined);
  let closing = false;
  void client.closed.then(() => {
    if (closing) over.resolve();
    else
      over.reject(new CallError('link-lost', `The Boxcar that this command was attached to (process ${pid}) ended.`));
  });
  return {
    kind: 'attached',
    pid,
    home,
    engine: undefined,
    commands: client.commands,
    subscribe: (view, onBatch) => client.subscribe(view, onBatch),
    over: over.promise,
    wokeUp: () => undefined,
    close: () => {
      closing = true;
      client.close();
      return client.closed;
    },
  };
}

async function becomeApp(
  home: string,
  where: ControlPath,
  options: OpenBoxcarOptions,
): Promise<Boxcar | 'somebody-listens'> {
  const log = openLog({ home, name: 'app', level: options.logLevel });
  const starting = startEngineHost({
    entry: options.engineEntry ?? entryUrl('engine'),
    options: engineOptions(home, options),
    tokens: options.tokens,
    logger: log.logger,
    env: options.env,
    fork: options.fork,
    proxyFor: options.proxyFor,
    ...(options.onRestart ? { onRestart: options.onRestart } : {}),
  });
  const search = new AbortController();
  const signal = options.signal ? AbortSignal.any([search.signal, options.signal]) : search.signal;
  const found = waitForApp(where, signal);
  found.catch(() => undefined);
  let taken: ControlClient | undefined;
  try {
    // While the engine waits for the lock, the process that holds it may begin to listen.
    const first = await Promise.race([starting.ready, found]);
    if ('app' in first) {
      taken = first;
      await starting.cancel();
      log.close();
      return attached(first, home, options);
    }
    search.abort(noLongerNeeded());
    return await own(first, home, where, options, log);
  } catch (error) {
    await starting.cancel();
    log.close();
    if (error instanceof EngineStartError) throw asCallError(error, home);
    throw error;
  } finally {
    search.abort(noLongerNeeded());
    found.then((client) => client !== taken && client.close()).catch(() => undefined);
  }
}

async function own(
  host: EngineHost,
  home: string,
  where: ControlPath,
  options: OpenBoxcarOptions,
  log: Log,
): Promise<Boxcar | 'somebody-listens'> {
  const { logger } = log;
  const server = options.readOnly
    ? 'none'
    : await serveControlSocket({ where, host, endpoints: options.endpoints, version: boxcarVersion(), logger });
  if (server === undefined) {
    // An app whose engine died holds the socket but, for a moment, not the lock.
    await host.close();
    log.close();
    return 'somebody-listens';
  }
  let closing: Promise<void> | undefined;
  const close = async (graceMs?: number) => {
    // The socket goes while the lock is still held, so that it is never another's that is taken away.
    if (server !== 'none') await server.close();
    await host.close(graceMs);
    log.close();
  };
  return {
    kind: 'app',
    pid: process.pid,
    home,
    engine: { pid: () => host.pid(), metrics: (args) => host.metrics(args) },
    commands: host.commands,
    subscribe: (view, onBatch) => host.subscribe(view, onBatch),
    over: host.over,
    wokeUp: () => host.wokeUp(),
    close: (graceMs) => (closing ??= close(graceMs)),
  };
}

function noLongerNeeded(): CallError {
  return new CallError('link-lost', 'No longer needed.');
}

async function waitForApp(where: ControlPath, signal: AbortSignal): Promise<ControlClient> {
  for (;;) {
    await sleep(pollMs, signal);
    const client = await connectToApp(where);
    if (client) return client;
  }
}

function engineOptions(home: string, options: OpenBoxcarOptions): EngineOptions {
  const { endpoints, readOnly, logLevel, uploadsPerMinute, callsPerMinute } = options;
  return {
    home,
    endpoints,
    readOnly,
    logLevel,
    ...(uploadsPerMinute === undefined ? {} : { uploadsPerMinute }),
    ...(callsPerMinute === undefined ? {} : { callsPerMinute }),
  };
}

function asCallError(error: EngineStartError, home: string): CallError {
  switch (error.code) {
    case 'locked':
      return new CallError(
        'refused',
        `Another Boxcar holds the data folder ${home} and does not answer. Wait until it has ended, or end it.`,
      );
    case 'home':
      return new CallError('usage', error.message);
    case 'newer-ledger':
      return new CallError('refused', error.message);
    case 'internal':
      return new CallError('internal', error.message);
  }
}
