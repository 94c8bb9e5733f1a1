// Where a session of an earlier run is looked for, when its endpoints stand at another port of this machine.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { connectBox } from '../../../main/box/connection.ts';
import type { SessionRecord } from '../../../main/box/upload-session/journal.ts';
import { locateSession } from '../../../main/engine/transfer/session-address.ts';

type Answer = { status: number; body: unknown };

const gone: Answer = { status: 404, body: { code: 'upload_session_not_found' } };

/** A server with one answer to everything. */
async function serverThat(answers: (base: string) => Answer): Promise<{ base: string; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const { status, body } = answers(base);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(stop);
  return { base, stop };
}

function wireSession(base: string): unknown {
  const url = `${base}/zone/A`;
  const session_endpoints = { upload_part: url, status: url, abort: url, commit: `${url}/c`, list_parts: `${url}/p` };
  return { id: 'A', part_size: 8, total_parts: 4, num_parts_processed: 0, session_endpoints };
}

function record(base: string): SessionRecord {
  const url = `${base}/zone/A`;
  return {
    id: 'A',
    partSizeBytes: 8,
    totalParts: 4,
    expiresAt: '',
    endpoints: {
      uploadPart: url,
      status: url,
      abort: url,
      commit: `${url}/c`,
      listParts: `${url}/p`,
      logEvent: undefined,
    },
    ours: true,
  };
}

function locate(configured: string, session: SessionRecord): Promise<SessionRecord> {
  const connection = connectBox({
    endpoints: { api: configured, upload: configured, auth: configured, authorize: configured },
    token: { get: () => Promise.resolve('T'), renew: () => Promise.reject(new Error('refused')) },
    retries: { backoffBaseMs: 1 },
  });
  onTestFinished(() => connection.dropConnections());
  return locateSession(connection, session, 30, new AbortController().signal);
}

test('a server that serves its sessions at a port of their own is asked where it said', async () => {
  const configured = await serverThat(() => gone);
  const zone = await serverThat((base) => ({ status: 200, body: wireSession(base) }));
  const session = record(zone.base);
  expect(await locate(configured.base, session)).toBe(session);
});

test('a server that has moved tells its new endpoints', async () => {
  const old = await serverThat(() => gone);
  const configured = await serverThat((base) => ({ status: 200, body: wireSession(base) }));
  await old.stop();
  const found = await locate(configured.base, record(old.base));
  expect(found.endpoints).toEqual(record(configured.base).endpoints);
});

test('one that nobody knows is found gone at the configured address', async () => {
  const old = await serverThat(() => gone);
  const configured = await serverThat(() => gone);
  await old.stop();
  const found = await locate(configured.base, record(old.base));
  expect(found.endpoints.status).toBe(`${configured.base}/files/upload_sessions/A`);
});

test('trouble at either address says nothing about the session', async () => {
  const configured = await serverThat(() => gone);
  const zone = await serverThat(() => ({ status: 503, body: {} }));
  await expect(locate(configured.base, record(zone.base))).rejects.toMatchObject({
    problem: { code: 'box.unavailable' },
  });
});
