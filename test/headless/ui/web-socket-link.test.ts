import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { webSocketLink } from '../../../main/headless/ui/web-socket-link.ts';
import type { Link } from '../../../shared/link.ts';

/** Both ends of a WebSocket: ours as a link, and the page's, which can be made to read nothing. */
async function bothEnds(pingMs?: number): Promise<{ link: Link; page: WebSocket; closed: Promise<void> }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const page = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => page.terminate());
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(page, 'open')])) as [[WebSocket], unknown];
  const link = webSocketLink(socket, pingMs);
  return { link, page, closed: new Promise((resolve) => link.onClose(resolve)) };
}

test('messages go both ways, and the end is told once to each who asks', async () => {
  const { link, page, closed } = await bothEnds();
  const received = new Promise((resolve) => link.onMessage(resolve));
  page.send('{"a":1}');
  expect(await received).toEqual({ a: 1 });
  const answered = once(page, 'message');
  link.post({ b: 2 });
  expect(String((await answered)[0])).toBe('{"b":2}');
  link.close();
  await closed;
  await new Promise<void>((resolve) => link.onClose(resolve));
  link.post({ late: true });
});

test('a page that answers no ping is given up; one that does stays', async () => {
  const [silent, living] = await Promise.all([bothEnds(50), bothEnds(50)]);
  silent.page.pause();
  await silent.closed;
  expect(living.page.readyState).toBe(WebSocket.OPEN);
});

test('a page that takes nothing is given up before the memory is full', async () => {
  const { link, page, closed } = await bothEnds();
  page.pause();
  const megabyte = 'x'.repeat(2 ** 20);
  for (let sent = 0; sent < 64; sent += 1) link.post(megabyte);
  await closed;
});
