// What an office puts between its people and Box: a proxy that opens TLS and shows a certificate of its own.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { SandboxReady } from '../../main/sandbox/server.ts';

const file = (name: string) => fileURLToPath(new URL(`./office/${name}`, import.meta.url));

/** Whose certificate is to be trusted, as a path for NODE_EXTRA_CA_CERTS. */
export const officeAuthority = file('ca.pem');

export interface OfficeProxy {
  /** As HTTPS_PROXY names it. */
  url: string;
  /** Hosts and ports to which a way was asked for, in order. */
  asked: string[];
  close(): Promise<void>;
}

/** A proxy behind which Box's own hosts are a sandbox. It leads nowhere else. */
export async function startOfficeProxy(box: SandboxReady): Promise<OfficeProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
  };
  const inside = https
    .createServer(
      { key: readFileSync(file('box.key.pem')), cert: readFileSync(file('box.pem')) },
      (request, response) => passOn(new URL(box.api).origin, request, response),
    )
    .on('connection', keep);
  const insidePort = await listening(inside);
  const asked: string[] = [];
  const proxy = http.createServer((_, response) => response.writeHead(405).end()).on('connection', keep);
  proxy.on('connect', (request: http.IncomingMessage, socket: Socket, head: Buffer) => {
    asked.push(request.url ?? '');
    const isBox = /^(api|upload|account)\.box\.com:443$/.test(request.url ?? '');
    if (!isBox) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const onward = connect({ host: '127.0.0.1', port: insidePort }, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    keep(onward);
  });
  const url = `http://127.0.0.1:${await listening(proxy)}`;
  const close = async () => {
    sockets.forEach((socket) => socket.destroy());
    await Promise.all([proxy, inside].map((server) => new Promise((resolve) => server.close(resolve))));
  };
  return { url, asked, close };
}

/** To the sandbox, whose own addresses are those of Box's host for uploads in the answer. */
function passOn(origin: string, request: http.IncomingMessage, response: http.ServerResponse): void {
  const { method, url, headers } = request;
  const onward = http.request(`${origin}${url}`, { method, headers: { ...headers, host: new URL(origin).host } });
  onward.on('response', (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => {
      const body = Buffer.from(Buffer.concat(chunks).toString('utf8').replaceAll(origin, 'https://upload.box.com'));
      const length = answer.headers['content-length'] === undefined ? {} : { 'content-length': body.length };
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...length }).end(body);
    });
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}

function listening(server: http.Server | https.Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen({ host: '127.0.0.1', port: 0 }, () => resolve((server.address() as AddressInfo).port));
  });
}
