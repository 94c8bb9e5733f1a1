import { createHash } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import type { HashPool } from '../hash/hash-pool.ts';
import type { Lease } from './held-file.ts';
import { localProblem } from './open-local-file.ts';
import { isRacy } from './revision.ts';
import { SliceReader } from './slice-reader.ts';

/** Up to here a file is read once and hashed where it lies: a thread would cost more than the 0.15 ms of hashing. */
const inlineBytes = 256 * 2 ** 10;

export interface WholeContentOptions {
  displayPath: string;
  sizeBytes: number;
  mtimeNs: string;
  hashPool: HashPool;
  clock: Clock;
  lease: () => Promise<Lease>;
}

/** The digest of a whole file that has no parts, and of a small one the bytes too, so that it is read once. */
export class WholeContent {
  readonly #options: WholeContentOptions;
  #sha1: string | null = null;
  #isRacy = false;
  /** The very bytes that the digest is of. */
  bytes: Buffer | null = null;

  constructor(options: WholeContentOptions) {
    this.#options = options;
  }

  /** Read so soon after the file was written that another write might not show. */
  get isRacy(): boolean {
    return this.#isRacy;
  }

  get isEmpty(): boolean {
    return this.#sha1 === null;
  }

  async digest(signal: AbortSignal): Promise<string> {
    return this.#sha1 ?? (await this.#compute(signal));
  }

  /** Reads all again; rejects with `local.changed` when the digest is another one. */
  async recheck(signal: AbortSignal): Promise<void> {
    const before = this.#sha1;
    const now = await this.#compute(signal);
    if (before !== null && before !== now) {
      throw localProblem('local.changed', 'hash', 'The file has other bytes now', this.#options.displayPath);
    }
  }

  async #compute(signal: AbortSignal): Promise<string> {
    const { sizeBytes, mtimeNs, clock, lease } = this.#options;
    const { handle, release } = await lease();
    const readFromMs = clock.now();
    try {
      const isSmall = sizeBytes <= inlineBytes;
      this.#sha1 = isSmall ? await this.#hashInline(handle, signal) : await this.#hashInThread(handle.fd, signal);
    } finally {
      release();
    }
    this.#isRacy = isRacy(mtimeNs, readFromMs, clock.now());
    return this.#sha1;
  }

  async #hashInline(handle: Lease['handle'], signal: AbortSignal): Promise<string> {
    const { displayPath, sizeBytes } = this.#options;
    const reader = new SliceReader(displayPath, inlineBytes);
    const hash = createHash('sha1');
    this.bytes = Buffer.alloc(0);
    for await (const slice of reader.read(handle, 0, sizeBytes, () => signal.throwIfAborted())) {
      hash.update(slice);
      this.bytes = slice as Buffer;
    }
    return hash.digest('hex');
  }

  async #hashInThread(fd: number, signal: AbortSignal): Promise<string> {
    const { hashPool, displayPath, sizeBytes } = this.#options;
    const pass = hashPool.startPass({ fd, displayPath, sizeBytes });
    const onAbort = () => void pass.cancel();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      pass.allow(Infinity);
      return await pass.whole;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      await pass.cancel();
    }
  }
}
