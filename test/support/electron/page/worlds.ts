// What runs in a window beside the page: its text is put into each new document, so it refers to nothing outside its functions.
import type { CloneCodec } from '../clone-codec.ts';

/** A value as the context bridge describes it to the other world. */
type Shape =
  { is: 'function'; id: number } | { is: 'object'; entries: [string, Shape][] } | { is: 'value'; value: unknown };
type Reply = { is: 'value'; value: unknown } | { is: 'promise'; id: number } | { is: 'error'; message: string };

export interface PreloadOptions {
  /** Names the events of this window; unknown to the page. */
  secret: string;
  isolated: boolean;
  sandboxed: boolean;
  nodeIntegration: boolean;
  /** Whether it is in frames of the page too. */
  subFrames: boolean;
  /** The function that Chromium binds into the world. */
  binding: string;
}

/** What the preload's world tells the main process. */
export type FromPage =
  | { kind: 'send' | 'invoke'; id: number; channel: string; args: string }
  | { kind: 'port'; port: number; data: string }
  | { kind: 'port-closed'; port: number };
export type ToPage =
  | { kind: 'message'; channel: string; args: string; ports: number[] }
  | { kind: 'answer'; id: number; value?: string; error?: string }
  | { kind: 'port'; port: number; data: string }
  | { kind: 'port-closed'; port: number };
/** What the preload's world asks and waits for, with everything standing still: asked by pausing in the debugger. */
export interface SyncCall {
  kind: 'path' | 'write-file';
  file?: unknown;
  path?: string;
  text?: string;
  answer?: string;
}

/**
 * The page's half of the context bridge. "Function values are proxied to the other context and
 * all other values are copied and frozen."
 */
export function pageWorld(secret: string): void {
  const answers = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const call = (id: number, args: unknown[]): unknown => {
    let reply: Reply | undefined;
    const take = (event: Event) => (reply = (event as CustomEvent<Reply>).detail);
    addEventListener(`${secret}:reply`, take, { once: true });
    dispatchEvent(new CustomEvent(`${secret}:call`, { detail: { id, args } }));
    removeEventListener(`${secret}:reply`, take);
    if (!reply) throw new Error('An object could not be cloned.');
    if (reply.is === 'error') throw new Error(reply.message);
    if (reply.is === 'value') return reply.value;
    const { id: promise } = reply;
    return new Promise((resolve, reject) => answers.set(promise, { resolve, reject }));
  };
  addEventListener(`${secret}:settled`, (event) => {
    const { id, value, message } = (event as CustomEvent<{ id: number; value?: unknown; message?: string }>).detail;
    if (message === undefined) answers.get(id)?.resolve(value);
    else answers.get(id)?.reject(new Error(message));
    answers.delete(id);
  });
  const build = (shape: Shape): unknown => {
    if (shape.is === 'function') return (...args: unknown[]) => call(shape.id, args);
    if (shape.is === 'value') return shape.value;
    return Object.freeze(Object.fromEntries(shape.entries.map(([key, one]) => [key, build(one)])));
  };
  addEventListener(`${secret}:expose`, (event) => {
    const { key, shape } = (event as CustomEvent<{ key: string; shape: Shape }>).detail;
    Object.defineProperty(window, key, { value: build(shape), enumerable: true });
  });
}

/** The world of the preload: what `require('electron')` is there, and the end that the main process speaks to. */
export function preloadWorld(options: PreloadOptions, codec: CloneCodec) {
  const { secret, isolated, sandboxed } = options;
  const unmodelled = (what: string): never => {
    throw new Error(`The stand-in for Electron has no model of ${what}.`);
  };
  const only = <Part extends object>(name: string, part: Part): Part =>
    new Proxy(part, {
      get: (target, key) => (key in target || typeof key === 'symbol' ? Reflect.get(target, key) : unmodelled(`${name}.${key}`)), // prettier-ignore
    });
  const bound = (globalThis as unknown as Record<string, (text: string) => void>)[options.binding];
  const tell = (message: FromPage) => bound?.(JSON.stringify(message));
  // The main process answers while everything here stands still.
  const ask = (call: SyncCall): string => {
    // eslint-disable-next-line no-debugger -- the only call that waits for an answer in a page
    debugger;
    return call.answer ?? '';
  };

  const listeners = new Map<string, ((event: unknown, ...args: unknown[]) => void)[]>();
  const invoked = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const ports = new Map<number, MessagePort>();
  let last = 0;
  const ipcRenderer = only('ipcRenderer', {
    on: (channel: string, listener: (event: unknown, ...args: unknown[]) => void) => {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
    },
    send: (channel: string, ...args: unknown[]) => tell({ kind: 'send', id: 0, channel, args: codec.encode(args) }),
    // "Resolves with the response from the main process."
    invoke: (channel: string, ...args: unknown[]) =>
      new Promise((resolve, reject) => {
        const text = codec.encode(args);
        invoked.set((last += 1), { resolve, reject });
        tell({ kind: 'invoke', id: last, channel, args: text });
      }),
  });

  const functions: ((...args: unknown[]) => unknown)[] = [];
  const describe = (value: unknown): Shape => {
    if (typeof value === 'function') return { is: 'function', id: functions.push(value as never) - 1 };
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return { is: 'value', value };
    return { is: 'object', entries: Object.entries(value).map(([key, one]) => [key, describe(one)]) };
  };
  const said = (error: unknown) => (error instanceof Error ? error.message : String(error));
  const settled = (detail: object) => dispatchEvent(new CustomEvent(`${secret}:settled`, { detail }));
  const replyTo = ({ id, args }: { id: number; args: unknown[] }): Reply => {
    try {
      const value = functions[id]?.(...args);
      if (!(value instanceof Promise)) return { is: 'value', value };
      const promise = (last += 1);
      value.then(
        (result: unknown) => settled({ id: promise, value: result }),
        (error: unknown) => settled({ id: promise, message: said(error) }),
      );
      return { is: 'promise', id: promise };
    } catch (error) {
      return { is: 'error', message: said(error) };
    }
  };
  addEventListener(`${secret}:call`, (event) => {
    const detail = replyTo((event as CustomEvent<{ id: number; args: unknown[] }>).detail);
    dispatchEvent(new CustomEvent(`${secret}:reply`, { detail }));
  });
  const contextBridge = only('contextBridge', {
    exposeInMainWorld: (key: string, api: unknown) => {
      if (!isolated) throw new Error('contextBridge API can only be used when contextIsolation is enabled');
      dispatchEvent(new CustomEvent(`${secret}:expose`, { detail: { key, shape: describe(api) } }));
    },
  });
  // "The file system path that this File object points to. … an empty string is returned" for one made in JS.
  const webUtils = only('webUtils', {
    getPathForFile: (file: unknown) => {
      if (!(file instanceof File)) throw new TypeError('Error processing argument at index 0');
      return ask({ kind: 'path', file });
    },
  });

  const electron = only("require('electron') of a preload", { contextBridge, ipcRenderer, webUtils });
  // "a require function similar to Node": a few modules alone, electron, events, timers, url.
  const require = (name: string): unknown => {
    if (name === 'electron') return electron;
    if (sandboxed) throw new Error(`module not found: ${name}`);
    if (name !== 'node:fs') return unmodelled(`require('${name}') without a sandbox`);
    return only('fs', { writeFileSync: (path: string, text: string) => void ask({ kind: 'write-file', path, text }) });
  };
  const preloadProcess = only('process of a preload', { sandboxed, contextIsolated: isolated, type: 'renderer' });
  if (options.nodeIntegration && !sandboxed && !isolated) {
    Object.assign(globalThis, { require, process: preloadProcess });
  }

  const openPort = (id: number): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    ports.set(id, port1);
    port1.onmessage = ({ data }) => tell({ kind: 'port', port: id, data: codec.encode(data) });
    port1.addEventListener('close', () => {
      if (ports.delete(id)) tell({ kind: 'port-closed', port: id });
    });
    return port2;
  };
  const receive = (message: ToPage): void => {
    switch (message.kind) {
      case 'message': {
        const event = { sender: ipcRenderer, ports: message.ports.map(openPort) };
        const args = codec.decode(message.args) as unknown[];
        return listeners.get(message.channel)?.forEach((listener) => listener(event, ...args));
      }
      case 'answer':
        if (message.error === undefined) invoked.get(message.id)?.resolve(codec.decode(message.value ?? ''));
        else invoked.get(message.id)?.reject(new Error(message.error));
        return void invoked.delete(message.id);
      case 'port':
        return ports.get(message.port)?.postMessage(codec.decode(message.data));
      case 'port-closed':
        ports.get(message.port)?.close();
        return void ports.delete(message.port);
    }
  };
  return { require, process: preloadProcess, receive };
}

/**
 * What an enabled <webview> does in its page: it is a guest that the main process attaches. Without the tag enabled it is an element
 * like any unknown one.
 */
export function webviewWorld(binding: string): void {
  const attach = (element: Element) => {
    const src = element.getAttribute('src');
    const bound = (globalThis as unknown as Record<string, (text: string) => void>)[binding];
    if (src !== null) bound?.(src);
  };
  new MutationObserver((records) => {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) if (node instanceof Element && node.localName === 'webview') attach(node);
    }
  }).observe(document, { childList: true, subtree: true });
}
