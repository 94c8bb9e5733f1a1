import type { LocalFacts } from '../scan/model.ts';
import type { LocalPath } from '../scan/raw-path.ts';
import type { HashPool } from './hash-pool.ts';

/**
 * SHA-1 in hex of a whole file, and the facts it had before and after; when these differ, or differ from `facts` where
 * given (size and mtime count), it rejects with `local.changed`. Rejects with `local.missing`, `local.unreadable`, … too.
 */
export declare function hashFile(
  pool: HashPool,
  options: {
    path: LocalPath;
    displayPath: string;
    facts?: LocalFacts | undefined;
    signal?: AbortSignal | undefined;
  },
): Promise<{ sha1: string; facts: LocalFacts }>;
