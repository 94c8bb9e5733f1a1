import { Worker } from 'node:worker_threads';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { ProblemCode } from '../../../shared/problem-table.ts';
import { entryUrl } from '../../platform/entry-url.ts';
import { fileProblem } from '../../platform/file-problem.ts';
import type { LocalFacts } from '../scan/model.ts';
import type { LocalPath } from '../scan/raw-path.ts';
import type { ReadReply, ReadRequest } from './protocol.ts';

/** Up to here a file is read whole, in one go with looking at it. */
export const smallFileBytes = 256 * 2 ** 10;

/** Waking a thread costs more than reading a small file: requests that come this close together share one message. */
const streamMs = 20;
const gatherMs = 4;
const gatheredRequests = 12;

/** Where a file lies, and whether a link in its place is followed. */
export interface LocalFile {
  local: LocalPath;
  display: string;
  followLink: boolean;
}

/** A small file as it was at one moment: its facts, its bytes, and the digest of these very bytes. */
export interface SmallFile {
  facts: LocalFacts;
  sha1: string;
  bytes: Uint8Array;
}

interface Waiting {
  request: ReadRequest;
  display: string;
  resolve: (reply: Extract<ReadReply, { facts: LocalFacts }>) => void;
  reject: (error: unknown) => void;
}

/**
 * Looks at files and reads small ones in a thread. While the thread is busy, what is asked gathers and goes over in one
 * message. Rejections are ProblemErrors: `local.missing`, `local.unreadable`, `local.not-regular`, `local.changed`, …
 */
export class FileReader {
  #worker: Worker | null = null;
  #asked: Waiting[] = [];
  #underWay = new Map<number, Waiting>();
  #nextId = 1;
  #isClosed = false;
  #postedAtMs = -Infinity;
  #gathering: NodeJS.Timeout | undefined;

  /** The facts of a regular file now. */
  async look(file: LocalFile): Promise<LocalFacts> {
    return (await this.#ask(file, 0)).facts;
  }

  /** A file of at most `smallFileBytes` with its bytes; of a larger one the facts alone. */
  async read(file: LocalFile): Promise<{ facts: LocalFacts; small: SmallFile | null }> {
    const { facts, content } = await this.#ask(file, smallFileBytes);
    return { facts, small: content && { facts, ...content } };
  }

  /** Starts the thread, for when files are known to come. */
  prepare(): void {
    if (this.#worker || this.#isClosed) return;
    this.#worker = this.#start();
    this.#worker.unref();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#worker?.terminate();
  }

  #ask({ local, display, followLink }: LocalFile, readUpToBytes: number) {
    const { promise, resolve, reject } = Promise.withResolvers<Extract<ReadReply, { facts: LocalFacts }>>();
    const id = this.#nextId++;
    this.#asked.push({ request: { id, path: local, followLink, readUpToBytes }, display, resolve, reject });
    if (this.#underWay.size === 0) this.#postSoon();
    return promise;
  }

  /** At the end of the turn, so that what is asked in one goes together; in a stream of requests a little later, for more of them. */
  #postSoon(): void {
    const { length } = this.#asked;
    if (length === gatheredRequests || (length === 1 && performance.now() - this.#postedAtMs > streamMs)) {
      setImmediate(() => this.#post());
    } else {
      this.#gathering ??= setTimeout(() => this.#post(), gatherMs);
    }
  }

  #post(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    if (this.#underWay.size > 0 || this.#asked.length === 0) return;
    const worker = (this.#worker ??= this.#start());
    this.#underWay = new Map(this.#asked.map((waiting) => [waiting.request.id, waiting]));
    const requests = this.#asked.map(({ request }) => request);
    this.#asked = [];
    this.#postedAtMs = performance.now();
    worker.ref();
    worker.postMessage(requests);
  }

  #take(replies: readonly ReadReply[]): void {
    for (const reply of replies) {
      const waiting = this.#underWay.get(reply.id);
      if (!waiting) continue;
      if ('facts' in reply) waiting.resolve(reply);
      else waiting.reject(problemOf(reply.failure, waiting.display));
    }
    this.#underWay.clear();
    this.#worker?.unref();
    if (this.#asked.length >= gatheredRequests) setImmediate(() => this.#post());
    else if (this.#asked.length > 0) this.#postSoon();
  }

  #start(): Worker {
    const worker = new Worker(entryUrl('read-worker'), {
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 },
    });
    let cause = new Error('the reading thread ended');
    worker.on('message', (replies: readonly ReadReply[]) => this.#take(replies));
    worker.on('error', (error) => {
      cause = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = null;
      const lost = [...this.#underWay.values(), ...this.#asked.splice(0)];
      this.#underWay.clear();
      for (const { reject, display } of lost) reject(problemOf({ code: 'thread', message: cause.message }, display));
    });
    return worker;
  }
}

const ours: Record<string, ProblemCode> = {
  'not-regular': 'local.not-regular',
  changed: 'local.changed',
  thread: 'local.internal',
};

function problemOf(failure: { code: string; message: string }, item: string): ProblemError {
  const code = ours[failure.code];
  if (code) return new ProblemError({ code, operation: 'read', item, detail: failure.message, at: Date.now() });
  return new ProblemError(fileProblem(Object.assign(new Error(failure.message), failure), 'read', item));
}
