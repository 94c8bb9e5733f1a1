// OAuth 2 as Box speaks it: a code for 30 seconds, an access token for an hour, a refresh token for one use.
import { OauthError } from '../http/box-error.ts';
import { readText } from '../http/body.ts';
import type { Call } from '../http/call.ts';
import { json, type Reply } from '../http/reply.ts';
import type { Tokens } from '../state/tokens.ts';
import type { Context } from './context.ts';
import { authorizePage, refusalPage } from './authorize-page.ts';

const noStore = { 'cache-control': 'no-store' };

async function form(call: Call): Promise<URLSearchParams> {
  const text = await readText(call, 64 * 1024);
  if (!(call.headers['content-type'] ?? '').startsWith('application/json')) return new URLSearchParams(text);
  try {
    return new URLSearchParams(JSON.parse(text) as Record<string, string>);
  } catch {
    throw new OauthError('invalid_request', 'The body is not valid');
  }
}

/** Undefined where the percent-encoding is broken: no client is called so. */
function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Client id and secret from the form, or from Basic authentication, which RFC 6749 prefers and Box's documents don't show. */
function checkClient(call: Call, body: URLSearchParams, tokens: Tokens): void {
  const basic = /^Basic (.+)$/i.exec(call.headers.authorization ?? '');
  const [basicId, basicSecret] = basic?.[1] ? Buffer.from(basic[1], 'base64').toString('utf8').split(':') : [];
  const id = body.get('client_id') ?? (basicId && percentDecoded(basicId));
  const secret = body.get('client_secret') ?? (basicSecret && percentDecoded(basicSecret));
  if (id !== tokens.clientId || secret !== tokens.clientSecret) {
    throw new OauthError('invalid_client', 'The client credentials are invalid');
  }
}

const required = (body: URLSearchParams, name: string): string => {
  const value = body.get(name);
  if (!value) throw new OauthError('invalid_request', `Missing parameter ${name}`);
  return value;
};

/** POST /oauth2/token */
export async function grantToken(call: Call, { tokens }: Context): Promise<Reply> {
  const body = await form(call);
  const grant = required(body, 'grant_type');
  checkClient(call, body, tokens);
  const pair = (() => {
    switch (grant) {
      case 'authorization_code':
        return tokens.redeemCode(required(body, 'code'), body.get('redirect_uri') ?? undefined);
      case 'refresh_token':
        return tokens.refresh(required(body, 'refresh_token'));
      case 'client_credentials':
        return tokens.clientCredentials();
      default:
        throw new OauthError('unsupported_grant_type', 'Unsupported grant type');
    }
  })();
  return json(200, { ...pair, restricted_to: [], token_type: 'bearer' }, noStore);
}

/** POST /oauth2/revoke: ends the pair a token belongs to; 200 with an empty body. */
export async function revokeToken(call: Call, { tokens }: Context): Promise<Reply> {
  const body = await form(call);
  checkClient(call, body, tokens);
  tokens.revoke(required(body, 'token'));
  return { status: 200, headers: noStore, body: '' };
}

const html = (status: number, body: string): Reply => ({
  status,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    ...noStore,
  },
  body,
});

/** Redirects to https anywhere and to http on this machine only, on any port: Box's rule for configured URIs. */
function isRedirectable(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}

function checkAuthorize(query: URLSearchParams, tokens: Tokens): string | undefined {
  if (query.get('response_type') !== 'code') return 'unsupported_response_type: response_type must be code';
  if (query.get('client_id') !== tokens.clientId) return 'invalid_client: this sandbox has another client id';
  const redirectUri = query.get('redirect_uri');
  if (!redirectUri) return 'redirect_uri_missing: the request names no redirect_uri';
  if (!isRedirectable(redirectUri)) return 'redirect_uri_mismatch: https, or http on this machine, is needed';
  return undefined;
}

/** GET /oauth2/authorize: a page with one button that grants access and one that doesn't. */
export function showAuthorize(call: Call, { tokens }: Context): Reply {
  const problem = checkAuthorize(call.query, tokens);
  return problem ? html(400, refusalPage(problem)) : html(200, authorizePage(call.query));
}

/** POST /oauth2/authorize: back to the app with `code` and `state`, or with `error=access_denied`. */
export async function decideAuthorize(call: Call, { tokens }: Context): Promise<Reply> {
  const body = await form(call);
  const problem = checkAuthorize(body, tokens);
  if (problem) return html(400, refusalPage(problem));
  const redirectUri = required(body, 'redirect_uri');
  const target = new URL(redirectUri);
  if (body.get('decision') === 'grant') target.searchParams.set('code', tokens.newCode(redirectUri));
  else {
    target.searchParams.set('error', 'access_denied');
    target.searchParams.set('error_description', 'The user denied access to your application');
  }
  const state = body.get('state');
  if (state !== null) target.searchParams.set('state', state);
  return { status: 302, headers: { location: target.href, ...noStore }, body: '' };
}
