import { commandTimeoutsMs } from '../shared/command-timeouts.ts';
import type { Contract, Remote } from '../shared/contract.ts';
import type { Link } from '../shared/link.ts';
import { pageContract, type pageCommands, type Show } from '../shared/page-contract.ts';
import type { Batch, View } from '../shared/progress-contract.ts';
import { connectRpc } from '../shared/rpc.ts';
import type { ShellState } from '../shared/shell-model.ts';

/** What the shell tells its page by itself. */
export interface PageEvents {
  onShell: (shell: ShellState) => void;
  onShow: (what: Show) => void;
}

const { upload, preview, addPair, ...others } = commandTimeoutsMs;
const timeoutsMs = {
  ...others,
  uploadPlaces: upload,
  previewPlace: preview,
  addPairPlace: addPair,
  choose: null,
  trySandbox: 120_000,
};

/** Speaks the page's half of the contract over a link, whichever kind it is. */
export function openPageLink<Shell extends Contract & typeof pageCommands>(
  link: Link,
  shellContract: Shell,
  { onShell, onShow }: PageEvents,
) {
  const batches = new Map<number, (batch: Batch) => void | Promise<void>>();
  /** A batch may overtake the answer that names its subscription. */
  const opening = new Set<Promise<unknown>>();
  const rpc = connectRpc({
    link,
    startTimer,
    local: {
      contract: pageContract,
      handlers: {
        batch: async ({ subscription, batch }) => {
          if (!batches.has(subscription)) await Promise.allSettled(opening);
          await batches.get(subscription)?.(batch);
          return {};
        },
        shellChanged: ({ shell }) => {
          onShell(shell);
          return Promise.resolve({});
        },
        show: ({ what }) => {
          onShow(what);
          return Promise.resolve({});
        },
      },
    },
    remote: shellContract,
    timeoutsMs,
  });
  const commands: Remote<typeof pageCommands> = rpc.remote;
  return {
    remote: rpc.remote,
    closed: rpc.closed,
    subscribe: async (view: View, onBatch: (batch: Batch) => void | Promise<void>) => {
      const opened = commands.subscribe({ view }).then(({ subscription }) => {
        batches.set(subscription, onBatch);
        return subscription;
      });
      opening.add(opened);
      const subscription = await opened.finally(() => opening.delete(opened));
      return {
        async close() {
          batches.delete(subscription);
          await commands.unsubscribe({ subscription }).catch(() => undefined);
        },
      };
    },
  };
}

function startTimer(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}
