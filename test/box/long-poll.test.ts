import { expect, test } from 'vitest';
import { longPoll, longPollServer } from '../../main/box/long-poll.ts';
import { mayCallWithoutSecret } from '../../main/box/transport/host-rule.ts';
import { json } from '../../main/sandbox/http/reply.ts';
import { TestBox } from '../support/engine-fixture.ts';
import { connectAsEngine } from '../engine/support-pairs.ts';

const options = { signal: new AbortController().signal };

/** A sandbox that names these servers. */
async function naming(entries: unknown[]) {
  const box = await TestBox.start();
  const answer = json(200, { chunk_size: entries.length, entries });
  box.intercept = ({ route }) => (route === 'long-poll-server' ? { answer } : undefined);
  return { box, connection: connectAsEngine(box) };
}

test('a server as Box names it: numbers as text, http in its own samples, nothing but the address', async () => {
  const url = 'http://2.realtime.services.box.net/subscribe?channel=cc807c9c4869ffb1c81a&stream_type=all';
  const sample = { type: 'realtime_server', url, ttl: 10, max_retries: '7', retry_timeout: 610 };
  const { connection } = await naming([sample, { url: 'https://elsewhere.box.net/' }]);
  const secure = url.replace('http:', 'https:');
  expect(await longPollServer(connection, options)).toEqual({ url: secure, maxRetries: 7, retryTimeoutMs: 610_000 });
  const bare = await naming([{ url }]);
  expect(await longPollServer(bare.connection, options)).toEqual({
    url: secure,
    maxRetries: 10,
    retryTimeoutMs: 610_000,
  });
  const endless = await naming([{ url, retry_timeout: 1e9 }]);
  expect(await longPollServer(endless.connection, options)).toMatchObject({ retryTimeoutMs: 900_000 });
  const none = await naming([]);
  await expect(longPollServer(none.connection, options)).rejects.toMatchObject({
    problem: { code: 'box.unavailable' },
  });
});

test('without a token a call may go to any https host, and to no other', async () => {
  const box = ['https://api.box.com/2.0'];
  const sandbox = ['http://127.0.0.1:7070/2.0'];
  expect(mayCallWithoutSecret('https://2.realtime.services.box.net/subscribe', box)).toBe(true);
  expect(mayCallWithoutSecret('http://2.realtime.services.box.net/subscribe', box)).toBe(false);
  expect(mayCallWithoutSecret('https://a:b@box.net/', box)).toBe(false);
  expect(mayCallWithoutSecret('http://127.0.0.1:9/', box)).toBe(false);
  expect(mayCallWithoutSecret('http://127.0.0.1:9/', sandbox)).toBe(true);
  expect(mayCallWithoutSecret('no address', box)).toBe(false);
  const { connection } = await naming([]);
  const server = { url: 'ftp://box.net/', maxRetries: 1, retryTimeoutMs: 1000 };
  await expect(longPoll(connection, server, '0', options)).rejects.toMatchObject({
    problem: { code: 'network.foreign-host' },
  });
});
