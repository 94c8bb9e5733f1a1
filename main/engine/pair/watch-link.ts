import type { Remote } from '../../../shared/contract.ts';
import type { watchHostCommands } from '../../../shared/pair-commands.ts';
import type { Logger } from '../../platform/log.ts';
import type { WatchLink } from './pair-run.ts';

const foldersAtOnce = 1000;

/** Tells the app what to watch: in order, some folders a call, the next once the last was taken. */
export function watchLink(host: Remote<typeof watchHostCommands>, log: Logger): WatchLink {
  let last: Promise<unknown> = Promise.resolve();
  const send = (call: () => Promise<unknown>) => {
    last = last
      .then(call)
      .catch((error: unknown) => log.warn({ err: error }, 'the app could not be told what to watch'));
  };
  return {
    watch: ({ id: pairId, path: root }, folders, more) => {
      for (let at = 0; at < folders.length || (at === 0 && !more); at += foldersAtOnce) {
        const slice = folders.slice(at, at + foldersAtOnce);
        const isLast = at + foldersAtOnce >= folders.length;
        send(() => host.watch({ pairId, root, folders: slice, more: more || !isLast }));
      }
    },
    unwatch: ({ id: pairId, path: root }, folders) => send(() => host.unwatch({ pairId, root, folders })),
  };
}
