import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import fastify from 'fastify';
import type { Shell } from '../../app/shell/shell.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { dropRoute } from './drop-route.ts';
import { isOurOrigin, securityHeaders } from './origin-check.ts';
import { createSessions } from './sessions.ts';
import { serveSockets } from './socket-server.ts';

const address = '127.0.0.1';

export interface UiServerOptions {
  shell: Shell;
  /** 0: any free one. */
  port: number;
  /** The built renderer, where it is not the one beside this code. */
  renderer?: string;
  helloTimeoutMs?: number;
}

export interface UiServer {
  port: number;
  /** The link for one page, with the token that opens it. It stands in the fragment, so that no log and no Referer has it. */
  url: string;
  close(): Promise<void>;
}

/**
 * Serves the interface to browsers of this machine: the built renderer, one WebSocket, and the PUT of dropped files. Everything
 * else is 404, and 403 what comes from elsewhere.
 * @throws CommandError when the port can't be had, or the renderer isn't there.
 */
export async function startUiServer(options: UiServerOptions): Promise<UiServer> {
  const { shell, helloTimeoutMs = 10_000 } = options;
  const renderer = options.renderer ?? builtRenderer();
  if (!existsSync(join(renderer, 'index.html'))) {
    throw new CommandError(
      ExitCode.failed,
      `The interface is not built: ${renderer} has no index.html. Run "npm run build".`,
    );
  }
  const sessions = createSessions();
  const app = fastify({ logger: false, forceCloseConnections: true, bodyLimit: Number.MAX_SAFE_INTEGER });
  let port = 0;

  app.addHook('onRequest', async (request, reply) => {
    const { host = '', origin } = request.headers;
    if (!isOurOrigin({ host, origin }, port, request.method !== 'GET' && request.method !== 'HEAD')) {
      return reply.code(403).header('connection', 'close').send('This address serves its own page alone.');
    }
    reply.headers(securityHeaders(host));
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).header('connection', 'close').send('Not found.'));
  dropRoute(app, { spool: shell.spool, sessions });
  await app.register(fastifyStatic, {
    root: renderer,
    dotfiles: 'ignore',
    // The names of assets change with what they hold.
    cacheControl: false,
    setHeaders: (reply, path) => {
      const isAsset = relative(renderer, path).startsWith('assets');
      reply.header('cache-control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  const endSockets = serveSockets(app.server, { shell, sessions, port: () => port, helloTimeoutMs });
  try {
    await app.listen({ host: address, port: options.port });
  } catch (error) {
    await app.close();
    throw portError(error, options.port);
  }
  ({ port } = app.server.address() as AddressInfo);
  return {
    port,
    url: `http://${address}:${port}/#t=${sessions.once}`,
    close: async () => {
      endSockets();
      await app.close();
    },
  };
}

/** Beside the bundle, or where the bundle would lie. */
function builtRenderer(): string {
  const isSource = import.meta.url.endsWith('.ts');
  return fileURLToPath(new URL(isSource ? '../../../out/renderer' : '../renderer', import.meta.url));
}

function portError(error: unknown, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error;
  const why = code === 'EACCES' ? 'it needs more rights' : 'something listens there already';
  return new CommandError(
    ExitCode.failed,
    `Port ${port} can't be used: ${why}. Choose another with --port, or leave --port out to get a free one.`,
  );
}
