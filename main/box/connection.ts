import type { Dispatcher } from 'undici';
import type { ProblemCode } from '../../shared/problem-table.ts';
import { systemClock, type Clock } from '../platform/clock.ts';
import type { ProxyFor } from '../platform/proxy.ts';
import { backoffMs, sleep } from '../platform/wait.ts';
import { BoxError } from './box-error.ts';
import type { BoxAnswer, BoxCall } from './call.ts';
import { classifyAnswer, classifyException, foreignAnswer, successOf, tokenRefused } from './classify.ts';
import { addressBook, type Address } from './transport/addresses.ts';
import type { BodyPace } from './transport/body-pace.ts';
import { exchange, type RawAnswer } from './transport/exchange.ts';
import { openNetwork } from './transport/network.ts';
import { withoutSecrets } from './without-secrets.ts';

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
  /**
   * After a 401: resolves with another token, or rejects with the problem `account.sign-in`. One that can't be renewed may be
   * given once more: a proxy, or a passing fault of Box, may have answered. `twice`: it was, and was refused again.
   */
  renew(refused: string, signal: AbortSignal, twice?: boolean): Promise<string>;
}

/** What the pace depends on: Box's limit of uploads is for direct ones. */
export interface PacedCall {
  host: string;
  kind: 'upload' | 'call';
}

/** Keeps the pace that Box asks for. */
export interface CallPacer {
  /** Resolves when the call may leave. */
  before(call: PacedCall, signal: AbortSignal): Promise<void>;
  /** Box answered 429; without a time when it told none. */
  slowDown(call: PacedCall, retryAfterMs: number | undefined): void;
  /** Box took the call. */
  passed(call: PacedCall): void;
}

export interface ConnectionTimeouts {
  connectMs: number;
  /** From the last byte sent to the answer's headers. */
  headersMs: number;
  /** The same for what Box answers at once or not at all: a GET, the making of a folder, the question whether a file may go up. */
  quickHeadersMs: number;
  /** Between two chunks of an answer. */
  bodyMs: number;
  /** A request's body that no byte of was taken for so long. */
  stallMs: number;
}

export interface ConnectOptions {
  endpoints: BoxEndpoints;
  token: TokenSource;
  pacer?: CallPacer | undefined;
  /** Holds bodies of files back; without it they leave as fast as the connection takes them. */
  bodyPace?: BodyPace | undefined;
  /** Another way to the network. It is not closed by the connection. Without it one with 32 keep-alive connections per host. */
  dispatcher?: Dispatcher | undefined;
  /** Without it connections are direct. */
  proxyFor?: ProxyFor | undefined;
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

/** A call, and where it goes. */
interface Addressed {
  call: BoxCall;
  address: Address;
}

/** Opens the way to Box; nothing is sent until the first call. */
export function connectBox(options: ConnectOptions): BoxConnection {
  const clock = options.clock ?? systemClock;
  const timeouts = { ...usualTimeouts, ...options.timeouts };
  const retries = { ...usualRetries, ...options.retries };
  const addressOf = addressBook([options.endpoints.api, options.endpoints.upload, options.endpoints.auth]);
  const network = openNetwork(options.dispatcher, timeouts.connectMs, options.proxyFor);
  let serverTimeOffsetMs = 0;

  async function once({ call, address }: Addressed, token: string | null, secrets: string[]): Promise<RawAnswer> {
    if (token !== null) secrets.push(token);
    const answer = await exchange(network.dispatcher(), {
      method: call.method,
      url: address.url,
      headers: callHeaders(options, call, token),
      body: call.body,
      headersMs: call.answerMs ?? (isQuick(call) ? timeouts.quickHeadersMs : timeouts.headersMs),
      bodyMs: call.answerMs ?? timeouts.bodyMs,
      stallMs: timeouts.stallMs,
      pace: options.bodyPace,
      signal: call.signal,
      now: () => clock.now(),
    });
    if (answer.serverNow !== undefined) serverTimeOffsetMs = answer.serverNow - clock.now();
    return answer;
  }

  /** One try, and more with what the source of tokens gives when the first was refused. */
  async function authorized(to: Addressed, secrets: string[]): Promise<RawAnswer> {
    const { call } = to;
    if (call.withoutToken) {
      await paced(to);
      return once(to, null, secrets);
    }
    const token = await options.token.get(call.signal);
    await paced(to);
    const answer = await once(to, token, secrets);
    if (!tokenRefused(answer.status)) return answer;
    const next = await options.token.renew(token, call.signal);
    await paced(to);
    const second = await once(to, next, secrets);
    if (next !== token || !tokenRefused(second.status)) return second;
    const last = await options.token.renew(token, call.signal, true);
    await paced(to);
    return once(to, last, secrets);
  }

  async function paced(to: Addressed): Promise<void> {
    await options.pacer?.before(pacedAs(to), to.call.signal);
  }

  async function attempt(to: Addressed): Promise<BoxAnswer> {
    const { call } = to;
    const secrets: string[] = [];
    const failed = { ...call, secrets };
    const answer = await authorized(to, secrets).catch((error: unknown) => {
      call.signal.throwIfAborted();
      throw classifyException(failed, error, clock.now());
    });
    const success = successOf(answer.status);
    if (success === undefined) throw classifyAnswer(failed, answer, clock.now());
    if (answer.body !== undefined && !answer.isJson) throw foreignAnswer(failed, answer, clock.now());
    options.pacer?.passed(pacedAs(to));
    const { headers, body, retryAfterMs } = answer;
    const requestId = answer.requestId && withoutSecrets(answer.requestId, secrets);
    const told = { headers, body, pending: success === 'pending', retryAfterMs, requestId };
    call.accept?.(told);
    return told;
  }

  async function request(call: BoxCall): Promise<BoxAnswer> {
    const address = addressOf(call);
    if (!address) throw foreignHost(call, clock.now());
    const to = { call, address };
    const startedAt = clock.monotonic();
    let askedMs = 0;
    let ambiguous = false;
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt(to);
      } catch (error) {
        if (!(error instanceof BoxError)) throw error;
        error.maybeOurs = ambiguous;
        if (error.problem.code === 'box.rate-limit') {
          options.pacer?.slowDown(pacedAs(to), error.retryAfterMs);
        }
        const delayMs = retryDelayMs(error, tries, retries, clock);
        if (call.retry === 'once' || delayMs === undefined) throw error;
        if (call.waitsAsAsked) askedMs += error.retryAfterMs ?? 0;
        const spentMs = clock.monotonic() - startedAt + delayMs - askedMs;
        // One that was never answered has used up the time by itself, and is asked again all the same.
        const isLost = tries === 1 && error.problem.code === 'network.stalled';
        if (spentMs > retries.withinMs && !isLost) throw error;
        ambiguous ||= error.ambiguous;
        await sleep(delayMs, call.signal);
      }
    }
  }

  return {
    endpoints: options.endpoints,
    get serverTimeOffsetMs() {
      return serverTimeOffsetMs;
    },
    request,
    dropConnections: () => network.drop(),
    close: () => network.close(),
  };
}

const usualTimeouts: ConnectionTimeouts = {
  connectMs: 30_000,
  headersMs: 300_000,
  quickHeadersMs: 45_000,
  bodyMs: 300_000,
  stallMs: 120_000,
};

const usualRetries: CallRetries = { attempts: 5, withinMs: 120_000, backoffBaseMs: 1000 };

/** What passes by itself within minutes. The rest is for the caller: a session or a digest needs more than a repeat. */
const passing: readonly ProblemCode[] = [
  'network.interrupted',
  'network.stalled',
  'network.not-box',
  'box.unavailable',
  'box.busy',
  'box.rate-limit',
];

/** How long to wait before the next try, or undefined for no further one. */
function retryDelayMs(error: BoxError, tries: number, retries: CallRetries, clock: Clock): number | undefined {
  if (tries >= retries.attempts || !passing.includes(error.problem.code)) return undefined;
  const delayMs = backoffMs(tries, () => clock.random(), retries.backoffBaseMs);
  return Math.max(delayMs, error.retryAfterMs ?? 0);
}

function pacedAs({ call, address }: Addressed): PacedCall {
  return { host: address.host, kind: call.kind ?? 'call' };
}

/** Whether a call is small, and answered at once: unlike uploads, commits, and changes to large trees. */
function isQuick({ method, area }: BoxCall): boolean {
  return method === 'GET' || method === 'OPTIONS' || area === 'create-folder';
}

function foreignHost(call: BoxCall, now: number): BoxError {
  const detail = URL.canParse(call.url) ? new URL(call.url).origin : 'not a URL';
  return new BoxError({ code: 'network.foreign-host', operation: call.operation, detail, item: call.item, at: now });
}

/** Lower-case names; what the call says wins over what the connection says, and the token over both. */
function callHeaders(options: ConnectOptions, call: BoxCall, token: string | null): Record<string, string> {
  const headers: Record<string, string> = {
    accept: 'application/json',
    'user-agent': options.userAgent ?? 'Boxcar',
  };
  for (const [name, value] of Object.entries({ ...options.headers, ...call.headers })) {
    if (value !== undefined) headers[name.toLowerCase()] = value;
  }
  if (token === null) delete headers['authorization'];
  else headers['authorization'] = `Bearer ${token}`;
  return headers;
}
