import type { LocalFacts } from '../scan/model.ts';
import type { LocalPath } from '../scan/raw-path.ts';

/** One file to be looked at, or read whole when it is no larger than `readUpToBytes`. */
export interface ReadRequest {
  id: number;
  path: LocalPath;
  followLink: boolean;
  /** 0: only looked at. */
  readUpToBytes: number;
}

export type ReadReply = { id: number } & (
  | { facts: LocalFacts; content: { sha1: string; bytes: Uint8Array } | null }
  /** `kind`: no regular file has the name. `changed`: it was written to while it was read. */
  | { failure: { code: string; message: string; kind?: string } }
);
