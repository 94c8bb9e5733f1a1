import type { Readable, Writable } from 'node:stream';
import type { CDPSession } from 'playwright';

export type CdpEvent = { method: string; params: Record<string, never>; sessionId?: string };

/** A session of Chromium's DevTools protocol with one target, or with the browser. */
export interface CdpTarget {
  send: CDPSession['send'];
  on<Params>(method: string, listener: (params: Params) => void): void;
}

interface Answer {
  id: number;
  result: unknown;
  error?: { message: string };
}

/** Speaks the protocol over Chromium's pipe, which also ends Chromium when this process dies. */
export class Cdp {
  readonly #out: Writable;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #listeners = new Map<string, ((params: never) => void)[]>();
  #last = 0;
  #isOver = false;

  constructor(output: Writable, input: Readable) {
    this.#out = output;
    let text = '';
    input.setEncoding('utf8');
    input.on('data', (chunk: string) => {
      text += chunk;
      const messages = text.split('\0');
      text = messages.pop() ?? '';
      for (const message of messages) this.#take(JSON.parse(message) as Answer | CdpEvent);
    });
    input.on('close', () => this.#end());
    output.on('error', () => this.#end());
  }

  target(sessionId?: string): CdpTarget {
    return {
      send: ((method: string, params: object = {}) => this.#send(method, params, sessionId)) as CDPSession['send'],
      on: (method, listener) => {
        const key = `${sessionId ?? ''} ${method}`;
        this.#listeners.set(key, [...(this.#listeners.get(key) ?? []), listener]);
      },
    };
  }

  #send(method: string, params: object, sessionId: string | undefined): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    if (this.#isOver) answer.reject(new Error(`Chromium has gone: ${method}`));
    this.#last += 1;
    this.#pending.set(this.#last, answer);
    this.#out.write(`${JSON.stringify({ id: this.#last, method, params, ...(sessionId ? { sessionId } : {}) })}\0`);
    return answer.promise;
  }

  #take(message: Answer | CdpEvent): void {
    if ('id' in message) {
      const answer = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.error) answer?.reject(new Error(message.error.message));
      else answer?.resolve(message.result);
      return;
    }
    const key = `${message.sessionId ?? ''} ${message.method}`;
    for (const listener of this.#listeners.get(key) ?? []) listener(message.params as never);
  }

  #end(): void {
    this.#isOver = true;
    this.#pending.forEach(({ reject }) => reject(new Error('Chromium has gone.')));
    this.#pending.clear();
  }
}
