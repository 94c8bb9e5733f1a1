import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { CallBody } from '../call.ts';
import type { ReceivedAnswer } from '../classify.ts';
import { retryAfterMs } from '../retry-after.ts';
import { watchedBody } from './watched-body.ts';

/** One request and its whole answer; nothing is repeated or judged here. */
export interface Exchange {
  method: Dispatcher.HttpMethod;
  url: URL;
  headers: Record<string, string>;
  body: CallBody | undefined;
  headersMs: number;
  bodyMs: number;
  stallMs: number;
  signal: AbortSignal;
  now: () => number;
}

export interface RawAnswer extends ReceivedAnswer {
  headers: Record<string, string>;
  /** The answer's Date, when there is one. */
  serverNow: number | undefined;
}

const longestAnswerBytes = 32 * 1024 * 1024;

/**
 * Sends one request over the dispatcher and reads the answer, at most 32 MiB of it. Rejects with undici's or the system's
 * error, a StalledError, the source's error, or the signal's reason. Redirects are not followed.
 */
export async function exchange(dispatcher: Dispatcher, request: Exchange): Promise<RawAnswer> {
  request.signal.throwIfAborted();
  const stop = new AbortController();
  const onAbort = () => stop.abort(request.signal.reason);
  request.signal.addEventListener('abort', onAbort, { once: true });
  let failed: unknown;
  try {
    const { headers, body } = wireBody(request, (error) => {
      failed = error;
      stop.abort(error);
    });
    const response = await dispatcher.request({
      origin: request.url.origin,
      path: `${request.url.pathname}${request.url.search}`,
      method: request.method,
      headers,
      // undici takes any async iterable; its types name only Node's own streams.
      body: body as string | Readable | null,
      headersTimeout: request.headersMs,
      bodyTimeout: request.bodyMs,
      signal: stop.signal,
    });
    return await received(response, request.now());
  } catch (error) {
    request.signal.throwIfAborted();
    throw failed ?? error;
  } finally {
    request.signal.removeEventListener('abort', onAbort);
  }
}

/** Lengths are always announced: undici sends a generator chunked otherwise, and Box answers that with 411. */
function wireBody(
  request: Exchange,
  fail: (error: unknown) => void,
): { headers: Record<string, string>; body: string | AsyncIterable<Uint8Array> | null } {
  const { body, headers } = request;
  if (body === undefined) return { headers, body: null };
  if ('json' in body) {
    return { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body.json) };
  }
  if ('form' in body) {
    const given = Object.entries(body.form).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const form = new URLSearchParams(given).toString();
    return { headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, body: form };
  }
  const { contentType, sizeBytes } = body.stream;
  const length = { 'content-type': contentType, 'content-length': String(sizeBytes) };
  return { headers: { ...headers, ...length }, body: reporting(watchedBody(body.stream, request.stallMs, fail), fail) };
}

/** Tells the body's own error to the caller: undici may answer with the broken connection that it causes instead. */
async function* reporting(body: AsyncIterable<Uint8Array>, fail: (error: unknown) => void): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    fail(error);
    throw error;
  }
}

async function received(response: Dispatcher.ResponseData, now: number): Promise<RawAnswer> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  const text = await readText(response.body);
  const date = Date.parse(headers['date'] ?? '');
  const serverNow = Number.isNaN(date) ? undefined : date;
  return {
    status: response.statusCode,
    headers,
    ...parsed(text),
    retryAfterMs: retryAfterMs(headers['retry-after'], serverNow ?? now),
    requestId: headers['box-request-id'] ?? headers['x-box-request-id'],
    location: headers['location'],
    serverNow,
  };
}

async function readText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > longestAnswerBytes) {
      throw Object.assign(new Error('the answer is longer than 32 MiB'), { code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** By its content and not by its Content-Type: proxies send pages with Box's type, and Box sends some JSON without any. */
function parsed(text: string): { body: unknown; isJson: boolean } {
  if (text.trim() === '') return { body: undefined, isJson: false };
  try {
    return { body: JSON.parse(text) as unknown, isJson: true };
  } catch {
    return { body: text, isJson: false };
  }
}
