// One request from the socket to the answer: fault hook, route, token, rate, handler, errors.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { BodyAborted, BoxError, OauthError, UnauthorizedError, errorBody, newRequestId } from './box-error.ts';
import type { Call } from './call.ts';
import type { Intercept, Interception } from './intercept.ts';
import { json, type Reply } from './reply.ts';
import type { Match } from './router.ts';

export interface ServeOptions<Context> {
  context: Context;
  match: (method: string, path: string) => Match<Context>;
  origin: () => string;
  /** Throws UnauthorizedError for a token that isn't good. */
  checkToken: (token: string) => void;
  /** Throws a 429. Called for each call that carries a good token. */
  countCall: (isUpload: boolean) => void;
  intercept: Intercept | undefined;
  closing: AbortSignal;
  onFault: (error: unknown) => void;
}

/** Both host prefixes lead to the same routes: `/api/2.0` is `/2.0`, `/api/oauth2` is `/oauth2`. */
const withoutApi = (path: string): string => (path.startsWith('/api/') ? path.slice(4) : path);

/** What clients of a proxy send as the target is the whole address, which every server takes (RFC 9112, 3.2.2). */
const originForm = (target: string): string =>
  target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '');

const challenge = (reason: UnauthorizedError['reason']): string =>
  reason === 'missing'
    ? 'Bearer realm="Service"'
    : `Bearer realm="Service", error="${reason}", error_description="The access token provided ${
        reason === 'expired_token' ? 'has expired' : 'is invalid'
      }."`;

/** What an error becomes on the wire; undefined where there is nobody to answer. */
function errorReply(error: unknown, requestId: string, onFault: (error: unknown) => void): Reply | undefined {
  if (error instanceof BodyAborted) return undefined;
  if (error instanceof UnauthorizedError) {
    return { status: 401, headers: { 'www-authenticate': challenge(error.reason) }, body: '' };
  }
  if (error instanceof OauthError) {
    return json(
      error.status,
      { error: error.error, error_description: error.message },
      { 'cache-control': 'no-store' },
    );
  }
  if (!(error instanceof BoxError)) onFault(error);
  const boxError =
    error instanceof BoxError ? error : new BoxError(500, 'internal_server_error', 'Internal Server Error');
  const headers = { 'content-type': 'application/json', ...boxError.headers };
  return { status: boxError.status, headers, body: errorBody(boxError, requestId) };
}

function bearerToken(request: IncomingMessage): string {
  const match = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '');
  if (!match?.[1]) throw new UnauthorizedError('missing');
  return match[1];
}

async function handle<Context>(call: Call, match: Match<Context>, options: ServeOptions<Context>): Promise<Reply> {
  if (match.kind === 'route') {
    const { route } = match;
    if (!route.open) {
      options.checkToken(bearerToken(call.request));
      options.countCall(route.upload === true);
    }
    return route.handler(call, options.context);
  }
  if (match.kind === 'no-such-path') throw new BoxError(404, 'not_found', 'Not Found');
  throw new BoxError(405, 'method_not_allowed', 'Method Not Allowed', null, { allow: match.allow.join(', ') });
}

function send(response: ServerResponse, reply: Reply, requestId: string): void {
  if (response.destroyed) {
    reply.stream?.destroy();
    return;
  }
  const { body = '', stream } = reply;
  const headers: Record<string, string | number> = { ...reply.headers, 'box-request-id': requestId };
  // A 204 and a 304 have no body and no length (RFC 9110, 8.6).
  if (!stream && reply.status !== 204 && reply.status !== 304) headers['content-length'] = Buffer.byteLength(body);
  response.writeHead(reply.status, headers);
  if (!stream) {
    response.end(body);
    return;
  }
  stream.on('error', () => response.destroy());
  response.on('close', () => stream.destroy());
  stream.pipe(response);
}

/** Parses queries, but not the same one twice in a row: a client asks for the same `fields` with each upload. */
function rememberQuery(): (text: string) => URLSearchParams {
  let lastText = '';
  let last = new URLSearchParams();
  return (text) => {
    if (text !== lastText) {
      last = new URLSearchParams(text);
      lastText = text;
    }
    return last;
  };
}

/** Makes the listener of a node:http server. */
export function serve<Context>(
  options: ServeOptions<Context>,
): (request: IncomingMessage, response: ServerResponse) => void {
  const counts = new Map<string, number>();
  const parseQuery = rememberQuery();

  async function run(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = newRequestId();
    const method = request.method ?? 'GET';
    const target = originForm(request.url ?? '/');
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    const query = parseQuery(mark < 0 ? '' : target.slice(mark + 1));
    const match = options.match(method, withoutApi(path));
    const params = match.kind === 'route' ? match.params : {};
    const drop = (): void => void request.socket.resetAndDestroy();

    let interception: Interception | undefined;
    if (options.intercept) {
      const route = match.kind === 'route' ? match.route.name : undefined;
      const count = (counts.get(route ?? '') ?? 0) + 1;
      counts.set(route ?? '', count);
      interception = await options.intercept({ method, path, query, headers: request.headers, route, params, count });
      if (interception?.delayMs) {
        const gone = new AbortController();
        response.once('close', () => gone.abort());
        const signal = AbortSignal.any([gone.signal, options.closing]);
        await wait(interception.delayMs, undefined, { signal }).catch(() => undefined);
      }
      if (interception?.drop) return drop();
      if (interception?.answer) return send(response, interception.answer, requestId);
    }

    const call: Call = {
      method,
      path,
      query,
      headers: request.headers,
      params,
      request,
      interception,
      origin: options.origin(),
    };
    let reply: Reply | undefined;
    try {
      reply = await handle(call, match, options);
    } catch (error) {
      reply = errorReply(error, requestId, options.onFault);
    }
    if (reply && interception?.afterEffect) {
      const replacement = await interception.afterEffect(reply);
      if (replacement === 'drop') {
        reply.stream?.destroy();
        return drop();
      }
      reply = replacement ?? reply;
    }
    if (reply) send(response, reply, requestId);
  }

  return (request, response) => {
    run(request, response).catch((error: unknown) => {
      options.onFault(error);
      request.socket.destroy();
    });
  };
}
