// The page's way to the desktop's main process: a port that the preload passes on, and its two functions.
import { CallError } from '../shared/call-error.ts';
import { desktopChannels, dropAnswerSchema, type DesktopApi } from '../shared/desktop-channels.ts';
import { pageCommands } from '../shared/page-contract.ts';
import type { Bridge } from './link.ts';
import { messagePortLink } from './message-port-link.ts';
import { openPageLink } from './page-link.ts';
import type { DroppedFile } from './state/dropped-files.ts';

/** Starting a second time after an update may take a while; a port itself comes at once. */
const portTimeoutMs = 30_000;

/** What the preload exposes; undefined in a browser's tab. */
export function desktopApi(): DesktopApi | undefined {
  return (window as { boxcar?: DesktopApi }).boxcar;
}

/** The desktop's window. Each link has a port of its own, and the one before is ended by the main process. */
export function desktopBridge(api: DesktopApi): Bridge {
  let request = 0;
  return {
    wholeFolders: true,
    async connect(events) {
      const port = await askForPort(api, (request += 1));
      const { remote, closed, subscribe } = openPageLink(messagePortLink(port), pageCommands, events);
      return { commands: remote, closed, subscribe, takeFiles: (files) => takeByPath(api, files) };
    },
  };
}

async function askForPort(api: DesktopApi, request: number): Promise<MessagePort> {
  const arrived = Promise.withResolvers<MessagePort>();
  const listen = ({ source, data, ports: [port] }: MessageEvent<{ channel?: unknown; request?: unknown } | null>) => {
    // The preload's own: it posts to the window that it runs in.
    const isOurs = source === window && data?.channel === desktopChannels.port && data.request === request;
    if (isOurs && port) arrived.resolve(port);
  };
  addEventListener('message', listen);
  const timer = setTimeout(
    () => arrived.reject(new CallError('timeout', 'Boxcar did not answer its window.')),
    portTimeoutMs,
  );
  try {
    api.askForPort(request);
    return await arrived.promise;
  } finally {
    clearTimeout(timer);
    removeEventListener('message', listen);
  }
}

/** Nothing is copied: the main process reads the files where they are. */
async function takeByPath(api: DesktopApi, files: DroppedFile[]) {
  const answer = dropAnswerSchema.parse(await api.takeFiles(files.map(({ file }) => file)));
  if ('refused' in answer) throw new CallError('refused', answer.refused);
  return answer.places;
}
