// Bodies that are held back: what is held back by us is nobody's stall, and what is not is one still.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectBox, type ConnectionTimeouts } from '../../main/box/connection.ts';
import { uploadNewFile } from '../../main/box/direct-upload.ts';
import type { BodyPace } from '../../main/box/transport/body-pace.ts';
import { sleep } from '../../main/platform/wait.ts';
import { anySignal, problemOf, sha1Of, signInNeeded } from './box-fixture.ts';

async function connectTo(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  bodyPace: BodyPace,
  timeouts: Partial<ConnectionTimeouts>,
) {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = connectBox({
    endpoints: { api: base, upload: base, auth: base, authorize: base },
    token: { get: () => Promise.resolve('T1'), renew: () => Promise.reject(signInNeeded()) },
    bodyPace,
    timeouts,
  });
  onTestFinished(async () => {
    await connection.dropConnections();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return connection;
}

/** Lets a quarter of the content go every 200 ms. */
class Slow implements BodyPace {
  isLimited = true;
  asked: number[] = [];
  readonly #atOnce: number;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  async take(bytes: number, signal: AbortSignal): Promise<number> {
    this.asked.push(bytes);
    await sleep(200, signal);
    return Math.min(bytes, this.#atOnce);
  }
}

function upload(connection: ReturnType<typeof connectBox>, bytes: Buffer, streamed: boolean, signal = anySignal()) {
  async function* slices() {
    // The same buffer again and again, as a file's reader does.
    const slice = Buffer.alloc(100_000);
    for (let at = 0; at < bytes.length; at += slice.length) {
      const size = bytes.copy(slice, 0, at);
      yield await Promise.resolve(slice.subarray(0, size));
    }
  }
  const content = { sizeBytes: bytes.length, sha1: sha1Of(bytes), open: () => (streamed ? slices() : bytes) };
  return uploadNewFile(connection, { parentId: '0', name: 'n', content }, { signal });
}

const bytesOf = (sizeBytes: number) => Buffer.from(Array.from({ length: sizeBytes }, (_, at) => at % 251));

/** Answers once the body has come, and keeps it. */
function keeping(received: Buffer[]) {
  return (request: IncomingMessage, response: ServerResponse) => {
    request.on('data', (chunk: Buffer) => received.push(chunk));
    request.on('end', () => response.writeHead(201).end(JSON.stringify({ type: 'file', id: 'f', name: 'n' })));
  };
}

describe('a body that is held back', () => {
  test.each([
    [20_000, false],
    [20_000, true],
    [400_000, true],
    [400_000, false],
  ])('for longer than any timeout arrives whole: %i bytes, streamed: %s', async (sizeBytes, streamed) => {
    const received: Buffer[] = [];
    const pace = new Slow(sizeBytes / 4);
    const connection = await connectTo(keeping(received), pace, { headersMs: 150, stallMs: 150 });
    const bytes = bytesOf(sizeBytes);
    expect((await upload(connection, bytes, streamed)).id).toBe('f');
    expect(Buffer.concat(received).includes(bytes)).toBe(true);
    expect(pace.asked.length).toBeGreaterThanOrEqual(4);
  });

  test('is one that stalls where its last byte was taken and no answer comes', async () => {
    const connection = await connectTo((request) => request.resume(), new Slow(10_000), { headersMs: 150 });
    expect(await problemOf(upload(connection, bytesOf(20_000), true))).toBe('network.stalled');
  });

  test('is one that stalls where nobody takes what it offers', async () => {
    const pace = new Slow(2 ** 26);
    const connection = await connectTo((request) => request.pause(), pace, { stallMs: 300 });
    expect(await problemOf(upload(connection, Buffer.alloc(64 * 2 ** 20), false))).toBe('network.stalled');
  });

  test('ends with the signal at once', async () => {
    const stop = new AbortController();
    const connection = await connectTo(keeping([]), new Slow(1), {});
    setTimeout(() => stop.abort(new Error('enough')), 300);
    const startedAt = performance.now();
    await expect(upload(connection, bytesOf(50_000), true, stop.signal)).rejects.toThrow('enough');
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  test('goes on without being asked once there is no limit', async () => {
    const received: Buffer[] = [];
    const pace = new Slow(10_000);
    const connection = await connectTo(keeping(received), pace, {});
    setTimeout(() => (pace.isLimited = false), 300);
    const bytes = bytesOf(2_000_000);
    expect((await upload(connection, bytes, true)).id).toBe('f');
    expect(Buffer.concat(received).includes(bytes)).toBe(true);
    expect(pace.asked.length).toBeLessThan(5);
  });
});
