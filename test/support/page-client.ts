// A page of the browser's host, without a browser: speaks shared/rpc.ts over a WebSocket, as the renderer does.
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { openRpc } from '../../main/platform/rpc.ts';
import type { Link } from '../../shared/link.ts';
import { pageContract, sessionHeader, webPageContract } from '../../shared/page-contract.ts';
import type { Batch, View } from '../../shared/progress-contract.ts';
import type { Remote } from '../../shared/contract.ts';
import type { ShellState } from '../../shared/shell-model.ts';

export interface PageClient {
  remote: Remote<typeof webPageContract>;
  /** The token of its session; empty before `hello`. */
  session: string;
  /** The states of the shell that it was told, in order. */
  shells: ShellState[];
  /** Resolves with the first state that fits, told or asked for. */
  waitForShell(fits: (shell: ShellState) => boolean): Promise<ShellState>;
  subscribe(view: View, onBatch: (batch: Batch) => void | Promise<void>): Promise<number>;
  /** Resolves with the first batch of a view that fits. */
  waitForBatch<Kind extends Batch['kind']>(
    view: View & { kind: Kind },
    fits: (batch: Extract<Batch, { kind: Kind }>) => boolean,
  ): Promise<Extract<Batch, { kind: Kind }>>;
  closed: Promise<void>;
  close(): void;
}

/** What a link of the host holds. */
export function readLink(url: string): { origin: string; host: string; once: string } {
  const { origin, host, hash } = new URL(url);
  return { origin, host, once: new URLSearchParams(hash.slice(1)).get('t') ?? '' };
}

/** A WebSocket to the host as a link. Rejects with the status of the refusal. */
export async function openSocket(
  origin: string,
  headers: Record<string, string> = { origin },
): Promise<{ socket: WebSocket; link: Link }> {
  const socket = new WebSocket(`${origin.replace(/^http/, 'ws')}/socket`, { headers });
  onTestFinished(() => socket.terminate());
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, response) => reject(new Error(`status ${response.statusCode}`)));
    socket.once('error', reject);
  });
  return {
    socket,
    link: {
      post: (message) => socket.readyState === socket.OPEN && socket.send(JSON.stringify(message)),
      onMessage: (callback) => void socket.on('message', (data: Buffer) => callback(JSON.parse(data.toString()))),
      onClose: (callback) => void socket.once('close', () => callback()),
      close: () => socket.close(),
    },
  };
}

/** Opens a page that has not said who it is. */
export async function openPage(origin: string): Promise<PageClient> {
  const { link } = await openSocket(origin);
  const shells: ShellState[] = [];
  const lookers = new Set<(shell: ShellState) => void>();
  const views = new Map<number, (batch: Batch) => void | Promise<void>>();
  const opening = new Set<Promise<unknown>>();
  const rpc = openRpc({
    link,
    local: {
      contract: pageContract,
      handlers: {
        batch: async ({ subscription, batch }) => {
          if (!views.has(subscription)) await Promise.allSettled(opening);
          await views.get(subscription)?.(batch);
          return {};
        },
        shellChanged: ({ shell }) => {
          shells.push(shell);
          lookers.forEach((look) => look(shell));
          return Promise.resolve({});
        },
        show: () => Promise.resolve({}),
      },
    },
    remote: webPageContract,
  });
  const subscribe: PageClient['subscribe'] = async (view, onBatch) => {
    const opened = rpc.remote.subscribe({ view }).then(({ subscription }) => {
      views.set(subscription, onBatch);
      return subscription;
    });
    opening.add(opened);
    return opened.finally(() => opening.delete(opened));
  };
  return {
    remote: rpc.remote,
    session: '',
    shells,
    waitForShell: async (fits) => {
      const found = Promise.withResolvers<ShellState>();
      const look = (shell: ShellState) => fits(shell) && found.resolve(shell);
      lookers.add(look);
      look(await rpc.remote.shell({}));
      return found.promise.finally(() => lookers.delete(look));
    },
    subscribe,
    waitForBatch: async (view, fits) => {
      type Wanted = Parameters<typeof fits>[0];
      const found = Promise.withResolvers<Wanted>();
      const subscription = await subscribe(view, (batch) => {
        if (batch.kind === view.kind && fits(batch as Wanted)) found.resolve(batch as Wanted);
      });
      const batch = await found.promise;
      await rpc.remote.unsubscribe({ subscription });
      return batch;
    },
    closed: rpc.closed,
    close: () => rpc.close(),
  };
}

/** Opens a page with the token of a link, or with a session of before. */
export async function signInPage(origin: string, token: { once: string } | { session: string }): Promise<PageClient> {
  const page = await openPage(origin);
  const { session } = await page.remote.hello(token);
  page.session = session;
  return page;
}

/** Sends one file of a drop, as a page does. */
export async function putDropped(
  origin: string,
  drop: { dropId: string; path: string; session: string; origin?: string },
  body: Uint8Array<ArrayBuffer> | string,
): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${origin}/drop/${drop.dropId}?path=${encodeURIComponent(drop.path)}`, {
    method: 'PUT',
    headers: { [sessionHeader]: drop.session, origin: drop.origin ?? origin },
    body,
  });
  return { status: answer.status, text: await answer.text() };
}
