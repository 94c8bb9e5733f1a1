import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Interception } from './intercept.ts';
import type { Reply } from './reply.ts';

/** One request on its way through the sandbox. */
export interface Call {
  method: string;
  path: string;
  /** Calls with the same query share it: it is only read. */
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  params: Record<string, string>;
  request: IncomingMessage;
  interception: Interception | undefined;
  /** Scheme, host and port that the sandbox listens on now: absolute URLs in answers begin with it. */
  origin: string;
}

export type Handler<Context> = (call: Call, context: Context) => Reply | Promise<Reply>;
