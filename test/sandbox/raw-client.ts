// A bare HTTP client for the sandbox's tests: it knows nothing that a stranger's client wouldn't.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Agent, FormData, request } from 'undici';
import { startSandbox, type InProcess, type Sandbox, type SandboxReady } from '../../main/sandbox/server.ts';
import type { SandboxOptions } from '../../main/sandbox/options.ts';

/** Whatever the sandbox answers, as the tests read it: which members are really there is what they check. */
export interface Json {
  type: string;
  id: string;
  etag: string;
  name: string;
  sha1: string;
  size: number;
  code: string;
  message: string;
  error: string;
  url: string;
  access_token: string;
  refresh_token: string;
  expires_in: number;
  next_marker: string | null;
  event_type: string;
  event_id: string;
  next_stream_position: number;
  chunk_size: number;
  total_count: number;
  offset: number;
  part_id: string;
  part_size: number;
  num_parts_processed: number;
  session_expires_at: string;
  max_upload_size: number;
  part: Json;
  file_version: Json;
  path_collection: Json;
  item_collection: Json;
  entries: [Json, ...Json[]];
  context_info: { conflicts: Json; session: Json };
  session_endpoints: { upload_part: string; commit: string; abort: string; list_parts: string; status: string };
  /** Not Box's: the file's size, which the tests put beside a session. */
  total_bytes: number;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: Json;
}

export const sha1Hex = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');
export const digestOf = (bytes: Uint8Array): string => 'sha=' + createHash('sha1').update(bytes).digest('base64');

export interface RawClient {
  ready: SandboxReady;
  send(method: string, url: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  api(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  upload(name: string, bytes: Uint8Array, more?: UploadExtras): Promise<Answer>;
  newVersion(id: string, bytes: Uint8Array, more?: UploadExtras): Promise<Answer>;
  openSession(name: string, sizeBytes: number, folderId?: string): Promise<Answer>;
  putPart(session: Json, bytes: Uint8Array, offset: number, headers?: Record<string, string>): Promise<Answer>;
  putAll(session: Json, bytes: Uint8Array): Promise<Json[]>;
  commit(
    session: Json,
    bytes: Uint8Array,
    parts: Json[],
    more?: { headers?: Record<string, string>; attributes?: object },
  ): Promise<Answer>;
  close(): Promise<void>;
}

interface UploadExtras {
  parent?: string;
  attributes?: object;
  headers?: Record<string, string>;
}

/** Speaks to a sandbox. Strings and buffers go as they are, everything else as JSON. */
export function rawClient(ready: SandboxReady): RawClient {
  const agent = new Agent({ allowH2: false, connections: 8 });
  const send: RawClient['send'] = async (method, url, body, headers = {}) => {
    const isRaw =
      body === undefined || typeof body === 'string' || body instanceof Uint8Array || body instanceof FormData;
    const response = await request(url, {
      method: method,
      dispatcher: agent,
      body: (isRaw ? (body ?? null) : JSON.stringify(body)) as string | Buffer | FormData | null,
      headers: { authorization: `Bearer ${ready.token}`, ...headers },
    });
    const text = await response.body.text();
    const isJson: boolean = text !== '' && String(response.headers['content-type']).startsWith('application/json');
    return {
      status: response.statusCode,
      headers: response.headers,
      text,
      json: (isJson ? JSON.parse(text) : {}) as Json,
    };
  };
  const form = (attributes: object, bytes: Uint8Array): FormData => {
    const body = new FormData();
    body.set('attributes', JSON.stringify(attributes));
    body.set('file', new Blob([bytes as Uint8Array<ArrayBuffer>]), 'file');
    return body;
  };
  const client: RawClient = {
    ready,
    send,
    api: (method, path, body, headers) => send(method, ready.api + path, body, headers),
    upload: (name, bytes, { parent = '0', attributes = {}, headers } = {}) =>
      send(
        'POST',
        `${ready.upload}/files/content`,
        form({ name, parent: { id: parent }, ...attributes }, bytes),
        headers,
      ),
    newVersion: (id, bytes, { attributes = {}, headers } = {}) =>
      send('POST', `${ready.upload}/files/${id}/content`, form(attributes, bytes), headers),
    openSession: (file_name, file_size, folder_id = '0') =>
      send('POST', `${ready.upload}/files/upload_sessions`, { file_name, file_size, folder_id }),
    putPart: (session, bytes, offset, headers) =>
      send('PUT', session.session_endpoints.upload_part, bytes, {
        'content-type': 'application/octet-stream',
        digest: digestOf(bytes),
        'content-range': `bytes ${offset}-${offset + bytes.length - 1}/${session.total_bytes}`,
        ...headers,
      }),
    putAll: async (session, bytes) => {
      const parts: Json[] = [];
      for (let offset = 0; offset < bytes.length; offset += session.part_size) {
        const slice = bytes.subarray(offset, offset + session.part_size);
        const answer = await client.putPart({ ...session, total_bytes: bytes.length }, slice, offset);
        if (answer.status !== 200) throw new Error(`part at ${offset}: ${answer.status} ${answer.text}`);
        parts.push(answer.json.part);
      }
      return parts;
    },
    commit: (session, bytes, parts, { headers = {}, attributes } = {}) =>
      send('POST', session.session_endpoints.commit, { parts, attributes }, { digest: digestOf(bytes), ...headers }),
    close: () => agent.close(),
  };
  return client;
}

/** Sends the headers of a JSON body, does `meanwhile` once the sandbox works on them, then sends the body. Gives status and code. */
export function sendLate(
  { ready, api }: Pick<RawClient, 'ready' | 'api'>,
  [method, path, body]: [method: string, path: string, body: object],
  meanwhile: (api: RawClient['api']) => Promise<unknown>,
): Promise<[number, string | undefined]> {
  const sent = JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${ready.token}`,
    'content-length': String(Buffer.byteLength(sent)),
    // Answered at once, on the same turn in which the request is begun.
    expect: '100-continue',
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest(ready.api + path, { method, headers }, (answer) => resolve(statusAndCode(answer)));
    request.on('error', reject);
    request.on('continue', () => void meanwhile(api).then(() => request.end(sent), reject));
    request.flushHeaders();
  });
}

/** A request that declares no length of a body at all, and has none. */
export function sendWithoutLength(
  { ready }: Pick<RawClient, 'ready'>,
  method: string,
  url: string,
  headers: Record<string, string>,
): Promise<[number, string | undefined]> {
  return new Promise((resolve, reject) => {
    const options = { method, headers: { authorization: `Bearer ${ready.token}`, ...headers } };
    const request = httpRequest(url, options, (answer) => resolve(statusAndCode(answer)));
    request.removeHeader('content-length');
    request.removeHeader('transfer-encoding');
    request.useChunkedEncodingByDefault = false;
    request.on('error', reject);
    request.end();
  });
}

async function statusAndCode(answer: IncomingMessage): Promise<[number, string | undefined]> {
  const { code } = JSON.parse((await text(answer)) || '{}') as { code?: string };
  return [answer.statusCode ?? 0, code];
}

export interface TestBox extends RawClient {
  root: string;
  sandbox: Sandbox;
  faults: unknown[];
}

/** Starts a sandbox on a fresh folder (or the given one). `end()` of the returned scope closes and removes everything. */
export async function openBox(
  options: Omit<SandboxOptions, 'root'> & InProcess & { root?: string } = {},
): Promise<TestBox> {
  const root = options.root ?? mkdtempSync(join(tmpdir(), 'boxcar-sandbox-'));
  const faults: unknown[] = [];
  const sandbox = await startSandbox({ onFault: (error) => faults.push(error), ...options, root });
  return { ...rawClient(sandbox.ready), root, sandbox, faults };
}

/** Closes a box; removes its folder unless `keep`. Fails when the sandbox had an error of its own. */
export async function endBox(box: TestBox, keep = false): Promise<void> {
  await box.close();
  await box.sandbox.close();
  if (!keep) rmSync(box.root, { recursive: true, force: true });
  if (box.faults.length > 0) throw new Error('The sandbox had an error of its own', { cause: box.faults[0] });
}
