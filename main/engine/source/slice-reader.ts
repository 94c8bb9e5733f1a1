import type { FileHandle } from 'node:fs/promises';
import { localProblem, toProblemError } from './open-local-file.ts';

/**
 * How many buffers a range is read through. Two would do for a reader that writes each slice out before it asks for the
 * next; with a third, the end of a slice may still lie in a socket's queue (Node's holds up to 64 KiB) without harm.
 */
const buffersPerRange = 3;
const maxOnWire = 10;
const maxFreeBuffers = 5 * buffersPerRange;

/** Reads ranges of files through reused buffers: memory doesn't depend on the size of files or parts. */
export class SliceReader {
  readonly #sliceBytes: number;
  readonly #displayPath: string;
  readonly #free: Buffer[] = [];
  /** By offset: buffers whose bytes may still be on their way into a socket. */
  readonly #onWire = new Map<number, Buffer[]>();

  constructor(displayPath: string, sliceBytes: number) {
    this.#displayPath = displayPath;
    this.#sliceBytes = sliceBytes;
  }

  /**
   * The bytes of a range in slices; while one is sent the next is read. A slice is valid until the next is asked for, the
   * last one until `release`. Rejects with `local.changed` when the file ends early, `local.read-error`, or what `check`
   * throws, which is called around each slice.
   */
  async *read(handle: FileHandle, offset: number, sizeBytes: number, check: () => void): AsyncGenerator<Uint8Array> {
    const count = Math.min(buffersPerRange, Math.ceil(sizeBytes / this.#sliceBytes));
    // What an earlier try at this range left may still be in its socket's queue: never used again.
    this.#onWire.delete(offset);
    const buffers = Array.from({ length: count }, () => this.#take(Math.min(this.#sliceBytes, sizeBytes)));
    const readAt = (at: number, n: number) => {
      const work = this.#fill(handle, buffers[n % count]!, offset + at, Math.min(this.#sliceBytes, sizeBytes - at));
      work.catch(() => undefined);
      return work;
    };
    let ahead: Promise<Uint8Array> | null = sizeBytes > 0 ? readAt(0, 0) : null;
    try {
      for (let at = 0, n = 0; ahead; n += 1) {
        check();
        const slice = await ahead;
        at += slice.length;
        ahead = at < sizeBytes ? readAt(at, n + 1) : null;
        check();
        yield slice;
      }
      this.#onWire.set(offset, buffers);
      // Ranges that never arrived: another session, with other parts, took their place.
      const [oldest] = this.#onWire.keys();
      if (oldest !== undefined && this.#onWire.size > maxOnWire) this.#onWire.delete(oldest);
    } finally {
      // The read ahead writes into its buffer until it is done, and the caller may close the file after this.
      await ahead?.catch(() => undefined);
    }
  }

  /** The bytes of the range that starts here have arrived: its buffers serve other ranges. */
  release(offset: number): void {
    const buffers = this.#onWire.get(offset);
    if (!buffers) return;
    this.#onWire.delete(offset);
    for (const buffer of buffers) {
      if (buffer.length === this.#sliceBytes && this.#free.length < maxFreeBuffers) this.#free.push(buffer);
    }
  }

  #take(sizeBytes: number): Buffer {
    return (sizeBytes === this.#sliceBytes && this.#free.pop()) || Buffer.allocUnsafeSlow(sizeBytes);
  }

  async #fill(handle: FileHandle, buffer: Buffer, offset: number, sizeBytes: number): Promise<Uint8Array> {
    for (let done = 0; done < sizeBytes;) {
      const { bytesRead } = await handle.read(buffer, done, sizeBytes - done, offset + done).catch((error: unknown) => {
        throw toProblemError(error, 'read', this.#displayPath);
      });
      if (bytesRead === 0) {
        throw localProblem('local.changed', 'read', `The file ends at ${offset + done} bytes`, this.#displayPath);
      }
      done += bytesRead;
    }
    return buffer.subarray(0, sizeBytes);
  }
}
