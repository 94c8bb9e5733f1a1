import { createHash, type Hash } from 'node:crypto';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { ProblemCode } from '../../../shared/problem-table.ts';
import { orAborted } from '../../platform/wait.ts';
import type { PartRange, PartSource } from './part-source.ts';

const sliceBytes = 1024 * 1024;

/**
 * A source over a stream that is read once, in order. The bytes of a part are kept from its digest to its release, so
 * whoever asks for digests decides how much memory it takes. Digests must be asked for in offset order.
 * Rejects with `content.length` when the stream ends early or runs on, and with `local.read-error` when it fails.
 */
export class StreamSource implements PartSource {
  readonly sizeBytes: number;
  readonly #reader: AsyncIterator<Uint8Array>;
  readonly #kept = new Map<number, { bytes: Buffer; sha1: string }>();
  readonly #whole: Hash = createHash('sha1');
  readonly #ended = Promise.withResolvers<string>();
  #readBytes = 0;
  /** What the stream has given beyond the part before. */
  #rest: Uint8Array = new Uint8Array(0);
  /** Parts are cut one after the other, whoever asks for them. */
  #cutting: Promise<unknown> = Promise.resolve();

  constructor(stream: AsyncIterable<Uint8Array>, sizeBytes: number) {
    this.sizeBytes = sizeBytes;
    this.#reader = stream[Symbol.asyncIterator]();
    this.#ended.promise.catch(() => undefined);
  }

  async digestOf(range: PartRange, signal: AbortSignal): Promise<string> {
    const kept = this.#kept.get(range.offset);
    if (kept) return kept.sha1;
    const cut = this.#cutting.then(() => this.#kept.get(range.offset) ?? this.#cut(range));
    this.#cutting = cut.catch(() => undefined);
    return (await orAborted(cut, signal)).sha1;
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the interface is asynchronous, the bytes are here
  async *read(range: PartRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const kept = this.#kept.get(range.offset);
    if (!kept) throw failure('local.internal', `part ${range.index} of the stream is no longer kept`);
    for (let offset = 0; offset < kept.bytes.length; offset += sliceBytes) {
      signal.throwIfAborted();
      yield kept.bytes.subarray(offset, offset + sliceBytes);
    }
  }

  release(range: PartRange): void {
    this.#kept.delete(range.offset);
  }

  /** Known when the last part was digested. */
  wholeDigest(signal: AbortSignal): Promise<string> {
    return orAborted(this.#ended.promise, signal);
  }

  /** What was read stays as it was read. */
  assertUnchanged(): Promise<void> {
    return Promise.resolve();
  }

  /** Tells the stream that nobody reads on. */
  async close(): Promise<void> {
    this.#kept.clear();
    await this.#cutting;
    await this.#reader.return?.();
  }

  async #cut(range: PartRange): Promise<{ bytes: Buffer; sha1: string }> {
    if (range.offset !== this.#readBytes) {
      throw failure('local.internal', `part ${range.index} was asked for out of order`);
    }
    const bytes = Buffer.allocUnsafe(range.sizeBytes);
    const digest = createHash('sha1');
    for (let filled = 0; filled < bytes.length;) {
      const slice = await this.#next();
      if (slice === undefined)
        throw failure('content.length', `the stream ended after ${range.offset + filled} of ${this.sizeBytes} bytes`);
      const taken = slice.subarray(0, bytes.length - filled);
      // Copied: the producer may use its buffer again.
      bytes.set(taken, filled);
      const mine = bytes.subarray(filled, filled + taken.length);
      digest.update(mine);
      this.#whole.update(mine);
      filled += taken.length;
      this.#rest = slice.subarray(taken.length);
    }
    this.#readBytes += bytes.length;
    if (this.#readBytes === this.sizeBytes) await this.#expectEnd();
    const cut = { bytes, sha1: digest.digest('hex') };
    this.#kept.set(range.offset, cut);
    return cut;
  }

  async #expectEnd(): Promise<void> {
    if ((await this.#next()) !== undefined) {
      throw failure('content.length', `the stream runs on after ${this.sizeBytes} bytes`);
    }
    this.#ended.resolve(this.#whole.digest('hex'));
  }

  /** The next bytes, which are never none; undefined at the end. */
  async #next(): Promise<Uint8Array | undefined> {
    if (this.#rest.length > 0) return this.#rest;
    for (;;) {
      const next = await this.#reader.next().catch((error: unknown) => {
        throw failure('local.read-error', error instanceof Error ? error.message : String(error), error);
      });
      if (next.done) return undefined;
      if (next.value.length > 0) return next.value;
    }
  }
}

function failure(code: ProblemCode, detail: string, cause?: unknown): ProblemError {
  return new ProblemError({ code, operation: 'read the stream', detail, at: Date.now() }, { cause });
}
