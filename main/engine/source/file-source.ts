import type { Clock } from '../../platform/clock.ts';
import type { PartSource } from '../../box/upload-session/part-source.ts';
import type { HashPool } from '../hash/hash-pool.ts';
import type { LocalFacts } from '../scan/model.ts';
import type { LocalPath } from '../scan/raw-path.ts';

export interface FileSourceOptions {
  path: LocalPath;
  displayPath: string;
  /** Of the plan: size and mtime must still be these. */
  facts: LocalFacts;
  hashPool: HashPool;
  clock: Clock;
  /** How many parts (and at most 256 MiB) the ordered pass runs ahead of the highest part asked for; default 8. */
  readAheadParts?: number | undefined;
  /** Default 1 MiB. */
  sliceBytes?: number | undefined;
  /** So many bytes from the start are read and hashed: "checking what is already there". */
  onPrefix?: ((checkedBytes: number) => void) | undefined;
  /** False: the file is open only while it is read, as on Windows, where an open file can't be replaced. */
  holdOpen?: boolean | undefined;
}

/** One revision of a local file. */
export interface FileSource extends PartSource {
  /** The path is gone but the file is the same: it was moved while it went up. */
  readonly movedAway: boolean;
  /** What the transfer goes by: size and mtime of the plan, the rest as last confirmed. */
  readonly facts: LocalFacts;
  /** The whole content in slices, for a direct upload; call `wholeDigest` before. A slice is valid until the next is asked for. */
  readAll(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Stops all work and closes the file; may be called twice. */
  close(): Promise<void>;
}

/** Opens a file as a source of parts. Rejects with `local.missing`, `local.unreadable`, `local.not-regular`, `local.changed`. */
export declare function openFileSource(options: FileSourceOptions): Promise<FileSource>;
