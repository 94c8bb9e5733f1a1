import type { Link } from '../../shared/link.ts';
import { ipcLink } from './link.ts';
import { portLink, type MessagePortLike } from './port-link.ts';

/** What of Electron's `process.parentPort` is used here. */
export interface ParentPort {
  once(event: 'message', listener: (event: { ports: MessagePortLike[] }) => void): unknown;
}

/**
 * The link to the process that started this one: the channel of a fork, or in Electron's utility process the port that its first
 * message brings. parentPort itself never tells that the parent is gone; a port does.
 */
export async function parentLink(parentPort = ownParentPort()): Promise<Link> {
  if (!parentPort) return ipcLink(process);
  const [port] = await new Promise<MessagePortLike[]>((resolve) => {
    parentPort.once('message', ({ ports }) => resolve(ports));
  });
  if (!port) throw new Error('the first message of the parent brought no port');
  return portLink(port);
}

/** Electron's, in a utility process; undefined in plain Node. */
function ownParentPort(): ParentPort | undefined {
  return (process as { parentPort?: ParentPort }).parentPort;
}
