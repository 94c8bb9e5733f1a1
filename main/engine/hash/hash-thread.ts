import { Worker } from 'node:worker_threads';
import type { HashReply, HashRequest } from './protocol.ts';

/**
 * One worker thread as the pool sees it: started at the first slice, started again after it died. It keeps the process
 * alive only while it has work. Replies come in the order of the slices.
 */
export class HashThread {
  readonly #url: URL;
  readonly #onReply: (reply: HashReply) => void;
  readonly #onDeath: (cause: Error) => void;
  #worker: Worker | null = null;
  /** Slices without a reply. */
  inFlight = 0;

  constructor(url: URL, onReply: (reply: HashReply) => void, onDeath: (cause: Error) => void) {
    this.#url = url;
    this.#onReply = onReply;
    this.#onDeath = onDeath;
  }

  /** Starts it, for when slices are known to come. */
  prepare(): void {
    if (this.#worker) return;
    this.#worker = this.#start();
    this.#worker.unref();
  }

  post(request: HashRequest): void {
    if ('drop' in request) {
      this.#worker?.postMessage(request);
      return;
    }
    const worker = (this.#worker ??= this.#start());
    if (this.inFlight === 0) worker.ref();
    this.inFlight += 1;
    worker.postMessage(request);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#url, {
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 },
    });
    let cause = new Error('The hashing thread ended');
    worker.on('message', (reply: HashReply) => {
      this.inFlight -= 1;
      if (this.inFlight === 0) worker.unref();
      this.#onReply(reply);
    });
    worker.on('error', (error) => {
      cause = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('exit', () => {
      this.inFlight = 0;
      if (this.#worker === worker) this.#worker = null;
      this.#onDeath(cause);
    });
    return worker;
  }
}
