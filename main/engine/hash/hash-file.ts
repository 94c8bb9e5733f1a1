import { factsOf } from '../scan/facts.ts';
import type { LocalFacts } from '../scan/model.ts';
import type { LocalPath } from '../scan/raw-path.ts';
import { localProblem, openLocalFile, toProblemError } from '../source/open-local-file.ts';
import { isSameContent } from '../source/revision.ts';
import type { HashPool } from './hash-pool.ts';

export interface HashFileOptions {
  path: LocalPath;
  displayPath: string;
  /** What the file must still be; size and mtime count. */
  facts?: LocalFacts | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * SHA-1 in hex of a whole file, and the facts it had before and after; when these differ, or differ from `facts` where
 * given, it rejects with `local.changed`. Rejects with `local.missing`, `local.unreadable`, `local.not-regular`, … too.
 */
export async function hashFile(
  pool: HashPool,
  { path, displayPath, facts: expected, signal }: HashFileOptions,
): Promise<{ sha1: string; facts: LocalFacts }> {
  signal?.throwIfAborted();
  const { handle, facts } = await openLocalFile(path, displayPath);
  const pass = pool.startPass({ fd: handle.fd, displayPath, sizeBytes: facts.sizeBytes });
  const onAbort = () => void pass.cancel();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal?.aborted) onAbort();
    if (expected && !isSameContent(facts, expected)) {
      throw localProblem('local.changed', 'hash', 'Size or time differ from what was planned', displayPath);
    }
    pass.allow(Infinity);
    const sha1 = await pass.whole;
    const after = factsOf(await handle.stat({ bigint: true }));
    if (!isSameContent(after, facts)) {
      throw localProblem('local.changed', 'hash', 'It was written to while it was read', displayPath);
    }
    return { sha1, facts: after };
  } catch (error) {
    signal?.throwIfAborted();
    throw toProblemError(error, 'hash', displayPath);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await pass.cancel();
    await handle.close();
  }
}
