import { connect, type Socket } from 'node:net';
import { appContract, appProtocol } from '../../shared/app-contract.ts';
import { CallError } from '../../shared/call-error.ts';
import type { Remote } from '../../shared/contract.ts';
import type { EngineOptions } from '../../shared/engine-contract.ts';
import type { View } from '../../shared/progress-contract.ts';
import { streamLink } from '../platform/link.ts';
import { openRpc } from '../platform/rpc.ts';
import { commandTimeoutsMs } from '../../shared/command-timeouts.ts';
import { ensurePrivate, type ControlPath } from './control-path.ts';
import { relayContract } from './relay-contract.ts';
import { Subscriptions, type OnBatch } from './subscriptions.ts';

const helloTimeoutMs = 5000;

/** A connection to the app that holds the data folder. */
export interface ControlClient {
  commands: Remote<typeof appContract>;
  app: { version: string; pid: number; startedAt: number; endpoints: EngineOptions['endpoints'] };
  subscribe(view: View, onBatch: OnBatch): Promise<{ close(): Promise<void> }>;
  /** Settles when the app is gone. */
  closed: Promise<void>;
  close(): void;
}

/**
 * Connects to a socket. Undefined means that nobody listens there: only a refused connection and a missing socket prove that.
 * @throws what else the system says.
 */
export async function connectSocket(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return socket;
  } catch (error) {
    socket.destroy();
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Attaches to the running app; undefined where none runs.
 * @throws CallError `refused` when it speaks another protocol, `timeout` when it doesn't answer.
 */
export async function connectToApp(where: ControlPath): Promise<ControlClient | undefined> {
  if (where.privateFolder !== undefined) await ensurePrivate(where);
  const socket = await connectSocket(where.path);
  if (!socket) return undefined;
  const subscriptions = new Subscriptions();
  const rpc = openRpc({
    link: streamLink(socket),
    local: {
      contract: relayContract,
      handlers: { batch: ({ subscription, batch }) => subscriptions.deliver({ subscription, batch }) },
    },
    remote: appContract,
    timeoutsMs: { ...commandTimeoutsMs, hello: helloTimeoutMs },
  });
  try {
    const { protocol, ...app } = await rpc.remote.hello({ protocol: appProtocol });
    if (protocol !== appProtocol) throw otherProtocol(app.version);
    return {
      commands: rpc.remote,
      app,
      subscribe: async (view, onBatch) => {
        const subscription = await subscriptions.open(rpc.remote.subscribe, view, onBatch);
        return {
          close: async () => {
            subscriptions.close(subscription);
            await rpc.remote.unsubscribe({ subscription }).catch(() => undefined);
          },
        };
      },
      closed: rpc.closed,
      close: () => rpc.close(),
    };
  } catch (error) {
    rpc.close();
    // It ended between the connection and its answer: as good as nobody.
    if (error instanceof CallError && error.code === 'link-lost') return undefined;
    if (error instanceof CallError && error.code === 'timeout') {
      throw new CallError('timeout', `A Boxcar holds this data folder and does not answer on ${where.path}.`);
    }
    throw error;
  }
}

/** The refusal of a client or an app of another protocol. */
export function otherProtocol(version: string): CallError {
  return new CallError(
    'refused',
    `Boxcar ${version} runs on this data folder and speaks another protocol. End it, or use the same version for both.`,
  );
}
