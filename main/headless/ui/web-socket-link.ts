import type { WebSocket } from 'ws';
import type { Link } from '../../../shared/link.ts';

/** What may wait for a page that doesn't read. */
const mostWaitingBytes = 16 * 2 ** 20;
const mostWaitingMs = 30_000;

/**
 * A WebSocket as a link of JSON messages. Ended by anything that is no JSON text, by a peer that doesn't answer a ping until the next
 * one (every 15 s), and by one that takes nothing for 30 s or lets more than 16 MiB pile up.
 */
export function webSocketLink(socket: WebSocket, pingMs = 15_000): Link {
  let isAlive = true;
  let waiting: { sinceMs: number; bytes: number } | undefined;
  const watch = setInterval(() => {
    if (!isAlive || isStuck()) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, pingMs);
  watch.unref();
  const isStuck = () => {
    const bytes = socket.bufferedAmount;
    const now = performance.now();
    if (bytes === 0) waiting = undefined;
    // Fewer than before: it reads, if slowly.
    else if (!waiting || bytes < waiting.bytes) waiting = { sinceMs: now, bytes };
    return waiting !== undefined && now - waiting.sinceMs >= mostWaitingMs;
  };
  socket.on('pong', () => (isAlive = true));
  // What ends it is told by 'close', which follows.
  socket.on('error', () => socket.terminate());
  socket.on('close', () => clearInterval(watch));
  return {
    post: (message) => {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > mostWaitingBytes) socket.terminate();
      else socket.send(JSON.stringify(message));
    },
    onMessage: (callback) =>
      void socket.on('message', (data: Buffer, isBinary) => {
        isAlive = true;
        let message: unknown;
        try {
          if (isBinary) throw new SyntaxError('not a text');
          message = JSON.parse(data.toString());
        } catch {
          return socket.close(1003);
        }
        callback(message);
      }),
    onClose: (callback) => {
      if (socket.readyState === socket.CLOSED) queueMicrotask(callback);
      else socket.once('close', () => callback());
    },
    close: () => socket.close(),
  };
}
