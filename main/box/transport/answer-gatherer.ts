import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { decodedText } from './content-encoding.ts';

/** An answer whose body was read to its end. */
export interface GatheredAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

const longestAnswerBytes = 32 * 1024 * 1024;

/**
 * Takes one answer from a dispatcher, at most 32 MiB of it. Where an answer is wanted whole, this costs half of what undici's
 * `request` does with its stream of the body.
 */
export class AnswerGatherer implements Dispatcher.DispatchHandler {
  /** Rejects with undici's or the system's error, or what `stop` was given. */
  readonly gathered: Promise<GatheredAnswer>;
  /** Called when the whole body of the request was handed to the connection. */
  onRequestSent: () => void = () => undefined;
  /** Called when the answer's headers have come. */
  onHeaders: () => void = () => undefined;
  readonly #settle: PromiseWithResolvers<GatheredAnswer>;
  readonly #chunks: Buffer[] = [];
  #sizeBytes = 0;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #controller: Dispatcher.DispatchController | undefined;
  #stopped: { error: unknown } | undefined;

  constructor() {
    this.#settle = Promise.withResolvers();
    this.gathered = this.#settle.promise;
  }

  /** Ends the exchange, begun or not, and closes its connection: `gathered` rejects with the first error given. */
  stop(error: unknown): void {
    if (this.#stopped) return;
    this.#stopped = { error };
    this.#settle.reject(error);
    // Whoever stops it may no longer be waiting for it.
    this.gathered.catch(() => undefined);
    this.#controller?.abort(error instanceof Error ? error : new Error(String(error)));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#stopped) controller.abort(new Error('stopped before it began'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // 1xx: the answer is still to come.
    if (status < 200) return;
    this.onHeaders();
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes <= longestAnswerBytes) {
      this.#chunks.push(chunk);
      return;
    }
    this.stop(Object.assign(new Error('the answer is longer than 32 MiB'), { code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' }));
  }

  onResponseEnd(): void {
    const [only] = this.#chunks;
    const bytes = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks);
    const encoding = this.#headers['content-encoding'];
    const text = decodedText(bytes, encoding, longestAnswerBytes);
    this.#settle.resolve({ status: this.#status, headers: this.#headers, text });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#settle.reject(error);
  }
}
