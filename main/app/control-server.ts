import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { appContract, appProtocol } from '../../shared/app-contract.ts';
import { CallError } from '../../shared/call-error.ts';
import type { Handlers } from '../../shared/contract.ts';
import { engineCommands, type EngineOptions } from '../../shared/engine-contract.ts';
import type { Logger } from '../platform/log.ts';
import { streamLink } from '../platform/link.ts';
import { openRpc } from '../platform/rpc.ts';
import { connectSocket, otherProtocol } from './control-client.ts';
import { ensurePrivate, type ControlPath } from './control-path.ts';
import type { Commands, EngineHost } from './engine-host.ts';
import { relayContract } from './relay-contract.ts';

export interface ControlServer {
  /** Takes the socket away first, then drops the clients. */
  close(): Promise<void>;
}

export interface ControlServerSettings {
  where: ControlPath;
  host: EngineHost;
  endpoints: EngineOptions['endpoints'];
  version: string;
  logger: Logger;
}

/**
 * Listens on the control socket and gives each client the engine's commands and its own views. To be called by the holder of the
 * ledger's lock: a socket that nobody answers on is then a dead process's, and is replaced.
 * @returns undefined when a live app listens there: it is never robbed of its socket.
 */
export async function serveControlSocket(settings: ControlServerSettings): Promise<ControlServer | undefined> {
  const { where, logger } = settings;
  await ensurePrivate(where);
  const clients = new Set<Socket>();
  const startedAt = Date.now();
  const server = createServer((socket) => {
    clients.add(socket);
    socket.on('close', () => clients.delete(socket));
    serveClient(socket, startedAt, settings);
  });
  if (!(await listen(server, where.path))) return undefined;
  server.on('error', (error) => logger.error({ err: error }, 'the control socket failed'));
  return {
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of clients) socket.destroy();
      await closed;
    },
  };
}

/** False when somebody else listens. */
async function listen(server: Server, path: string): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // Binding happens inside `listen`, so the socket never exists with other rights than 0600.
      const umask = process.umask(0o177);
      try {
        server.listen(path);
      } finally {
        process.umask(umask);
      }
      await once(server, 'listening');
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt >= 3) throw error;
      const live = await connectSocket(path);
      live?.destroy();
      if (live) return false;
      await rm(path, { force: true });
    }
  }
}

function serveClient(socket: Socket, startedAt: number, settings: ControlServerSettings): void {
  const { host, version, endpoints, logger } = settings;
  const open = new Map<number, { close(): Promise<void> }>();
  let greeted = false;
  let lastSubscription = 0;
  let gone = false;

  const greet = () => {
    if (!greeted) throw new CallError('refused', 'The first call has to be hello.');
  };
  const names = Object.keys(engineCommands).filter((name) => name !== 'subscribe' && name !== 'unsubscribe');
  const relayed = Object.fromEntries(
    names.map((name) => [
      name,
      async (args: never) => {
        greet();
        return host.commands[name as keyof Commands](args);
      },
    ]),
  ) as unknown as Omit<Handlers<typeof engineCommands>, 'subscribe' | 'unsubscribe'>;

  const rpc = openRpc({
    link: streamLink(socket),
    local: {
      contract: appContract,
      handlers: {
        ...relayed,
        hello: ({ protocol }) => {
          if (protocol !== appProtocol) return Promise.reject(otherProtocol(version));
          greeted = true;
          return Promise.resolve({ protocol: appProtocol, version, pid: process.pid, startedAt, endpoints });
        },
        subscribe: async ({ view }) => {
          greet();
          const subscription = (lastSubscription += 1);
          const opened = await host.subscribe(view, async (batch) => {
            // Its answer is the acknowledgement: a slow client delays its own next batch and nothing else.
            await rpc.remote.batch({ subscription, batch }).catch(() => undefined);
          });
          if (gone) await opened.close();
          else open.set(subscription, opened);
          return { subscription };
        },
        unsubscribe: async ({ subscription }) => {
          greet();
          await open.get(subscription)?.close();
          open.delete(subscription);
          return {};
        },
      },
    },
    remote: relayContract,
    timeoutsMs: { batch: null },
    onDefect: (method, error) => logger.error({ err: error, method }, 'a command failed'),
  });
  void rpc.closed.then(async () => {
    gone = true;
    for (const view of open.values()) await view.close();
  });
}
