import type { Dispatcher } from 'undici';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { Clock } from '../../platform/clock.ts';
import { classifyAnswer, classifyException, foreignAnswer, successOf } from '../classify.ts';
import { exchange, type RawAnswer } from '../transport/exchange.ts';
import { maySendSecret } from '../transport/host-rule.ts';

export interface OAuthTransportOptions {
  dispatcher: () => Dispatcher;
  headers: Readonly<Record<string, string>>;
  clock: Clock;
  timeoutMs: number;
  /** Where secrets may go: https under their domains, loopback where they are loopback. */
  bases: readonly string[];
}

/** What a call is in an error, and what ends it. */
export interface OAuthCall {
  operation: string;
  signal: AbortSignal;
}

/** One request of the sign-in. Rejects with a BoxError that holds no secret, a ProblemError, or the signal's reason; an answer is a success. */
export async function askOAuth(
  options: OAuthTransportOptions,
  { operation, signal }: OAuthCall,
  request: { method: 'GET' | 'POST'; url: string; headers?: Record<string, string>; form?: Record<string, string> },
): Promise<RawAnswer> {
  const { clock, timeoutMs } = options;
  const call = { operation, area: 'token' as const, secrets: secretsOf(request) };
  if (!maySendSecret(request.url, options.bases)) throw foreign(operation, request.url, clock.now());
  let answer: RawAnswer;
  try {
    answer = await exchange(options.dispatcher(), {
      method: request.method,
      url: new URL(request.url),
      headers: { accept: 'application/json', ...options.headers, ...request.headers },
      body: request.form && { form: request.form },
      headersMs: timeoutMs,
      bodyMs: timeoutMs,
      stallMs: timeoutMs,
      signal,
      now: () => clock.now(),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw classifyException(call, error, clock.now());
  }
  if (successOf(answer.status) === undefined) throw classifyAnswer(call, answer, clock.now());
  if (answer.body !== undefined && !answer.isJson) throw foreignAnswer(call, answer, clock.now());
  return answer;
}

const secretFields: readonly string[] = [
  'client_secret',
  'refresh_token',
  'code',
  'code_verifier',
  'token',
  'assertion',
  'subject_token',
  'actor_token',
];

/** What the request carries that no error may tell, should the answer give it back. */
function secretsOf({ headers, form }: { headers?: Record<string, string>; form?: Record<string, string> }): string[] {
  const fields = Object.entries(form ?? {}).flatMap(([name, value]) => (secretFields.includes(name) ? [value] : []));
  const bearer = headers?.['authorization']?.split(' ').at(-1);
  return bearer === undefined ? fields : [...fields, bearer];
}

/** {@link askOAuth} as the `fetch` that the OAuth library asks for: what fails is classified here, what it gets to read is a success. */
export function oauthFetch(options: OAuthTransportOptions, call: OAuthCall) {
  return async (url: string, init: { body?: unknown; headers?: unknown }): Promise<Response> => {
    const form = Object.fromEntries(init.body instanceof URLSearchParams ? init.body : []);
    const answer = await askOAuth(options, call, { method: 'POST', url, form });
    const headers = { 'content-type': 'application/json' };
    return new Response(answer.body === undefined ? '' : JSON.stringify(answer.body), { status: 200, headers });
  };
}

function foreign(operation: string, url: string, at: number): ProblemError {
  const detail = URL.canParse(url) ? new URL(url).origin : 'not a URL';
  return new ProblemError({ code: 'network.foreign-host', operation, detail, at });
}
