import { Worker } from 'node:worker_threads';
import type { HashAnswer, HashRequest } from '../hash-worker.ts';

const workerUrl = import.meta.url.endsWith('.ts')
  ? new URL('../hash-worker.ts', import.meta.url)
  : new URL('./sandbox-hash-worker.js', import.meta.url);

interface Waiting {
  resolve: (digest: string) => void;
  reject: (error: Error) => void;
}

/** Whole-file digests, computed in a worker thread that starts with the first request. */
export class WholeDigests {
  #worker: Worker | undefined;
  #tickets = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** Bytes before `toBytes` are final: hash them when there is time. */
  advance(file: string, toBytes: number): void {
    this.#send({ kind: 'advance', file, toBytes });
  }

  /** The SHA-1 (hex) of the first `toBytes` bytes. */
  digest(file: string, toBytes: number): Promise<string> {
    const ticket = ++this.#tickets;
    return new Promise((resolve, reject) => {
      this.#waiting.set(ticket, { resolve, reject });
      this.#send({ kind: 'digest', file, toBytes, ticket });
    });
  }

  forget(file: string): void {
    if (this.#worker) this.#send({ kind: 'forget', file });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#fail(new Error('The sandbox is closing'));
  }

  #send(request: HashRequest): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const worker = new Worker(workerUrl);
    worker.unref();
    worker.on('message', (answer: HashAnswer) => {
      const waiting = this.#waiting.get(answer.ticket);
      this.#waiting.delete(answer.ticket);
      if ('digest' in answer) waiting?.resolve(answer.digest);
      else waiting?.reject(new Error(answer.error));
    });
    worker.on('error', (error) => {
      this.#worker = undefined;
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    });
    return worker;
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
