import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { servePage } from '../../app/shell/page.ts';
import type { Shell } from '../../app/shell/shell.ts';
import { boxcarVersion } from '../../platform/version.ts';
import { isOurOrigin } from './origin-check.ts';
import { unknownSession, type Sessions } from './sessions.ts';
import { webSocketLink } from './web-socket-link.ts';

/** The largest is an upload of 10,000 places. */
const mostMessageBytes = 2 * 2 ** 20;
const mostSockets = 100;

export interface SocketServerOptions {
  shell: Shell;
  sessions: Sessions;
  port: () => number;
  /** How long a page may take to say who it is. */
  helloTimeoutMs: number;
}

/** Takes WebSockets at `/socket` and serves a page over each; any other upgrade is refused. Returns what ends them all. */
export function serveSockets(server: Server, options: SocketServerOptions): () => void {
  const { shell, sessions, port, helloTimeoutMs } = options;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: mostMessageBytes, perMessageDeflate: false });
  server.on('upgrade', (request, stream: Duplex, head) => {
    const { host, origin } = request.headers;
    stream.on('error', () => stream.destroy());
    if (!isOurOrigin({ host, origin }, port(), true)) return refuse(stream, 403, 'Forbidden');
    if (request.url !== '/socket') return refuse(stream, 404, 'Not Found');
    if (sockets.clients.size >= mostSockets) return refuse(stream, 503, 'Service Unavailable');
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const timer = setTimeout(() => socket.close(1008, 'hello is missing'), helloTimeoutMs);
      socket.on('close', () => clearTimeout(timer));
      void servePage({
        link: webSocketLink(socket),
        shell,
        hello: (given) =>
          new Promise((resolve) => {
            if ('session' in given && !sessions.isKnown(given.session)) throw unknownSession();
            const session = 'session' in given ? given.session : sessions.trade(given.once);
            clearTimeout(timer);
            resolve({ session, version: boxcarVersion() });
          }),
      });
    });
  });
  return () => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
  };
}

function refuse(stream: Duplex, status: number, text: string): void {
  stream.end(`HTTP/1.1 ${status} ${text}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
