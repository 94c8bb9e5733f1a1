import { Agent, Dispatcher, ProxyAgent, Socks5ProxyAgent } from 'undici';
import { isThisMachine, type ProxyFor } from '../../platform/proxy.ts';

/** The sockets under a connection. */
export interface Network {
  dispatcher(): Dispatcher;
  drop(): Promise<void>;
  close(): Promise<void>;
}

/** How long the proxy of a host is believed: networks change. */
const believedMs = 60_000;

/**
 * Keep-alive connections of our own, 32 per host: 16 small uploads, 5 parts and calls at once where api and upload are one
 * host. HTTP/2 stays off: over it 126 of 128 parallel parts failed with undici 8. A given dispatcher is used as it is
 * and neither dropped nor closed.
 * @param proxyFor asked for the proxy of each host but this machine; without it all connections are direct.
 */
export function openNetwork(given: Dispatcher | undefined, connectMs: number, proxyFor?: ProxyFor): Network {
  if (given !== undefined) {
    return { dispatcher: () => given, drop: () => Promise.resolve(), close: () => Promise.resolve() };
  }
  const open = () => (proxyFor ? new RoutedDispatcher(proxyFor, connectMs) : directAgent(connectMs));
  let agent: Dispatcher = open();
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

const usual = { allowH2: false, connections: 32, pipelining: 1 } as const;

function directAgent(connectMs: number): Agent {
  return new Agent({ ...usual, connect: { timeout: connectMs } });
}

/** Connections through a proxy: https by CONNECT, plain http handed to the proxy. */
function proxyAgent(uri: string, connectMs: number): Dispatcher {
  const tls = { timeout: connectMs };
  if (uri.startsWith('socks5:')) return new Socks5ProxyAgent(uri, { ...usual, proxyTls: tls, requestTls: tls });
  return new ProxyAgent({ ...usual, uri, proxyTls: tls, requestTls: tls });
}

interface Route {
  agent: Dispatcher;
  foundAt: number;
}

/** Sends each request the way that its host is reached; the way is asked for at the first of them, and again after a minute. */
class RoutedDispatcher extends Dispatcher {
  readonly #proxyFor: ProxyFor;
  readonly #connectMs: number;
  readonly #agents = new Map<string | null, Dispatcher>();
  readonly #routes = new Map<string, Route>();

  constructor(proxyFor: ProxyFor, connectMs: number) {
    super();
    this.#proxyFor = proxyFor;
    this.#connectMs = connectMs;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const { origin } = new URL(String(options.origin));
    const route = this.#routes.get(origin);
    if (route && performance.now() - route.foundAt < believedMs) return route.agent.dispatch(options, handler);
    this.#find(origin).then(
      (agent) => agent.dispatch(options, handler),
      (error: unknown) =>
        handler.onResponseError?.(null as never, error instanceof Error ? error : new Error(String(error))),
    );
    return true;
  }

  async #find(origin: string): Promise<Dispatcher> {
    const proxy = isThisMachine(new URL(origin).hostname) ? null : await this.#proxyFor(`${origin}/`);
    const agent = this.#agentOf(proxy);
    this.#routes.set(origin, { agent, foundAt: performance.now() });
    return agent;
  }

  #agentOf(proxy: string | null): Dispatcher {
    const known = this.#agents.get(proxy);
    if (known) return known;
    const agent = proxy === null ? directAgent(this.#connectMs) : proxyAgent(proxy, this.#connectMs);
    this.#agents.set(proxy, agent);
    return agent;
  }

  override close(): Promise<void>;
  override close(callback: () => void): void;
  override close(callback?: () => void): Promise<void> | void {
    const closed = this.#all((agent) => agent.close());
    return callback ? void closed.then(callback) : closed;
  }

  override destroy(): Promise<void>;
  override destroy(error: Error | null): Promise<void>;
  override destroy(callback: () => void): void;
  override destroy(error: Error | null, callback: () => void): void;
  override destroy(first?: Error | null | (() => void), second?: () => void): Promise<void> | void {
    const callback = typeof first === 'function' ? first : second;
    const error = first instanceof Error ? first : null;
    const destroyed = this.#all((agent) => agent.destroy(error));
    return callback ? void destroyed.then(callback) : destroyed;
  }

  async #all(end: (agent: Dispatcher) => Promise<void>): Promise<void> {
    await Promise.all([...this.#agents.values()].map(end));
  }
}
