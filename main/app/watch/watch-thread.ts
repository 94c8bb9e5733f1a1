import { Worker } from 'node:worker_threads';
import { entryUrl } from '../../platform/entry-url.ts';
import type { WatchCommand, WatchEvent, WatchMessage, WatchWorkerData } from './protocol.ts';

/** The thread ended before it answered. */
export class WatchThreadEnded extends Error {
  override readonly name = 'WatchThreadEnded';
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** Above what the thread allows a group of 50 directories on a slow disk: longer, and it is given up. */
const answerTimeoutMs = 150_000;

/** One life of the watching thread, as the app's process sees it. */
export class WatchThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, PromiseWithResolvers<void>>();
  #nextId = 1;
  #hasEnded = false;

  constructor(data: WatchWorkerData, on: { event: (event: WatchEvent) => void; end: (cause: Error) => void }) {
    this.#worker = new Worker(entryUrl('watch-worker'), {
      workerData: data,
      // chokidar obeys CHOKIDAR_USEPOLLING and others, and a thread needs nothing of the environment.
      env: {},
      // Many short-lived objects while starting: with V8's usual 16 MB halves the process keeps 100 MB more.
      resourceLimits: { maxYoungGenerationSizeMb: 12 },
    });
    let cause: Error = new WatchThreadEnded('The watching thread ended');
    this.#worker.on('message', (message: WatchMessage) => {
      if ('event' in message) return on.event(message);
      const pending = this.#pending.get(message.answer);
      this.#pending.delete(message.answer);
      if (message.error === null) pending?.resolve();
      else pending?.reject(new Error(message.error));
    });
    this.#worker.on('error', (error) => {
      cause = error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.on('exit', () => {
      this.#hasEnded = true;
      for (const pending of this.#pending.values()) pending.reject(new WatchThreadEnded(cause.message));
      this.#pending.clear();
      on.end(cause);
    });
  }

  /** @throws WatchThreadEnded, also for one that doesn't answer: it is ended then; Error when the command was refused. */
  async request(command: WithoutId<WatchCommand>): Promise<void> {
    if (this.#hasEnded) throw new WatchThreadEnded('The watching thread has ended');
    const id = this.#nextId++;
    const pending = Promise.withResolvers<void>();
    this.#pending.set(id, pending);
    const timer = setTimeout(() => void this.close(), answerTimeoutMs);
    this.#worker.postMessage({ ...command, id });
    try {
      await pending.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}
