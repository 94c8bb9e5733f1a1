import type { Link } from '../../shared/link.ts';

/** What of Electron's MessagePortMain a link needs. */
export interface MessagePortLike {
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
}

/** A MessagePort as Electron's main and utility processes have it. Ended when either side closes it or dies. */
export function portLink(port: MessagePortLike): Link {
  const messages: ((message: unknown) => void)[] = [];
  const ends: (() => void)[] = [];
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    ends.splice(0).forEach((callback) => callback());
  };
  port.on('message', ({ data }) => messages.forEach((callback) => callback(data)));
  port.on('close', end);
  return {
    post: (message) => {
      if (!isOver) port.postMessage(message);
    },
    onMessage: (callback) => {
      messages.push(callback);
      // Until then the port keeps what comes.
      port.start();
    },
    onClose: (callback) => {
      if (isOver) queueMicrotask(callback);
      else ends.push(callback);
    },
    close: () => {
      if (isOver) return;
      port.close();
      // Not every port tells its own end of a close that it asked for.
      end();
    },
  };
}
