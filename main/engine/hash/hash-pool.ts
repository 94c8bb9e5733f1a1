import { ProblemError } from '../../../shared/problem-error.ts';
import { entryUrl } from '../../platform/entry-url.ts';
import { HashStream, type HashStreamOptions } from './hash-stream.ts';
import { HashThread } from './hash-thread.ts';
import type { HashReply } from './protocol.ts';

/** An open file to be hashed; `displayPath` is for the problems it may have. */
export interface HashTarget {
  fd: number;
  displayPath: string;
}

export interface PassOptions extends HashTarget {
  sizeBytes: number;
  /** Absent: the whole digest alone. */
  partSizeBytes?: number | undefined;
  /** A part is done, in order; called once for each. */
  onPart?: ((index: number, sha1: string) => void) | undefined;
  /** So many bytes from the start are hashed. */
  onProgress?: ((checkedBytes: number) => void) | undefined;
}

/** A pass over a file from its start: the digest of each part and that of the whole, from one read. */
export interface OrderedPass {
  /** Parts below this one are done. */
  readonly position: number;
  /** Lets the pass go on through part `index`; Infinity: to the end. Never takes back. A new pass stands still. */
  allow(index: number): void;
  /** SHA-1 of the whole file in hex, at the end; rejects with a ProblemError `local.*`. */
  readonly whole: Promise<string>;
  /** Stops it; resolves when no thread reads the fd any more, so that it can be closed. `whole` rejects. */
  cancel(): Promise<void>;
}

/**
 * Worker threads that read and hash: nothing is copied between threads. Files are taken in slices in turn, so none is
 * starved. A short read is `local.changed`, EIO is `local.read-error`; a thread that dies is replaced and its work rejected
 * with `local.internal`. The caller keeps the fd open until the promise has settled or `cancel` has resolved.
 */
export interface HashPool {
  /** SHA-1 of a range in hex. Aborting rejects when no thread reads the fd any more. */
  digestRange(target: HashTarget, range: { offset: number; sizeBytes: number }, signal?: AbortSignal): Promise<string>;
  startPass(options: PassOptions): OrderedPass;
  close(): Promise<void>;
}

export interface HashPoolOptions {
  /** Started when first needed; default 2. */
  workers?: number | undefined;
  /** How much of one file is hashed before another has its turn; default 4 MiB. */
  sliceBytes?: number | undefined;
  /** Another worker, for tests. */
  workerUrl?: URL | undefined;
}

/** Each thread has the next slice waiting while it works on one, so that it never waits for our event loop. */
const slicesPerThread = 2;

/** From here on a stream counts as long: 0.1 s of hashing. */
const longBytes = 128 * 2 ** 20;

/** The pool; its threads start with the first work, one of them earlier where `prepare` is called. */
export function createHashPool(options: HashPoolOptions = {}): HashPool & { prepare(): void } {
  return new ThreadedHashPool(options);
}

class ThreadedHashPool implements HashPool {
  readonly #threads: HashThread[];
  readonly #sliceBytes: number;
  readonly #streams = new Map<number, HashStream>();
  /** A stream stays with the thread that has its digests so far. */
  readonly #threadOf = new Map<number, HashThread>();
  #nextId = 1;
  #isClosed = false;

  constructor({ workers = 2, sliceBytes = 4 * 2 ** 20, workerUrl = entryUrl('hash-worker') }: HashPoolOptions) {
    this.#sliceBytes = sliceBytes;
    this.#threads = Array.from({ length: workers }, () => {
      const thread: HashThread = new HashThread(
        workerUrl,
        (reply) => this.#take(reply),
        (cause) => this.#bury(thread, cause),
      );
      return thread;
    });
  }

  async digestRange(
    { fd, displayPath }: HashTarget,
    { offset, sizeBytes }: { offset: number; sizeBytes: number },
    signal?: AbortSignal,
  ): Promise<string> {
    signal?.throwIfAborted();
    const stream = this.#add({
      fd,
      displayPath,
      startOffset: offset,
      sizeBytes,
      partSizeBytes: Math.max(1, sizeBytes),
      whole: false,
      onPart: () => undefined,
      onProgress: () => undefined,
    });
    const onAbort = () => this.#drop(stream, signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    stream.allow(0);
    this.#pump();
    try {
      return await stream.outcome;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      await stream.drained;
    }
  }

  startPass({ fd, displayPath, sizeBytes, partSizeBytes, onPart, onProgress }: PassOptions): OrderedPass {
    const stream = this.#add({
      fd,
      displayPath,
      startOffset: 0,
      sizeBytes,
      partSizeBytes: partSizeBytes ?? null,
      whole: true,
      onPart: onPart ?? (() => undefined),
      onProgress: onProgress ?? (() => undefined),
    });
    return {
      get position() {
        return stream.partsDone;
      },
      allow: (index) => {
        stream.allow(index);
        this.#pump();
      },
      whole: stream.outcome,
      cancel: () => {
        this.#drop(stream, new DOMException('The pass over the file was cancelled', 'AbortError'));
        return stream.drained;
      },
    };
  }

  prepare(): void {
    if (!this.#isClosed) this.#threads[0]?.prepare();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const stream of [...this.#streams.values()]) this.#drop(stream, closedError());
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #add(options: Omit<HashStreamOptions, 'id'>): HashStream {
    if (this.#isClosed) throw closedError();
    const stream = new HashStream({ ...options, id: this.#nextId++ });
    this.#streams.set(stream.id, stream);
    return stream;
  }

  /** Hands out slices to threads with room, the stream that was served longest ago first. */
  #pump(): void {
    for (const stream of [...this.#streams.values()]) {
      if (this.#threads.every((thread) => thread.inFlight >= slicesPerThread)) return;
      while (stream.isRunnable) {
        const thread = this.#threadOf.get(stream.id) ?? this.#threadFor(stream);
        if (!thread || thread.inFlight >= slicesPerThread) break;
        this.#threadOf.set(stream.id, thread);
        thread.post({ slice: stream.cut(this.#sliceBytes) });
        // To the end of the line: whoever was served longest ago is next when a thread has room.
        this.#streams.delete(stream.id);
        this.#streams.set(stream.id, stream);
      }
    }
  }

  /**
   * The thread with the fewest bytes ahead of it, so that a range doesn't queue behind the pass over the same file. What is
   * soon done takes any thread with room; what is long waits for the right one, since it stays there.
   */
  #threadFor(stream: HashStream): HashThread | undefined {
    const isLong = stream.remainingBytes > longBytes;
    const candidates = this.#threads.filter((thread) => isLong || thread.inFlight < slicesPerThread);
    const load = new Map(candidates.map((thread) => [thread, 0]));
    for (const [id, thread] of this.#threadOf) {
      const bytes = load.get(thread);
      if (bytes !== undefined) load.set(thread, bytes + 1 + (this.#streams.get(id)?.remainingBytes ?? 0));
    }
    return candidates.sort((a, b) => load.get(a)! - load.get(b)!)[0];
  }

  #take(reply: HashReply): void {
    const stream = this.#streams.get(reply.stream);
    if (!stream) return;
    stream.take(reply);
    // Slices that were on their way behind the failed one began its digests anew in the thread.
    if (reply.failure) this.#threadOf.get(stream.id)?.post({ drop: stream.id });
    this.#forgetSettled(stream);
    this.#pump();
  }

  #drop(stream: HashStream, reason: unknown): void {
    if (stream.isSettled) return;
    stream.reject(reason);
    this.#threadOf.get(stream.id)?.post({ drop: stream.id });
    this.#forgetSettled(stream);
    this.#pump();
  }

  /** A settled stream stays until the slices it has out are back. */
  #forgetSettled(stream: HashStream): void {
    if (!stream.isDrained) return;
    this.#streams.delete(stream.id);
    this.#threadOf.delete(stream.id);
  }

  #bury(thread: HashThread, cause: Error): void {
    for (const [id, its] of [...this.#threadOf]) {
      const stream = this.#streams.get(id);
      if (its !== thread || !stream) continue;
      const { displayPath: item } = stream;
      stream.fail({ code: 'local.internal', operation: 'hash', detail: cause.message, item, at: Date.now() }, cause);
      stream.forgetSlices();
      this.#forgetSettled(stream);
    }
    if (!this.#isClosed) this.#pump();
  }
}

function closedError(): ProblemError {
  const detail = 'The hashing threads are closed';
  return new ProblemError({ code: 'local.internal', operation: 'hash', detail, at: Date.now() });
}
