import type { Link } from '../shared/link.ts';

/** A WebSocket as a link of whole messages. Rejects when it can't be opened. */
export async function webSocketLink(socket: WebSocket): Promise<Link> {
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('close', () => reject(new Error('The link to Boxcar could not be opened.')), {
      once: true,
    });
  });
  return {
    post: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    onMessage: (callback) =>
      socket.addEventListener('message', ({ data }) => {
        try {
          callback(JSON.parse(String(data)));
        } catch {
          socket.close();
        }
      }),
    onClose: (callback) => {
      if (socket.readyState >= WebSocket.CLOSING) queueMicrotask(callback);
      else socket.addEventListener('close', () => callback(), { once: true });
    },
    close: () => socket.close(),
  };
}
