// Writes a stream of chunks to one place of a file with bounded memory. Chunks are gathered and written by the thread pool while
// the next ones arrive.
import { close, ftruncate, open, writeFileSync, writev } from 'node:fs';
import { promisify } from 'node:util';

const openFile = promisify(open);
const closeFile = promisify(close);
const truncateFile = promisify(ftruncate);

const gatherBytes = 512 * 1024;
const mostBytes = 4 * 2 ** 20;
const zeros = Buffer.alloc(64 * 1024);

const isZero = (chunk: Buffer): boolean =>
  chunk[0] === 0 && chunk.length <= zeros.length && chunk.equals(zeros.subarray(0, chunk.length));

interface Batch {
  chunks: Buffer[];
  at: number;
}

/** Makes a file of a given size whose bytes are all zero and take no space yet. */
export async function makeSparse(path: string, sizeBytes: number): Promise<void> {
  const descriptor = await openFile(path, 'wx');
  try {
    await truncateFile(descriptor, sizeBytes);
  } finally {
    await closeFile(descriptor);
  }
}

/** One writer for one range of one file. */
export class DiskSink {
  readonly #path: string;
  readonly #flags: string;
  readonly #skipZeros: boolean;
  #descriptor: Promise<number> | undefined;
  #batch: Batch | undefined;
  #pendingBytes = 0;
  #position: number;
  #tail: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #drained: (() => void) | undefined;

  /**
   * @param skipZeros leave chunks of zeros unwritten: only where the range is known to be a hole, so that a sparse file stays one.
   */
  constructor(path: string, flags: 'r+' | 'wx', position: number, skipZeros: boolean) {
    this.#path = path;
    this.#flags = flags;
    this.#position = position;
    this.#skipZeros = skipZeros;
  }

  /** Takes a chunk. The promise, when there is one, holds the sender back until half of the backlog is on its way. */
  write(chunk: Buffer): Promise<void> | undefined {
    if (this.#failure) throw this.#failure;
    const at = this.#position;
    this.#position += chunk.length;
    if (this.#skipZeros && isZero(chunk)) {
      this.#flush();
      return undefined;
    }
    this.#batch ??= { chunks: [], at };
    this.#batch.chunks.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#position - this.#batch.at >= gatherBytes) this.#flush();
    if (this.#pendingBytes < mostBytes) return undefined;
    return new Promise((resolve) => (this.#drained = resolve));
  }

  /** Writes what is left and closes the file. A small file that was never opened is written in one go. */
  async end(): Promise<void> {
    if (!this.#descriptor && this.#flags === 'wx' && !this.#failure) {
      const chunks = this.#batch?.chunks ?? [];
      const [only] = chunks;
      writeFileSync(this.#path, chunks.length === 1 && only ? only : Buffer.concat(chunks), { flag: 'wx' });
      return;
    }
    this.#flush();
    await this.close();
    if (this.#failure) throw this.#failure;
  }

  /** Closes the file, whatever was written. */
  async close(): Promise<void> {
    await this.#tail;
    const descriptor = await this.#descriptor?.catch(() => undefined);
    this.#descriptor = undefined;
    if (descriptor !== undefined) await closeFile(descriptor);
  }

  #flush(): void {
    const batch = this.#batch;
    this.#batch = undefined;
    if (!batch) return;
    this.#descriptor ??= openFile(this.#path, this.#flags);
    const opened = this.#descriptor;
    this.#tail = this.#tail
      .then(async () => this.#writeAll(await opened, batch))
      .catch((error: unknown) => {
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
        this.#drained?.();
      });
  }

  #writeAll(descriptor: number, { chunks, at }: Batch): Promise<void> {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    return new Promise((resolve, reject) => {
      const step = (rest: Buffer[], position: number): void =>
        writev(descriptor, rest, position, (error, written) => {
          if (error) return reject(error);
          const end = position + written;
          if (end < at + length) return step([Buffer.concat(rest).subarray(written)], end);
          this.#pendingBytes -= length;
          if (this.#pendingBytes < mostBytes / 2) {
            this.#drained?.();
            this.#drained = undefined;
          }
          resolve();
        });
      step(chunks, at);
    });
  }
}
