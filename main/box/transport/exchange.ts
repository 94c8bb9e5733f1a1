import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { CallBody, StreamedBody } from '../call.ts';
import type { ReceivedAnswer } from '../classify.ts';
import { retryAfterMs } from '../retry-after.ts';
import { AnswerGatherer, type GatheredAnswer } from './answer-gatherer.ts';
import { keptBySocketBytes, watchedBody, wrongLength } from './watched-body.ts';

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

/**
 * Sends one request over the dispatcher and reads the answer, at most 32 MiB of it. Rejects with undici's or the system's
 * error, a StalledError, the source's error, or the signal's reason. Redirects are not followed.
 */
export async function exchange(dispatcher: Dispatcher, request: Exchange): Promise<RawAnswer> {
  const { signal } = request;
  signal.throwIfAborted();
  const answer = new AnswerGatherer();
  const onAbort = () => answer.stop(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const { headers, body, onSent } = wireBody(request, (error) => answer.stop(error));
    if (onSent) answer.onRequestSent = onSent;
    dispatcher.dispatch(
      {
        origin: request.url.origin,
        path: `${request.url.pathname}${request.url.search}`,
        method: request.method,
        headers,
        // undici takes any async iterable; its types name only Node's own streams.
        body: body as string | Buffer | Readable | null,
        headersTimeout: request.headersMs,
        bodyTimeout: request.bodyMs,
      },
      answer,
    );
    return received(await answer.gathered, request.now());
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

interface WireBody {
  headers: Record<string, string>;
  body: string | Buffer | AsyncIterable<Uint8Array> | null;
  onSent?: () => void;
}

/** Lengths are always announced: undici sends a generator chunked otherwise, and Box answers that with 411. */
function wireBody(request: Exchange, fail: (error: unknown) => void): WireBody {
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
  return streamedBody(body.stream, request, fail);
}

function streamedBody(stream: StreamedBody, request: Exchange, fail: (error: unknown) => void): WireBody {
  const { contentType, sizeBytes, onProgress } = stream;
  const headers = { ...request.headers, 'content-type': contentType, 'content-length': String(sizeBytes) };
  const opened = stream.open();
  // What a socket takes at once can't stall before the answer is waited for.
  if (opened instanceof Uint8Array && opened.length < keptBySocketBytes) {
    if (opened.length !== sizeBytes) throw wrongLength(sizeBytes, String(opened.length));
    const bytes = Buffer.from(opened.buffer, opened.byteOffset, opened.length);
    return { headers, body: bytes, onSent: () => onProgress?.(sizeBytes) };
  }
  const source = { sizeBytes, onProgress, open: () => (opened instanceof Uint8Array ? [opened] : opened) };
  return { headers, body: reporting(watchedBody(source, request.stallMs, fail), fail) };
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

function received(answer: GatheredAnswer, now: number): RawAnswer {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  const date = Date.parse(headers['date'] ?? '');
  const serverNow = Number.isNaN(date) ? undefined : date;
  return {
    status: answer.status,
    headers,
    ...parsed(answer.text),
    retryAfterMs: retryAfterMs(headers['retry-after'], serverNow ?? now),
    requestId: headers['box-request-id'] ?? headers['x-box-request-id'],
    location: headers['location'],
    serverNow,
  };
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
