// The sandbox: a strict, Box-compatible server over one folder. See README.md beside this file.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import type { Intercept } from './http/intercept.ts';
import { buildRouter } from './http/router.ts';
import { serve } from './http/serve.ts';
import { parseSandboxOptions, type SandboxOptions } from './options.ts';
import type { Context } from './routes/context.ts';
import { table } from './routes/table.ts';
import { SandboxError } from './sandbox-error.ts';
import { Events } from './state/events.ts';
import { Items } from './state/items.ts';
import { RateLimit } from './state/rate.ts';
import { Sessions } from './state/sessions.ts';
import { State } from './state/state.ts';
import { Tokens } from './state/tokens.ts';

/** Where the sandbox answers and what opens it: the fields of `{"event":"ready"}`. */
export interface SandboxReady {
  api: string;
  upload: string;
  auth: string;
  authorize: string;
  token: string;
  refresh_token: string;
  client_id: string;
  client_secret: string;
  port: number;
}

export interface Sandbox {
  ready: SandboxReady;
  /** Stops answering, ends waiting long polls, and closes the state. Safe to call twice. */
  close(): Promise<void>;
}

export interface InProcess {
  /** Faults, for tests: see http/intercept.ts. */
  intercept?: Intercept;
  /** Hears of errors that became a 500: defects of the sandbox, or a disk that is full. */
  onFault?: (error: unknown) => void;
}

const host = '127.0.0.1';

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolvePort, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      const remedy = `Port ${port} on ${host} can't be used: ${error.code === 'EACCES' ? 'it needs more rights' : 'something listens there already'}. Choose another with --port, or leave --port out to get a free one.`;
      reject(isTaken ? new SandboxError('port-in-use', remedy, { cause: error }) : error);
    });
    server.listen({ host, port }, () => resolvePort((server.address() as AddressInfo).port));
  });
}

/**
 * Starts a sandbox in this process.
 * @param options `{ root, port: 0, partSize: '1MiB', ... }` (options.ts); `intercept` adds faults.
 * @throws SandboxError bad-option, port-in-use, root-in-use, root-unusable
 */
export async function startSandbox(options: SandboxOptions & InProcess): Promise<Sandbox> {
  const { intercept, onFault = () => undefined, ...rest } = options;
  const settings = parseSandboxOptions(rest);
  const state = new State(resolve(settings.root));
  const items = new Items(state, settings);
  const events = new Events(items);
  const sessions = new Sessions(items);
  const tokens = new Tokens(state.database, settings.tokenSeconds, settings.refreshGrace);
  const closing = new AbortController();
  const context: Context = { settings, items, sessions, events, tokens, closing: closing.signal };
  const calls = new RateLimit(settings.callsPerMinute);
  const uploads = new RateLimit(settings.uploadsPerMinute);
  let origin = '';
  const server = createServer(
    serve({
      context,
      match: buildRouter(table),
      origin: () => origin,
      checkToken: (token) => tokens.check(token),
      countCall: (isUpload) => {
        calls.take();
        if (isUpload) uploads.take();
      },
      intercept,
      closing: closing.signal,
      // What is cut off by closing isn't a defect.
      onFault: (error) => {
        if (!closing.signal.aborted) onFault(error);
      },
    }),
  );
  // A part over a slow line takes as long as it takes; idle connections outlive the pauses of a paced client.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 65_000;

  const shutDown = async (): Promise<void> => {
    closing.abort();
    const closed = new Promise((done) => server.close(done));
    server.closeIdleConnections();
    // Long polls have just been answered; what still hangs after this isn't waited for.
    const force = setTimeout(() => server.closeAllConnections(), 500);
    await closed;
    clearTimeout(force);
    await sessions.close();
    await state.close();
  };

  let port: number;
  try {
    port = await listen(server, settings.port);
  } catch (error) {
    await sessions.close();
    await state.close();
    throw error;
  }
  origin = `http://${host}:${port}`;
  const printed = tokens.printed();
  let closed: Promise<void> | undefined;
  return {
    ready: {
      api: `${origin}/2.0`,
      upload: `${origin}/api/2.0`,
      auth: `${origin}/oauth2`,
      authorize: `${origin}/oauth2/authorize`,
      token: printed.token,
      refresh_token: printed.refreshToken,
      client_id: tokens.clientId,
      client_secret: tokens.clientSecret,
      port,
    },
    close: () => (closed ??= shutDown()),
  };
}
