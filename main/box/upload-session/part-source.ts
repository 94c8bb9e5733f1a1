/** One part of the grid that Box laid over the file: every part is exactly part_size bytes, but for the last. */
export interface PartRange {
  /** From 0. */
  index: number;
  offset: number;
  sizeBytes: number;
}

/**
 * Where the bytes and digests of one revision of a file come from. A digest must precede its part's body on the wire
 * (Box wants it in a header), so a source reads a range twice (a file) or keeps its bytes until it is released (a stream).
 * Every method rejects with a ProblemError `local.*` when the content can't be read or is no longer the same.
 */
export interface PartSource {
  readonly sizeBytes: number;
  /** SHA-1 of the range in hex. Ranges may be asked for in any order and more than once; in offset order it costs least. */
  digestOf(range: PartRange, signal: AbortSignal): Promise<string>;
  /** The bytes of the range, in slices. A slice is only valid until the next one is asked for. */
  read(range: PartRange, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** The range is on Box: a source that keeps bytes lets go of them. */
  release(range: PartRange): void;
  /** SHA-1 of the whole content in hex, once the ordered pass has reached its end; asked for, the pass goes there by itself. */
  wholeDigest(signal: AbortSignal): Promise<string>;
  /** Rejects with `local.changed`, `local.missing`, … unless the content is the one the transfer began with. */
  assertUnchanged(): Promise<void>;
}
