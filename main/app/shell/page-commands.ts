import { CallError } from '../../../shared/call-error.ts';
import { enginePageCommands } from '../../../shared/page-contract.ts';
import type { Commands } from '../engine-host.ts';
import { accountCommands } from './account-commands.ts';
import { dropCommands } from './drop-commands.ts';
import type { PageHandlers } from './page-handlers.ts';
import type { PageViews } from './page-views.ts';
import { placeCommands } from './place-commands.ts';
import type { Shell } from './shell.ts';

/** What a page may ask, answered by the shell, or handed on to the engine as it is. */
export function pageHandlers(shell: Shell, views: PageViews): PageHandlers {
  const relayed = Object.fromEntries(
    enginePageCommands.map((name) => [name, (args: unknown) => relay(shell, name, args)]),
  ) as unknown as Pick<PageHandlers, (typeof enginePageCommands)[number]>;
  return {
    ...relayed,
    ...accountCommands(shell),
    ...placeCommands(shell),
    ...dropCommands(shell),
    subscribe: async ({ view }) => ({ subscription: await views.open(view) }),
    unsubscribe: async ({ subscription }) => {
      await views.close(subscription);
      return {};
    },
  };
}

async function relay(shell: Shell, name: (typeof enginePageCommands)[number], args: unknown): Promise<unknown> {
  const { commands } = await shell.boxcar();
  const command = (commands as Partial<Commands>)[name] as ((args: unknown) => Promise<unknown>) | undefined;
  if (!command) throw new CallError('refused', `The Boxcar that runs on this data folder does not know "${name}".`);
  return command(args);
}
