import { createServer, request, Agent, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

export interface LoggedRequest {
  /** When its head had arrived: ms since 1970. */
  atMs: number;
  method: string;
  path: string;
}

export interface RequestLog {
  port: number;
  requests: LoggedRequest[];
  close(): Promise<void>;
}

/** Stands before a server of this machine, hands every request on as it is, and remembers it. */
export async function logRequests(port: number): Promise<RequestLog> {
  const requests: LoggedRequest[] = [];
  const agent = new Agent({ keepAlive: true });
  const server = createServer((from, to) => {
    const { method = '', url = '', headers } = from;
    requests.push({ atMs: performance.timeOrigin + performance.now(), method, path: url });
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers, agent }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      pipeline(answer, to).catch(() => to.destroy());
    });
    onward.on('error', () => refuse(to));
    to.on('close', () => onward.destroy());
    pipeline(from, onward).catch(() => onward.destroy());
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

function refuse(to: ServerResponse): void {
  if (!to.headersSent) to.writeHead(502);
  to.end();
}
