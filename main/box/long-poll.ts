import { z } from 'zod';
import { ProblemError } from '../../shared/problem-error.ts';
import type { CallOptions } from './call.ts';
import type { BoxConnection } from './connection.ts';
import { callBox } from './operation.ts';
import { absent, boxNumber } from './schema/scalars.ts';

/** Where to wait for the next event, and for how long. */
export interface LongPollServer {
  /** Whoever knows it can wait there: it is a secret and stays out of logs. */
  url: string;
  maxRetries: number;
  /** An answer that takes longer is not waited for. */
  retryTimeoutMs: number;
}

/** Box's own figures, where an answer leaves them out. */
const usualRetries = 10;
const usualTimeoutMs = 610_000;
const longestTimeoutMs = 900_000;

const serversSchema = z.object({
  entries: z.tuple(
    [z.object({ url: z.string(), max_retries: absent(boxNumber), retry_timeout: absent(boxNumber) })],
    z.unknown(),
  ),
});

/** Asks where to wait (OPTIONS /events; user events only). Box's samples show http, which its servers do not need. */
export async function longPollServer(connection: BoxConnection, options: CallOptions): Promise<LongPollServer> {
  const { entries } = await callBox(
    connection,
    {
      operation: 'find event server',
      area: 'account',
      method: 'OPTIONS',
      url: `${connection.endpoints.api}/events`,
      headers: options.headers,
      retry: 'repeat',
      signal: options.signal,
    },
    serversSchema,
  );
  const [{ url, max_retries: retries, retry_timeout: seconds }] = entries;
  const timeoutMs = seconds !== undefined && seconds > 0 ? seconds * 1000 : usualTimeoutMs;
  return {
    url: secure(url),
    maxRetries: retries ?? usualRetries,
    retryTimeoutMs: Math.min(timeoutMs, longestTimeoutMs),
  };
}

/**
 * Waits for the next event behind a position. `timeout`: nothing in the server's time; any message of Box's that is not
 * `new_change` means to ask for a server again. Rejects with the problem where the server can't be reached or refuses.
 */
export async function longPoll(
  connection: BoxConnection,
  server: LongPollServer,
  position: string,
  options: CallOptions,
): Promise<'new_change' | 'reconnect' | 'timeout'> {
  try {
    const { message } = await callBox(
      connection,
      {
        operation: 'wait for events',
        area: 'account',
        method: 'GET',
        url: server.url,
        // As Box's SDK does: what happened since is told at once.
        query: { stream_position: position },
        headers: options.headers,
        retry: 'once',
        withoutToken: true,
        answerMs: server.retryTimeoutMs,
        signal: options.signal,
      },
      z.object({ message: z.string() }),
    );
    return message === 'new_change' ? 'new_change' : 'reconnect';
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code === 'network.stalled') return 'timeout';
    throw error;
  }
}

function secure(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, hostname } = new URL(url);
  const isHere = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  return protocol === 'http:' && !isHere ? url.replace(/^http:/i, 'https:') : url;
}
