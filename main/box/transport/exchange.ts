import type { Readable } from 'node:stream';
import { errors, type Dispatcher } from 'undici';
import type { CallBody, StreamedBody } from '../call.ts';
import type { ReceivedAnswer } from '../classify.ts';
import { retryAfterMs } from '../retry-after.ts';
import { AnswerGatherer, type GatheredAnswer } from './answer-gatherer.ts';
import type { BodyPace } from './body-pace.ts';
import { keptBySocketBytes, watchedBody, wrongLength } from './watched-body.ts';

/** One request and its whole answer; nothing is repeated or judged here. */
export interface Exchange {
  method: Dispatcher.HttpMethod;
  url: Readonly<URL>;
  headers: Record<string, string>;
  body: CallBody | undefined;
  /** From the last byte sent on. */
  headersMs: number;
  bodyMs: number;
  stallMs: number;
  /** Holds streamed bodies back. */
  pace?: BodyPace | undefined;
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
  const headersWatch = watchHeaders(answer, request.headersMs);
  try {
    const { headers, body, onSent, isStreamed } = wireBody(request, {
      fail: (error) => answer.stop(error),
      sent: () => headersWatch.begin(),
    });
    if (onSent) answer.onRequestSent = onSent;
    dispatcher.dispatch(
      {
        origin: request.url.origin,
        path: `${request.url.pathname}${request.url.search}`,
        method: request.method,
        headers,
        // undici takes any async iterable; its types name only Node's own streams.
        body: body as string | Buffer | Readable | null,
        // undici counts from the first byte on, and a body that is held back may take hours: a socket that is full at
        // the wrong moment would then look like an answer that doesn't come.
        headersTimeout: isStreamed ? 0 : request.headersMs,
        bodyTimeout: request.bodyMs,
      },
      answer,
    );
    return received(await answer.gathered, request.now());
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    headersWatch.end();
    signal.removeEventListener('abort', onAbort);
  }
}

/** Stops an exchange whose answer doesn't begin within the time after `begin`. */
function watchHeaders(answer: AnswerGatherer, headersMs: number): { begin: () => void; end: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const end = () => {
    isOver = true;
    clearTimeout(timer);
  };
  answer.onHeaders = end;
  const begin = () => {
    if (!isOver) timer = setTimeout(() => answer.stop(new errors.HeadersTimeoutError()), headersMs);
  };
  return { begin, end };
}

interface WireBody {
  headers: Record<string, string>;
  body: string | Buffer | AsyncIterable<Uint8Array> | null;
  onSent?: () => void;
  /** It leaves slice by slice, and `sent` tells its end. */
  isStreamed?: true;
}

interface BodyEvents {
  fail: (error: unknown) => void;
  sent: () => void;
}

/** Lengths are always announced: undici sends a generator chunked otherwise, and Box answers that with 411. */
function wireBody(request: Exchange, events: BodyEvents): WireBody {
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
  return streamedBody(body.stream, request, events);
}

function streamedBody(stream: StreamedBody, request: Exchange, events: BodyEvents): WireBody {
  const { contentType, sizeBytes, onProgress } = stream;
  const headers = { ...request.headers, 'content-type': contentType, 'content-length': String(sizeBytes) };
  const opened = stream.open();
  // What a socket takes at once can't stall before the answer is waited for.
  if (opened instanceof Uint8Array && opened.length < keptBySocketBytes && !request.pace?.isLimited) {
    if (opened.length !== sizeBytes) throw wrongLength(sizeBytes, String(opened.length));
    const bytes = Buffer.from(opened.buffer, opened.byteOffset, opened.length);
    return { headers, body: bytes, onSent: () => onProgress?.(sizeBytes) };
  }
  const source = { sizeBytes, onProgress, open: () => (opened instanceof Uint8Array ? [opened] : opened) };
  const pace = request.pace && { pace: request.pace, signal: request.signal };
  const body = watchedBody(source, request.stallMs, events.fail, pace);
  return { headers, body: reporting(body, events), isStreamed: true };
}

/** Tells the body's own error to the caller: undici may answer with the broken connection that it causes instead. */
async function* reporting(body: AsyncIterable<Uint8Array>, { fail, sent }: BodyEvents): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
    sent();
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
