import { open } from 'node:fs/promises';
import { ProblemError } from '../../../shared/problem-error.ts';
import { fileProblem } from '../../platform/file-problem.ts';
import { factsOf, kindOf } from '../scan/facts.ts';
import type { LocalFacts } from '../scan/model.ts';
import type { LocalPath } from '../scan/raw-path.ts';
import { readingFlags } from './open-flags.ts';
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
  const changed = (detail: string) =>
    new ProblemError({ code: 'local.changed', operation: 'hash', detail, item: displayPath, at: Date.now() });
  try {
    await using handle = await open(path, readingFlags);
    const stats = await handle.stat({ bigint: true });
    const kind = kindOf(stats);
    if (kind !== 'file') {
      const problem = {
        code: 'local.not-regular',
        operation: 'open',
        detail: `It is a ${kind}`,
        item: displayPath,
      } as const;
      throw new ProblemError({ ...problem, at: Date.now() });
    }
    const facts = factsOf(stats);
    if (expected && !isSameContent(facts, expected)) throw changed('Size or time differ from what was planned');
    const pass = pool.startPass({ fd: handle.fd, displayPath, sizeBytes: facts.sizeBytes });
    const onAbort = () => void pass.cancel();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      pass.allow(Infinity);
      const sha1 = await pass.whole;
      const after = factsOf(await handle.stat({ bigint: true }));
      if (!isSameContent(after, facts)) throw changed('It was written to while it was read');
      return { sha1, facts: after };
    } finally {
      signal?.removeEventListener('abort', onAbort);
      await pass.cancel();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ProblemError) throw error;
    throw new ProblemError(fileProblem(error, 'open', displayPath), { cause: error });
  }
}

/** Size and mtime are equal: the same content, as far as a stat can tell. */
export function isSameContent(a: LocalFacts, b: LocalFacts): boolean {
  return a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs;
}
