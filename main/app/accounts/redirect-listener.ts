import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { redirectPage, type Outcome } from './redirect-page.ts';
import { withinMs } from './within.ts';

const host = '127.0.0.1';
/** What a Box app has to be told; the port may be any, as Box takes it for this machine. */
export const registeredRedirectUri = `http://${host}/callback`;
const path = '/callback';

/** Waits on this machine for the browser that comes back from Box. */
export interface RedirectListener {
  redirectUri: string;
  /** Stops listening at once, and ends when the page that is being answered has its answer. */
  close(): Promise<void>;
}

/**
 * Listens on a free port of 127.0.0.1 for one redirect. What has another state, host or path is turned away and changes nothing, so that
 * no other page can end a sign-in; the answer that fits is used once, and the browser sees its outcome.
 * @param onRedirect what comes of it, for the page; it never rejects
 */
export async function listenForRedirect(options: {
  state: string;
  onRedirect: (query: URLSearchParams) => Promise<Outcome>;
}): Promise<RedirectListener> {
  let isUsed = false;
  const server = createServer((request, response) => void answer(request, response));
  server.headersTimeout = server.requestTimeout = 10_000;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { port } = server.address() as AddressInfo;
    const url = URL.parse(request.url ?? '', `http://${host}:${port}`);
    const language = request.headers['accept-language'];
    if (request.method !== 'GET' || url?.pathname !== path || request.headers.host !== `${host}:${port}`) {
      return reply(response, 404, 'not-found', language);
    }
    if (isUsed || !isSame(url.searchParams.getAll('state'), options.state)) {
      return reply(response, 400, 'not-ours', language);
    }
    isUsed = true;
    const outcome = await options.onRedirect(url.searchParams);
    reply(response, outcome === 'done' ? 200 : 400, outcome, language);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port: 0 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    redirectUri: `http://${host}:${port}${path}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      // Browsers open connections in advance, which nobody uses.
      await withinMs(closed, 500);
      server.closeAllConnections();
    },
  };
}

/** In constant time: whoever guesses learns nothing from how long it took. */
export function isSame(given: readonly string[], expected: string): boolean {
  const [one = ''] = given;
  const [a, b] = [Buffer.from(one), Buffer.from(expected)];
  return given.length === 1 && a.length === b.length && timingSafeEqual(a, b);
}

function reply(response: ServerResponse, status: number, outcome: Outcome, language: string | undefined): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    // The address holds the code.
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(redirectPage(outcome, language));
}
