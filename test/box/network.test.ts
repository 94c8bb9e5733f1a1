import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { exchange } from '../../main/box/transport/exchange.ts';
import { openNetwork, type Network } from '../../main/box/transport/network.ts';

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function get(network: Network, url: string, signal = new AbortController().signal) {
  const times = { headersMs: 5000, bodyMs: 5000, stallMs: 5000 };
  const request = { method: 'GET', url: new URL(url), headers: {}, body: undefined, signal, now: () => 0 } as const;
  return exchange(network.dispatcher(), { ...request, ...times });
}

/** A proxy that answers plain requests by itself, and says what it was asked. */
async function proxy() {
  const asked: string[] = [];
  const server = createServer((request, reply) => {
    asked.push(`${request.method} ${request.url}`);
    reply.setHeader('content-type', 'application/json').end('{"by":"proxy"}');
  });
  server.on('connect', (request: IncomingMessage, socket) => {
    asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
  });
  return { url: await listen(server), asked };
}

function network(proxyFor: (url: string) => Promise<string | null>): Network {
  const opened = openNetwork(undefined, 2000, proxyFor);
  onTestFinished(() => opened.close());
  return opened;
}

test('requests go through the proxy of their host, which is asked for once', async () => {
  const { url, asked } = await proxy();
  const questions: string[] = [];
  const routed = network((about) => {
    questions.push(about);
    return Promise.resolve(url);
  });
  expect((await get(routed, 'http://box.test/2.0/a?b=1')).body).toEqual({ by: 'proxy' });
  await get(routed, 'http://box.test/2.0/c');
  expect(asked).toEqual(['GET http://box.test/2.0/a?b=1', 'GET http://box.test/2.0/c']);
  // A proxy script is told the host, and nothing of what is asked there.
  expect(questions).toEqual(['http://box.test/']);
});

test('https is tunnelled, with the login of the proxy; a proxy that refuses is a network error', async () => {
  const { url, asked } = await proxy();
  const routed = network(() => Promise.resolve(url.replace('//', '//user:pass@')));
  await expect(get(routed, 'https://box.test/2.0/')).rejects.toThrow();
  expect(asked).toEqual([`CONNECT box.test:443 Basic ${Buffer.from('user:pass').toString('base64')}`]);
});

test('this machine is reached directly, whatever the proxy is', async () => {
  const direct = await listen(createServer((_request, reply) => void reply.end('{"by":"host"}')));
  const routed = network(() => Promise.resolve('http://127.0.0.1:9'));
  expect((await get(routed, `${direct}/`)).body).toEqual({ by: 'host' });
});

test('where the proxy cannot be learned the request fails with the reason, and the next asks again', async () => {
  const { url } = await proxy();
  let times = 0;
  const routed = network(() => ((times += 1) === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve(url)));
  await expect(get(routed, 'http://box.test/')).rejects.toThrow('no answer');
  expect((await get(routed, 'http://box.test/')).body).toEqual({ by: 'proxy' });
});

test('a request that is given up while its proxy is asked for leaves nothing behind', async () => {
  const { url, asked } = await proxy();
  const answer = Promise.withResolvers<string>();
  const routed = network(() => answer.promise);
  const giveUp = new AbortController();
  const request = get(routed, 'http://box.test/', giveUp.signal);
  giveUp.abort(new Error('given up'));
  await expect(request).rejects.toThrow('given up');
  answer.resolve(url);
  await get(routed, 'http://box.test/second');
  expect(asked).toEqual(['GET http://box.test/second']);
});

test('dropped connections come with a new question', async () => {
  const { url } = await proxy();
  let times = 0;
  const routed = network(() => {
    times += 1;
    return Promise.resolve(url);
  });
  await get(routed, 'http://box.test/');
  await routed.drop();
  await get(routed, 'http://box.test/');
  expect(times).toBe(2);
});
