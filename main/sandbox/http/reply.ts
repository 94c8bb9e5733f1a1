import type { Readable } from 'node:stream';

/** What a handler answers. `body` as text goes out with its length; `stream` must come with a content-length header. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: string;
  stream?: Readable;
}

const jsonType = { 'content-type': 'application/json' };

/** An answer with a JSON body. */
export function json(status: number, value: unknown, headers?: Record<string, string>): Reply {
  return { status, headers: headers ? { ...jsonType, ...headers } : jsonType, body: JSON.stringify(value) };
}

/** An answer without a body: Box's 204, 202 and 304. */
export const empty = (status: number, headers?: Record<string, string>): Reply =>
  headers ? { status, headers } : { status };
