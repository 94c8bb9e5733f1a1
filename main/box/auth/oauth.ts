import * as oauth from 'oauth4webapi';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { systemClock, type Clock } from '../../platform/clock.ts';
import type { ProxyFor } from '../../platform/proxy.ts';
import { BoxError } from '../box-error.ts';
import { unreadableAnswer } from '../classify.ts';
import { absent, boxText } from '../schema/scalars.ts';
import { openNetwork } from '../transport/network.ts';
import { askOAuth, oauthFetch, type OAuthTransportOptions } from './oauth-transport.ts';

/** Where and how tokens are asked for. */
export interface OAuthOptions {
  /** Without a slash at the end: `https://api.box.com/oauth2`, `https://account.box.com/api/oauth2/authorize`. */
  endpoints: { auth: string; authorize: string };
  dispatcher?: Dispatcher | undefined;
  /** Without it connections are direct. */
  proxyFor?: ProxyFor | undefined;
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

/** Whose token it is. */
export interface TokenOwner {
  id: string;
  /** The e-mail address; empty where Box doesn't say. */
  login: string;
}

/** What came back from the browser, and what it is held against. */
export interface Redirect {
  /** The query of the address that the browser was sent to. */
  query: URLSearchParams;
  state: string;
  redirectUri: string;
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
  /** The tokens for the code of a redirect, which lives for 30 seconds. `account.sign-in` with Box's error as `boxCode` where consent was refused. */
  exchangeCode(app: OAuthApp, redirect: Redirect, signal: AbortSignal): Promise<TokenPair>;
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
  /** @param api base of the API, such as `https://api.box.com/2.0` */
  owner(api: string, accessToken: string, signal: AbortSignal): Promise<TokenOwner>;
  close(): Promise<void>;
}

const ownerSchema = z.object({ id: boxText, login: absent(z.string()) });

/** A client of Box's token endpoints; it sends nothing before it is asked. Secrets go to https hosts (or loopback) only and into no error. */
export function createOAuthClient(options: OAuthOptions): OAuthClient {
  const { auth, authorize } = options.endpoints;
  const clock = options.clock ?? systemClock;
  const network = openNetwork(options.dispatcher, 30_000, options.proxyFor);
  const transport: OAuthTransportOptions = {
    dispatcher: () => network.dispatcher(),
    headers: { 'user-agent': options.userAgent ?? 'Boxcar', ...options.headers },
    clock,
    timeoutMs: options.timeoutMs ?? 60_000,
    bases: [auth],
  };
  const server: oauth.AuthorizationServer = {
    issuer: URL.canParse(authorize) ? new URL(authorize).origin : authorize,
    authorization_endpoint: authorize,
    token_endpoint: `${auth}/token`,
    revocation_endpoint: `${auth}/revoke`,
  };

  /** The library's ways for one call. Which hosts are open to plain http is decided by the transport. */
  const calling = (app: OAuthApp, operation: string, signal: AbortSignal) => ({
    client: { client_id: app.clientId } satisfies oauth.Client,
    secret: oauth.ClientSecretPost(app.clientSecret),
    ways: {
      [oauth.customFetch]: oauthFetch(transport, { operation, signal }),
      [oauth.allowInsecureRequests]: true,
    },
  });

  /** What is not a token answer may hold half of a pair, so neither it nor the library's error is quoted. */
  async function pairOf(operation: string, read: () => Promise<oauth.TokenEndpointResponse>): Promise<TokenPair> {
    const askedAt = clock.now();
    try {
      const { access_token, refresh_token, expires_in } = await read();
      if (expires_in === undefined) throw unreadableAnswer({ operation }, 'not a token', undefined, clock.now());
      return { accessToken: access_token, refreshToken: refresh_token, expiresAt: askedAt + expires_in * 1000 };
    } catch (error) {
      if (isOfLibrary(error)) throw unreadableAnswer({ operation }, 'not a token', undefined, clock.now());
      throw error;
    }
  }

  return {
    authorizeUrl({ clientId, state, redirectUri, scope }) {
      const url = new URL(authorize);
      const query = { response_type: 'code', client_id: clientId, redirect_uri: redirectUri, state, scope };
      for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
      return url.href;
    },
    async exchangeCode(app, { query, state, redirectUri }, signal) {
      const operation = 'sign in';
      const { client, secret, ways } = calling(app, operation, signal);
      const callback = readRedirect(server, client, query, state, clock.now());
      return pairOf(operation, async () => {
        const answer = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          secret,
          callback,
          redirectUri,
          oauth.nopkce,
          ways,
        );
        return oauth.processAuthorizationCodeResponse(server, client, answer);
      });
    },
    async refresh(app, refreshToken, signal) {
      const operation = 'refresh token';
      const { client, secret, ways } = calling(app, operation, signal);
      const once = () =>
        pairOf(operation, async () => {
          const answer = await oauth.refreshTokenGrantRequest(server, client, secret, refreshToken, ways);
          return oauth.processRefreshTokenResponse(server, client, answer);
        });
      try {
        return await once();
      } catch (error) {
        if (!(error instanceof BoxError && error.ambiguous)) throw error;
        return once();
      }
    },
    clientCredentials(app, subject, signal) {
      const operation = 'sign in with client credentials';
      const { client, secret, ways } = calling(app, operation, signal);
      const parameters = { box_subject_type: subject.type, box_subject_id: subject.id };
      return pairOf(operation, async () => {
        const answer = await oauth.clientCredentialsGrantRequest(server, client, secret, parameters, ways);
        return oauth.processClientCredentialsResponse(server, client, answer);
      });
    },
    async revoke(app, token, signal) {
      const { client, secret, ways } = calling(app, 'revoke token', signal);
      try {
        await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, secret, token, ways));
      } catch (error) {
        if (!(error instanceof BoxError && error.boxCode === 'invalid_token')) throw error;
      }
    },
    async owner(api, accessToken, signal) {
      const operation = 'get account';
      const url = `${api}/users/me?fields=id,login`;
      const headers = { authorization: `Bearer ${accessToken}` };
      const asked = { ...transport, bases: [api] };
      const { body, requestId } = await askOAuth(asked, { operation, signal }, { method: 'GET', url, headers });
      const parsed = ownerSchema.safeParse(body);
      if (!parsed.success) throw unreadableAnswer({ operation }, 'no account', requestId, clock.now());
      return { id: parsed.data.id, login: parsed.data.login ?? '' };
    },
    close: () => network.close(),
  };
}

/** A state that no browser of ours has seen before. */
export function newState(): string {
  return oauth.generateRandomState();
}

/** The parameters of a redirect, checked. Throws a BoxError `account.sign-in` that holds what Box says, and nothing of the redirect. */
function readRedirect(
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  query: URLSearchParams,
  state: string,
  at: number,
): URLSearchParams {
  try {
    const callback = oauth.validateAuthResponse(server, client, query, state);
    if (!callback.has('code')) throw notSignedIn('the redirect holds no code', undefined, at);
    return callback;
  } catch (error) {
    if (!isOfLibrary(error)) throw error;
    if (!(error instanceof oauth.AuthorizationResponseError))
      throw notSignedIn('the redirect is not an answer to this sign-in', undefined, at);
    throw notSignedIn(error.error_description ?? 'Box did not grant access', error.error, at);
  }
}

function notSignedIn(detail: string, boxCode: string | undefined, at: number): BoxError {
  return new BoxError({ code: 'account.sign-in', operation: 'sign in', detail: detail.slice(0, 200), boxCode, at });
}

function isOfLibrary(error: unknown): boolean {
  const { AuthorizationResponseError, OperationProcessingError, UnsupportedOperationError } = oauth;
  return [AuthorizationResponseError, OperationProcessingError, UnsupportedOperationError].some(
    (kind) => error instanceof kind,
  );
}
