import type { BoxConnection } from './connection.ts';

/**
 * The same connection for who has no wait of their own to show: each call waits as long as Box asks for (Retry-After, a day at
 * most), however long that is, before each of its further tries. Without it a long wait is thrown at who made the call.
 */
export function patient(connection: BoxConnection): BoxConnection {
  return {
    endpoints: connection.endpoints,
    get serverTimeOffsetMs() {
      return connection.serverTimeOffsetMs;
    },
    request: (call) => connection.request({ ...call, waitsAsAsked: true }),
    dropConnections: () => connection.dropConnections(),
    close: () => connection.close(),
  };
}
