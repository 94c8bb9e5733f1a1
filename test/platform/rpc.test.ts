import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Link } from '../../shared/link.ts';
import { ipcLink, streamLink } from '../../main/platform/link.ts';
import { openRpc } from '../../main/platform/rpc.ts';
import type { Rpc } from '../../shared/rpc.ts';
import { CallError } from '../../shared/call-error.ts';
import { ProblemError } from '../../shared/problem-error.ts';
import { echoContract } from '../support/echo-contract.ts';

const none = {};
const closers: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Both ends of a real connection over loopback. */
async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [served] = (await accepted) as [Socket];
  if (client.connecting) await once(client, 'connect');
  closers.push(() => {
    client.destroy();
    served.destroy();
    server.close();
  });
  return [client, served];
}

function serveEcho(link: Link, defects: string[] = []): Rpc<typeof none> {
  return openRpc({
    link,
    remote: none,
    onDefect: (method) => defects.push(method),
    local: {
      contract: echoContract,
      handlers: {
        echo: ({ text, times = 1 }) => Promise.resolve({ text: text.repeat(times) }),
        fail: ({ how }) => {
          if (how === 'call-error') return Promise.reject(new CallError('refused', 'not now'));
          if (how === 'problem') {
            const facts = { code: 'account.sign-in', operation: 'GET', detail: 'expired', status: 401, at: 5 } as const;
            return Promise.reject(new ProblemError(facts));
          }
          return Promise.reject(new TypeError('a defect'));
        },
        hang: () => new Promise<never>(() => undefined),
        nonsense: () => Promise.resolve({ count: 'three' as unknown as number }),
      },
    },
  });
}

const callEcho = (link: Link, timeoutMs?: number) =>
  openRpc({
    link,
    local: { contract: none, handlers: none },
    remote: echoContract,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    timeoutsMs: { echo: null },
  });

async function echoOverSocket(maxBytes?: number) {
  const [near, far] = await socketPair();
  const defects: string[] = [];
  const served = serveEcho(streamLink(far, maxBytes), defects);
  return { near, far, defects, served, rpc: callEcho(streamLink(near, maxBytes)) };
}

describe('over a socket', () => {
  test('arguments and results cross, errors keep code and problem', async () => {
    const { rpc, defects } = await echoOverSocket();
    expect(await rpc.remote.echo({ text: 'häß 🚂\n\u2028' })).toEqual({ text: 'häß 🚂\n\u2028' });
    await expect(rpc.remote.fail({ how: 'call-error' })).rejects.toMatchObject({ code: 'refused', message: 'not now' });
    const problem = await rpc.remote.fail({ how: 'problem' }).catch((error: unknown) => error as CallError);
    expect(problem).toBeInstanceOf(CallError);
    expect(problem).toMatchObject({ code: 'problem', problem: { code: 'account.sign-in', status: 401 } });
    expect(defects).toEqual([]);
    await expect(rpc.remote.fail({ how: 'defect' })).rejects.toMatchObject({ code: 'internal', message: 'a defect' });
    expect(defects).toEqual(['fail']);
  });

  test('arguments are parsed at the receiving end, results at the calling end', async () => {
    const { rpc } = await echoOverSocket();
    await expect(rpc.remote.echo({ text: 7 } as never)).rejects.toMatchObject({ code: 'usage' });
    await expect(rpc.remote.nonsense({})).rejects.toMatchObject({ code: 'internal' });
  });

  test('a method outside the contract is refused, inherited names too', async () => {
    const [near, far] = await socketPair();
    serveEcho(streamLink(far));
    const wider = { ...echoContract, other: echoContract.hang, constructor: echoContract.hang };
    const rpc = openRpc({ link: streamLink(near), local: { contract: none, handlers: none }, remote: wider });
    await expect(rpc.remote.other({})).rejects.toMatchObject({ code: 'refused' });
    await expect(rpc.remote.constructor({})).rejects.toMatchObject({ code: 'refused' });
    expect(await rpc.remote.echo({ text: 'still here' })).toEqual({ text: 'still here' });
  });

  test('a dropped link rejects what is pending at once, and all later calls', async () => {
    const { rpc, far } = await echoOverSocket();
    const pending = rpc.remote.hang({});
    far.destroy();
    await expect(pending).rejects.toMatchObject({ code: 'link-lost' });
    await rpc.closed;
    await expect(rpc.remote.echo({ text: '' })).rejects.toMatchObject({ code: 'link-lost' });
  });

  test('an unanswered call ends by its timeout and the link goes on', async () => {
    const [near, far] = await socketPair();
    serveEcho(streamLink(far));
    const rpc = callEcho(streamLink(near), 20);
    await expect(rpc.remote.hang({})).rejects.toMatchObject({ code: 'timeout' });
    expect(await rpc.remote.echo({ text: 'later' })).toEqual({ text: 'later' });
  });

  test('frames may be split anywhere, inside a character too, or arrive many at once', async () => {
    const stream = new PassThrough();
    const got: unknown[] = [];
    streamLink(stream).onMessage((message) => got.push(message));
    const bytes = Buffer.from(`${JSON.stringify({ a: 'ü🚂' })}\n\n${JSON.stringify([1])}\n${JSON.stringify('x')}\n`);
    for (const byte of bytes) await new Promise((taken) => stream.write(Buffer.of(byte), taken));
    expect(got).toEqual([{ a: 'ü🚂' }, [1], 'x']);
    got.length = 0;
    stream.end(Buffer.concat([bytes, bytes]));
    await once(stream, 'close');
    expect(got).toEqual([{ a: 'ü🚂' }, [1], 'x', { a: 'ü🚂' }, [1], 'x']);
  });

  test.each([
    ['no JSON', Buffer.from('GET / HTTP/1.1\r\n')],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22, 0x0a])],
    ['no message', Buffer.from('null\n')],
    ['a call without id', Buffer.from('{"t":"q","m":"echo","a":[{}]}\n')],
    ['an endless line', Buffer.alloc(5000, 'x')],
    ['a line that is too long', Buffer.from(`"${'x'.repeat(5000)}"\n`)],
  ])('%s ends the link', async (_name, bytes) => {
    const [near, far] = await socketPair();
    const served = serveEcho(streamLink(far, 4000));
    near.write(bytes);
    await served.closed;
    expect(far.destroyed).toBe(true);
  });

  test('what is too large to send is an error of that call alone, in both directions', async () => {
    const { rpc } = await echoOverSocket(4000);
    await expect(rpc.remote.echo({ text: 'x'.repeat(5000) })).rejects.toMatchObject({ code: 'internal' });
    await expect(rpc.remote.echo({ text: '\\', times: 2000 })).rejects.toMatchObject({ code: 'internal' });
    await expect(rpc.remote.echo({ text: 'ü', times: 1990 })).rejects.toMatchObject({ code: 'internal' });
    expect(await rpc.remote.echo({ text: 'fine' })).toEqual({ text: 'fine' });
  });
});

describe('over the channel of a child process', () => {
  const childUrl = new URL('../support/echo-child.ts', import.meta.url);
  const start = (serialization: 'json' | 'advanced'): ChildProcess => {
    const child = fork(childUrl, [], { execArgv: [], serialization, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    closers.push(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
    return child;
  };

  test.each(['json', 'advanced'] as const)('calls and errors cross (%s)', async (serialization) => {
    const rpc = callEcho(ipcLink(start(serialization)));
    expect(await rpc.remote.echo({ text: 'ü' })).toEqual({ text: 'ü' });
    await expect(rpc.remote.fail({ how: 'problem' })).rejects.toMatchObject({ problem: { code: 'account.sign-in' } });
  });

  test('a killed child rejects what is pending', async () => {
    const child = start('advanced');
    const rpc = callEcho(ipcLink(child));
    await rpc.remote.echo({ text: 'up' });
    const pending = rpc.remote.hang({});
    child.kill('SIGKILL');
    await expect(pending).rejects.toMatchObject({ code: 'link-lost' });
    await rpc.closed;
    await expect(rpc.remote.hang({})).rejects.toMatchObject({ code: 'link-lost' });
  });

  test('closing the link lets the child end by itself', async () => {
    const child = start('json');
    const rpc = callEcho(ipcLink(child));
    await rpc.remote.echo({ text: 'up' });
    rpc.close();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(z.unknown().parse(await rpc.closed)).toBeUndefined();
  });
});
