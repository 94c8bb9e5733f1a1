// The place where faults come in. The sandbox itself makes none: a test (or, later, a fault plan) passes `intercept`.
import type { IncomingHttpHeaders } from 'node:http';
import type { Reply } from './reply.ts';

/** One request, before anything was done about it: no check, no rate count, no body read. */
export interface InterceptedRequest {
  method: string;
  /** Path as sent, without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The route's name, such as `upload-part` or `commit-session` (see routes/table.ts); undefined where no route fits. */
  route: string | undefined;
  /** The path's variable segments, such as `session_id` and `file_id`. */
  params: Record<string, string>;
  /** How many requests this route has had since the start, this one included: `count === 3` is the third. */
  count: number;
}

/**
 * What is to happen to a request. Every member is optional and they combine; `{}` and undefined change nothing.
 * Examples: stored but 500: `{ afterEffect: () => ({ status: 500 }) }`; committed and then the line drops:
 * `{ afterEffect: () => 'drop' }`; reset in mid-body: `{ dropAfterBodyBytes: 100_000 }`; a slow reader:
 * `{ bodyBytesPerSecond: 50_000 }`; HTML instead of JSON: `{ answer: { status: 502, headers: { 'content-type':
 * 'text/html' }, body: '<html>' } }`; too many requests: `{ answer: { status: 429, headers: { 'retry-after': '1' } } }`.
 */
export interface Interception {
  /** Waits before anything else happens; ends early when the peer goes away or the sandbox closes. */
  delayMs?: number;
  /** This goes out, and the request has no effect. Its body is read and dropped. */
  answer?: Reply;
  /** The connection is reset, and the request has no effect. */
  drop?: boolean;
  /** The connection is reset once this many bytes of the body were read; nothing of the request takes effect. */
  dropAfterBodyBytes?: number;
  /** The body is read no faster than this, so that the sender's socket fills up. */
  bodyBytesPerSecond?: number;
  /** Called after the effect with the answer made for it: what it returns goes out instead; 'drop' resets the connection. */
  afterEffect?: (answer: Reply) => AfterEffect | Promise<AfterEffect>;
}

type AfterEffect = Reply | 'drop' | undefined;

export type Intercept = (request: InterceptedRequest) => Interception | undefined | Promise<Interception | undefined>;
