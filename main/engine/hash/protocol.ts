/** One slice of one stream of bytes, to be read and hashed by the thread that has the stream's digests so far. */
export interface HashSlice {
  stream: number;
  fd: number;
  offset: number;
  sizeBytes: number;
  /** Whether the bytes count for the digest of a part, of the whole, or both; `end` gives the digest out. */
  part: 'none' | 'more' | 'end';
  whole: 'none' | 'more' | 'end';
}

/** `drop`: the stream was cancelled, its digests can go. */
export type HashRequest = { slice: HashSlice } | { drop: number };

export interface HashReply {
  stream: number;
  part?: string;
  whole?: string;
  /** `short`: the file ended before the slice did. A stream that failed gives no digests any more. */
  failure?: { code: 'short'; endedAt: number } | { code: string; message: string };
}
