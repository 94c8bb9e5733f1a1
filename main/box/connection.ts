import type { Dispatcher } from 'undici';
import { systemClock, type Clock } from '../platform/clock.ts';
import type { BoxAnswer, BoxCall } from './call.ts';

/** The four bases of Box's addresses, without a slash at the end. */
export interface BoxEndpoints {
  /** `https://api.box.com/2.0` */
  api: string;
  /** `https://upload.box.com/api/2.0` */
  upload: string;
  /** `https://api.box.com/oauth2` */
  auth: string;
  /** `https://account.box.com/api/oauth2/authorize` */
  authorize: string;
}

/** Gives access tokens. That only one refresh runs at a time is the provider's business. */
export interface TokenSource {
  get(signal: AbortSignal): Promise<string>;
  /** After a 401: resolves with another token than the refused one, or rejects with the problem `account.sign-in`. */
  renew(refused: string, signal: AbortSignal): Promise<string>;
}

/** Keeps the pace that Box asks for. */
export interface CallPacer {
  /** Resolves when the call may leave. */
  before(call: { host: string; kind: 'upload' | 'call' }, signal: AbortSignal): Promise<void>;
  /** Box answered 429. */
  slowDown(host: string, retryAfterMs: number): void;
}

export interface ConnectionTimeouts {
  connectMs: number;
  /** From the last byte sent to the answer's headers. */
  headersMs: number;
  /** Between two chunks of an answer. */
  bodyMs: number;
  /** A request's body that no byte of was taken for so long. */
  stallMs: number;
}

export interface ConnectOptions {
  endpoints: BoxEndpoints;
  token: TokenSource;
  pacer?: CallPacer | undefined;
  /** Another way to the network (a proxy). It is not closed by the connection. Without it one with 32 keep-alive connections per host. */
  dispatcher?: Dispatcher | undefined;
  /** Sent with every call. */
  headers?: Readonly<Record<string, string>> | undefined;
  clock?: Clock | undefined;
  userAgent?: string | undefined;
  timeouts?: Partial<ConnectionTimeouts> | undefined;
  retries?: Partial<CallRetries> | undefined;
}

/** How often a call that may be repeated is, within how long. */
export interface CallRetries {
  attempts: number;
  withinMs: number;
  backoffBaseMs: number;
}

/** The way to one account of Box. Rejections are BoxErrors, or the signal's reason. */
export interface BoxConnection {
  readonly endpoints: BoxEndpoints;
  /** Box's clock minus ours, from the last answer's Date: for expiries. 0 before the first answer. */
  readonly serverTimeOffsetMs: number;
  request(call: BoxCall): Promise<BoxAnswer>;
  /** Drops every connection, so that the next call opens a new one: after sleep, or a change of network. */
  dropConnections(): Promise<void>;
  /** Waits for running calls and closes the connections. */
  close(): Promise<void>;
}

/** Opens the way to Box; nothing is sent until the first call. */
export function connectBox(options: ConnectOptions): BoxConnection {
  void systemClock;
  throw new Error(`not connected: ${options.endpoints.api}`);
}
