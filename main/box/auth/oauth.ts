import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { ProblemError } from '../../../shared/problem-error.ts';
import { systemClock, type Clock } from '../../platform/clock.ts';
import { BoxError } from '../box-error.ts';
import { classifyAnswer, classifyException, foreignAnswer, successOf, unreadableAnswer } from '../classify.ts';
import { absent, boxNumber } from '../schema/scalars.ts';
import { exchange, type RawAnswer } from '../transport/exchange.ts';
import { maySendSecret } from '../transport/host-rule.ts';
import { openNetwork } from '../transport/network.ts';

/** Where and how tokens are asked for. */
export interface OAuthOptions {
  /** Without a slash at the end: `https://api.box.com/oauth2`, `https://account.box.com/api/oauth2/authorize`. */
  endpoints: { auth: string; authorize: string };
  dispatcher?: Dispatcher | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  clock?: Clock | undefined;
  userAgent?: string | undefined;
  timeoutMs?: number | undefined;
}

/** The app at Box that asks: Box knows no public clients, so it always has a secret. */
export interface OAuthApp {
  clientId: string;
  clientSecret: string;
}

export interface TokenPair {
  accessToken: string;
  /** Absent for client credentials. Works once: the pair must be stored before the new access token is used. */
  refreshToken: string | undefined;
  /** By our clock. */
  expiresAt: number;
}

/** Box's OAuth 2 endpoints. Rejections are BoxErrors (`account.sign-in` when Box refuses the grant) or the signal's reason. */
export interface OAuthClient {
  /** Where the person signs in. */
  authorizeUrl(args: {
    clientId: string;
    state: string;
    redirectUri?: string | undefined;
    scope?: string | undefined;
  }): string;
  /** A code lives for 30 seconds. */
  exchangeCode(
    app: OAuthApp,
    args: { code: string; redirectUri?: string | undefined },
    signal: AbortSignal,
  ): Promise<TokenPair>;
  /** One at a time per refresh token. After a lost answer it is tried once more: Box may not have used it up (kloudless measured so). */
  refresh(app: OAuthApp, refreshToken: string, signal: AbortSignal): Promise<TokenPair>;
  /** For servers: a token of the enterprise's service account, or of one user. */
  clientCredentials(
    app: OAuthApp,
    subject: { type: 'enterprise' | 'user'; id: string },
    signal: AbortSignal,
  ): Promise<TokenPair>;
  /** Ends the pair that an access or refresh token belongs to. One that is no longer valid counts as revoked. */
  revoke(app: OAuthApp, token: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const tokenSchema = z.object({
  access_token: z.string().min(1),
  expires_in: boxNumber,
  refresh_token: absent(z.string()),
});

/** A client of Box's token endpoints; it sends nothing before it is asked. Secrets go to https hosts (or loopback) only and into no error. */
export function createOAuthClient(options: OAuthOptions): OAuthClient {
  const clock = options.clock ?? systemClock;
  const network = openNetwork(options.dispatcher, 30_000);
  const timeoutMs = options.timeoutMs ?? 60_000;

  async function post(operation: string, path: string, form: Record<string, string | undefined>, signal: AbortSignal) {
    const call = { operation, area: 'token' as const };
    const url = `${options.endpoints.auth}${path}`;
    if (!maySendSecret(url, [options.endpoints.auth])) throw foreign(operation, url, clock.now());
    let answer: RawAnswer;
    try {
      answer = await exchange(network.dispatcher(), {
        method: 'POST',
        url: new URL(url),
        headers: { accept: 'application/json', 'user-agent': options.userAgent ?? 'Boxcar', ...options.headers },
        body: { form },
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

  async function token(
    operation: string,
    form: Record<string, string | undefined>,
    signal: AbortSignal,
  ): Promise<TokenPair> {
    const askedAt = clock.now();
    const answer = await post(operation, '/token', form, signal);
    const parsed = tokenSchema.safeParse(answer.body);
    // The body is never quoted: it may hold half of a pair.
    if (!parsed.success) throw unreadableAnswer({ operation }, 'not a token', answer.requestId, clock.now());
    const { access_token, refresh_token, expires_in } = parsed.data;
    return { accessToken: access_token, refreshToken: refresh_token, expiresAt: askedAt + expires_in * 1000 };
  }

  return {
    authorizeUrl({ clientId, state, redirectUri, scope }) {
      const url = new URL(options.endpoints.authorize);
      const query = { response_type: 'code', client_id: clientId, redirect_uri: redirectUri, state, scope };
      for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
      return url.href;
    },
    exchangeCode: (app, { code, redirectUri }, signal) =>
      token(
        'sign in',
        { ...credentials(app), grant_type: 'authorization_code', code, redirect_uri: redirectUri },
        signal,
      ),
    async refresh(app, refreshToken, signal) {
      const form = { ...credentials(app), grant_type: 'refresh_token', refresh_token: refreshToken };
      try {
        return await token('refresh token', form, signal);
      } catch (error) {
        if (!(error instanceof BoxError && error.ambiguous)) throw error;
        return token('refresh token', form, signal);
      }
    },
    clientCredentials: (app, subject, signal) =>
      token(
        'sign in with client credentials',
        {
          ...credentials(app),
          grant_type: 'client_credentials',
          box_subject_type: subject.type,
          box_subject_id: subject.id,
        },
        signal,
      ),
    async revoke(app, tokenToRevoke, signal) {
      try {
        await post('revoke token', '/revoke', { ...credentials(app), token: tokenToRevoke }, signal);
      } catch (error) {
        if (!(error instanceof BoxError && error.boxCode === 'invalid_token')) throw error;
      }
    },
    close: () => network.close(),
  };
}

function credentials(app: OAuthApp): Record<string, string> {
  return { client_id: app.clientId, client_secret: app.clientSecret };
}

function foreign(operation: string, url: string, at: number): ProblemError {
  const detail = URL.canParse(url) ? new URL(url).origin : 'not a URL';
  return new ProblemError({ code: 'network.foreign-host', operation, detail, at });
}
