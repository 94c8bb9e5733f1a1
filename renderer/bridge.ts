// With desktop-bridge.ts all that touches what is outside the page: the WebSocket of the host, or what the desktop's preload exposes.
import type { Remote } from '../shared/contract.ts';
import { webPageContract, type pageCommands, type Place } from '../shared/page-contract.ts';
import type { Batch, View } from '../shared/progress-contract.ts';
import { copyToHost } from './copy-to-host.ts';
import { openPageLink, type PageEvents } from './page-link.ts';
import type { DroppedFile } from './state/dropped-files.ts';
import { webSocketLink } from './web-socket-link.ts';

export type PageCommands = Omit<Remote<typeof pageCommands>, 'subscribe' | 'unsubscribe'>;

/** How the page reaches its shell. One link: when it drops, a new one is opened by whoever holds it. */
export interface Link {
  commands: PageCommands;
  subscribe(view: View, onBatch: (batch: Batch) => void | Promise<void>): Promise<{ close(): Promise<void> }>;
  /** Makes places of what was dropped or picked; in a browser its bytes are copied to the host first. */
  takeFiles(files: DroppedFile[], options: TakeOptions): Promise<{ place: Place; path: string }[]>;
  /** Settles when the link is gone. */
  closed: Promise<void>;
}

export interface TakeOptions {
  signal: AbortSignal;
  onProgress: (progress: { files: number; bytes: number }) => void;
}

export interface Bridge {
  /** Whether the shell reads dropped folders itself: then they are handed over as they are. */
  wholeFolders: boolean;
  /** @throws CallError `refused` where the link of the page isn't known any more: a new one has to be opened. */
  connect(events: PageEvents): Promise<Link>;
}

const storageKey = 'boxcar-session';

/** The host of a browser tab, over one WebSocket. The token of the link is traded once and leaves the address bar. */
export function webBridge(): Bridge {
  const once = new URLSearchParams(location.hash.slice(1)).get('t');
  let unused = once;
  if (once !== null) history.replaceState(null, '', location.pathname);
  return {
    wholeFolders: false,
    async connect(events) {
      const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/socket`);
      const { remote, closed, subscribe } = openPageLink(await webSocketLink(socket), webPageContract, events);
      const session = await greet(remote.hello, unused);
      unused = null;
      return {
        commands: remote,
        closed,
        subscribe,
        takeFiles: (files, options) => copyToHost(remote, session, files, options),
      };
    },
  };
}

async function greet(hello: Remote<typeof webPageContract>['hello'], once: string | null): Promise<string> {
  const kept = localStorage.getItem(storageKey);
  const { session } = await hello(once === null ? { session: kept ?? '' } : { once });
  localStorage.setItem(storageKey, session);
  return session;
}
