import { Agent, type Dispatcher } from 'undici';

/** The sockets under a connection. */
export interface Network {
  dispatcher(): Dispatcher;
  drop(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Keep-alive connections of our own, 32 per host: 16 small uploads, 5 parts and calls at once where api and upload are one
 * host. HTTP/2 stays off: over it 126 of 128 parallel parts failed with undici 8. A given dispatcher is used as it is
 * and neither dropped nor closed.
 */
export function openNetwork(given: Dispatcher | undefined, connectMs: number): Network {
  if (given !== undefined) {
    return { dispatcher: () => given, drop: () => Promise.resolve(), close: () => Promise.resolve() };
  }
  const open = () => new Agent({ allowH2: false, connections: 32, pipelining: 1, connect: { timeout: connectMs } });
  let agent = open();
  return {
    dispatcher: () => agent,
    async drop() {
      const old = agent;
      agent = open();
      await old.destroy();
    },
    close: () => agent.close(),
  };
}
