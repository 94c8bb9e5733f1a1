import type { PageHandlers } from './page-handlers.ts';
import type { Shell } from './shell.ts';

type DropCommands = Pick<PageHandlers, 'beginDrop' | 'endDrop' | 'cancelDrop' | 'dismissLost'>;

/** Commands about what was dropped where no path is to be had; the bytes come another way. */
export function dropCommands({ spool, places }: Shell): DropCommands {
  return {
    beginDrop: async (announced) => ({ dropId: await spool.begin(announced) }),
    endDrop: async ({ dropId }) => {
      const paths = await spool.end(dropId);
      return { places: paths.map((path) => ({ place: places.of(path), path })) };
    },
    cancelDrop: async ({ dropId }) => {
      await spool.cancel(dropId);
      return {};
    },
    dismissLost: async ({ dropId }) => {
      await spool.dismiss(dropId);
      return {};
    },
  };
}
