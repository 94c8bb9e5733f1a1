import { join } from 'node:path';
import type { EngineOptions } from '../../../shared/engine-contract.ts';
import type { Logger } from '../../platform/log.ts';
import { backoffMs, sleep } from '../../platform/wait.ts';
import type { ForkProcess } from '../fork-process.ts';
import type { AccountSource, OpenedAccount } from './account-source.ts';
import { SandboxStartError, startSandboxProcess, type SandboxAddress } from './sandbox-process.ts';

export const sandboxAccountId = 'sandbox';

/** After so many failed starts in a row the account is opened anew, which says what is wrong. */
const maxRestarts = 3;

export interface SandboxSettings {
  home: string;
  entry: URL;
  /** Whether it was chosen before. */
  known: boolean;
  /** The port of the last time: unfinished uploads name it. */
  port: number | undefined;
  onPort: (port: number) => void;
  /** More options of the sandbox, for tests. */
  options?: Record<string, unknown>;
  logger: Logger;
  /** Node's own way where none is given. */
  fork?: ForkProcess | undefined;
}

/** The folder of a data folder that holds the sandbox's files. */
export function sandboxRoot(home: string): string {
  return join(home, 'sandbox-box');
}

/** The account of a Box of this machine's own: its files lie below the data folder, and it runs only while it is open. */
export function sandboxAccounts(settings: SandboxSettings): AccountSource {
  const changes: (() => void)[] = [];
  let isKnown = settings.known;
  const setKnown = (known: boolean) => {
    if (known === isKnown) return;
    isKnown = known;
    changes.forEach((callback) => callback());
  };
  return {
    ownsBox: true,
    webPages: null,
    accounts: () => (isKnown ? [{ id: sandboxAccountId, kind: 'sandbox', label: 'Sandbox', signIn: 'ok' }] : []),
    homeOf: () => join(settings.home, 'sandbox-account'),
    open: async (_accountId, signal) => {
      const opened = await keepSandbox(settings, signal);
      setKnown(true);
      return opened;
    },
    // Its files stay: it is there again as soon as somebody asks for it.
    forget: () => {
      setKnown(false);
      return Promise.resolve();
    },
    onChange: (callback) => void changes.push(callback),
  };
}

/** A sandbox that is started again where it ends by itself, at the same address. */
async function keepSandbox(settings: SandboxSettings, signal: AbortSignal): Promise<OpenedAccount> {
  const { logger, onPort } = settings;
  const closing = new AbortController();
  let current = await startNear(settings, signal);
  onPort(current.address.port);
  const lost = Promise.withResolvers<string>();
  const watch = async () => {
    for (;;) {
      const how = await current.ended;
      if (closing.signal.aborted) return;
      logger.error({ how }, 'the sandbox ended unexpectedly');
      for (let attempt = 1; ; attempt += 1) {
        if (attempt > maxRestarts) return lost.resolve(`The sandbox ended unexpectedly: ${how}`);
        try {
          await sleep(backoffMs(attempt, Math.random, 500), closing.signal);
          current = await start(settings, current.address.port, closing.signal);
          break;
        } catch (error) {
          if (closing.signal.aborted) return;
          logger.error({ err: error }, 'the sandbox could not be started again');
        }
      }
    }
  };
  const watching = watch();
  return {
    endpoints: endpointsOf(current.address),
    tokens: { hasToken: () => true, accessToken: () => Promise.resolve(current.address.token) },
    lost: lost.promise,
    close: async () => {
      closing.abort(new Error('the sandbox is no longer needed'));
      await current.stop();
      await watching;
    },
  };
}

/** At its last port, or where that is taken by now at any other. */
async function startNear(settings: SandboxSettings, signal: AbortSignal) {
  try {
    return await start(settings, settings.port ?? 0, signal);
  } catch (error) {
    if (!(error instanceof SandboxStartError) || error.code !== 'port-in-use') throw error;
    return start(settings, 0, signal);
  }
}

function start({ home, entry, options, fork }: SandboxSettings, port: number, signal: AbortSignal) {
  return startSandboxProcess(entry, { ...options, root: sandboxRoot(home), port }, signal, fork);
}

function endpointsOf({ api, upload, auth, authorize }: SandboxAddress): EngineOptions['endpoints'] {
  return { api, upload, auth, authorize };
}
