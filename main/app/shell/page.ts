import { CallError } from '../../../shared/call-error.ts';
import type { Contract, Handlers } from '../../../shared/contract.ts';
import type { Link } from '../../../shared/link.ts';
import { pageCommands, pageContract, webPageContract, type Show } from '../../../shared/page-contract.ts';
import { openRpc } from '../../platform/rpc.ts';
import { relayContract } from '../relay-contract.ts';
import { pageHandlers } from './page-commands.ts';
import type { PageHandlers } from './page-handlers.ts';
import { PageViews } from './page-views.ts';
import type { Shell } from './shell.ts';

type Hello = Handlers<typeof webPageContract>['hello'];

/** Shell -> page, with batches unopened: the page parses what it shows. */
const toPage = {
  ...relayContract,
  shellChanged: pageContract.shellChanged,
  show: pageContract.show,
} satisfies Contract;

export interface PageOptions {
  link: Link;
  shell: Shell;
  /** Where anybody may open a link: everything but `hello` is refused until this has taken it. */
  hello?: Hello;
  /** Told once how to bring something up in the page. Settles when the page has done it; rejects where the page has gone. */
  onOpen?: (show: (what: Show) => Promise<void>) => void;
}

/** Serves one page over its link until that is gone, which is told by the promise; it never rejects. */
export async function servePage({ link, shell, hello, onOpen }: PageOptions): Promise<void> {
  const { logger } = shell;
  const views = new PageViews(shell, async (subscription, batch) => {
    // Its answer is the acknowledgement: a slow page delays its own next batch and nothing else.
    await rpc.remote.batch({ subscription, batch }).catch(() => undefined);
  });
  let isGreeted = hello === undefined;
  const handlers = pageHandlers(shell, views);
  const common = {
    link,
    remote: toPage,
    timeoutsMs: { batch: null, shellChanged: null },
    onDefect: (method: string, error: unknown) => logger.error({ err: error, method }, 'a call of a page failed'),
  };
  const rpc =
    hello === undefined
      ? openRpc({ ...common, local: { contract: pageCommands, handlers } })
      : openRpc({
          ...common,
          local: {
            contract: webPageContract,
            handlers: {
              ...gated(handlers, () => isGreeted),
              hello: async (args) => {
                const greeting = await hello(args);
                isGreeted = true;
                return greeting;
              },
            },
          },
        });
  const endTelling = shell.onChange(
    tellLatest(async () => {
      if (isGreeted) await rpc.remote.shellChanged({ shell: shell.state() }).catch(() => undefined);
    }),
  );
  onOpen?.(async (what) => void (await rpc.remote.show({ what })));
  await rpc.closed;
  endTelling();
  await views.end();
}

/** The same handlers, each of which refuses while it isn't greeted. */
function gated(handlers: PageHandlers, isGreeted: () => boolean): PageHandlers {
  const entries = Object.entries(handlers) as [string, (args: never) => Promise<unknown>][];
  return Object.fromEntries(
    entries.map(([name, handler]) => [
      name,
      (args: never) =>
        isGreeted() ? handler(args) : Promise.reject(new CallError('refused', 'The first call has to be hello.')),
    ]),
  ) as unknown as PageHandlers;
}

/** Runs `tell` after each change, one at a time: changes meanwhile are told together, as they are then. */
function tellLatest(tell: () => Promise<void>): () => void {
  let isTelling = false;
  let isStale = false;
  return () => {
    isStale = true;
    if (isTelling) return;
    isTelling = true;
    void (async () => {
      // Several changes of one moment are one.
      await Promise.resolve();
      while (isStale) {
        isStale = false;
        await tell();
      }
      isTelling = false;
    })();
  };
}
