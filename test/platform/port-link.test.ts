import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { parentLink } from '../../main/platform/parent-link.ts';
import { portLink, type MessagePortLike } from '../../main/platform/port-link.ts';
import { openRpc } from '../../main/platform/rpc.ts';
import type { Link } from '../../shared/link.ts';
import { CallError } from '../../shared/call-error.ts';

/** Node's port with the events of Electron's: a message comes as `{ data }`, and nothing before `start`. */
class ElectronPort extends EventEmitter implements MessagePortLike {
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    super();
    this.#port = port;
    port.once('close', () => this.emit('close'));
  }
  start() {
    this.#port.on('message', (data: unknown) => this.emit('message', { data }));
  }
  postMessage(message: unknown) {
    this.#port.postMessage(message);
  }
  close() {
    this.#port.close();
  }
}

function ports(): [ElectronPort, ElectronPort] {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  return [new ElectronPort(port1), new ElectronPort(port2)];
}

const contract = {
  echo: { args: z.object({ text: z.string() }), result: z.object({ text: z.string() }) },
  fail: { args: z.object({}), result: z.object({}) },
  hang: { args: z.object({}), result: z.object({}) },
};

function serve(link: Link) {
  return openRpc({
    link,
    remote: {},
    local: {
      contract,
      handlers: {
        echo: ({ text }) => Promise.resolve({ text }),
        fail: () => Promise.reject(new CallError('refused', 'not now')),
        hang: () => new Promise<never>(() => undefined),
      },
    },
  });
}

const call = (port: MessagePortLike) =>
  openRpc({ link: portLink(port), remote: contract, local: { contract: {}, handlers: {} } });

describe('a link over a port', () => {
  test('carries calls, answers and errors', async () => {
    const [near, far] = ports();
    serve(portLink(far));
    const { remote } = call(near);
    expect(await remote.echo({ text: 'grüß' })).toEqual({ text: 'grüß' });
    await expect(remote.fail({})).rejects.toMatchObject({ code: 'refused', message: 'not now' });
  });

  test('what was sent before anybody listened arrives', async () => {
    const [near, far] = ports();
    const answer = call(near).remote.echo({ text: 'early' });
    await new Promise((resolve) => setImmediate(resolve));
    serve(portLink(far));
    expect(await answer).toEqual({ text: 'early' });
  });

  test.each(['near', 'far'] as const)('calls under way fail where the %s end closes', async (which) => {
    const [near, far] = ports();
    const served = serve(portLink(far));
    const called = call(near);
    await called.remote.echo({ text: '' });
    const pending = called.remote.hang({});
    if (which === 'near') called.close();
    else served.close();
    await expect(pending).rejects.toMatchObject({ code: 'link-lost' });
    await Promise.all([called.closed, served.closed]);
    await expect(called.remote.echo({ text: '' })).rejects.toMatchObject({ code: 'link-lost' });
  });

  test('what is no call ends it', async () => {
    const [near, far] = ports();
    const { closed } = serve(portLink(far));
    near.start();
    near.postMessage('nonsense');
    await closed;
  });

  test('its end is told once, also to whoever asks late', async () => {
    const [near, far] = ports();
    const link = portLink(near);
    let ends = 0;
    link.onClose(() => (ends += 1));
    link.close();
    link.close();
    far.close();
    link.post('silent');
    await new Promise<void>((resolve) => link.onClose(resolve));
    expect(ends).toBe(1);
  });
});

test("in a utility process the link is the port of the parent's first message", async () => {
  const [near, far] = ports();
  const parentPort = new EventEmitter();
  const link = parentLink(parentPort);
  parentPort.emit('message', { data: 'link', ports: [far] });
  serve(await link);
  expect(await call(near).remote.echo({ text: 'child' })).toEqual({ text: 'child' });
});

test('a parent that brings no port is refused', async () => {
  const parentPort = new EventEmitter();
  const link = parentLink(parentPort);
  parentPort.emit('message', { data: 'link', ports: [] });
  await expect(link).rejects.toThrow('no port');
});
