// With desktop-bridge.ts all that touches what is outside the page: the WebSocket of the host, or what the desktop's preload exposes.
import type { Remote } from '../shared/contract.ts';
import { webPageContract } from '../shared/page-contract.ts';
import { copyToHost } from './copy-to-host.ts';
import type { Bridge } from './link.ts';
import { openPageLink } from './page-link.ts';
import { webSocketLink } from './web-socket-link.ts';

const storageKey = 'boxcar-session';

/** The host of a browser tab, over one WebSocket. The token of the link is traded once and leaves the address bar. */
export function webBridge(): Bridge {
  const once = new URLSearchParams(location.hash.slice(1)).get('t');
  let unused = once;
  if (once !== null) history.replaceState(null, '', location.pathname);
  // A newer link, opened in a tab of the same address, changes the fragment alone.
  addEventListener('hashchange', () => {
    if (new URLSearchParams(location.hash.slice(1)).has('t')) location.reload();
  });
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
  const { session } = await hello(once === null ? { session: kept ?? '' } : { once }).catch((error: unknown) => {
    // The link of a page that was closed since is opened again: this browser is known.
    if (once === null || kept === null) throw error;
    return hello({ session: kept });
  });
  localStorage.setItem(storageKey, session);
  return session;
}
