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

export declare function createHashPool(options?: HashPoolOptions): HashPool;
