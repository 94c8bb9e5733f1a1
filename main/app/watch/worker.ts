/** The thread that watches: chokidar's memory and its work stay out of the process that answers the window. */
import { parentPort, workerData } from 'node:worker_threads';
import { takeArchivesForFiles } from '../../platform/archives.ts';
import { DirectoryWatches } from './directory-watches.ts';
import type { WatchCommand, WatchMessage, WatchWorkerData } from './protocol.ts';

takeArchivesForFiles();

const { limits, capacity } = workerData as WatchWorkerData;
const post = (message: WatchMessage) => parentPort!.postMessage(message);
const watches = new DirectoryWatches({
  limits,
  emit: post,
  ...(capacity && { capacity: () => Atomics.load(capacity, 0) }),
});

parentPort!.on('message', (command: WatchCommand) => {
  watches.obey(command).then(
    () => post({ answer: command.id, error: null }),
    (error: unknown) => post({ answer: command.id, error: String(error) }),
  );
});
