import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { ProblemCode } from '../../../shared/problem-table.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import { fileProblem } from '../../platform/file-problem.ts';
import { factsOf, kindOf } from '../scan/facts.ts';
import type { LocalFacts } from '../scan/model.ts';
import type { LocalPath } from '../scan/raw-path.ts';

/** A FIFO must not block the thread that opens it (Windows has neither the flag nor the trouble). */
const readingFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a regular file for reading; links are followed. Rejects with a ProblemError: `local.missing`, `local.unreadable`,
 * `local.not-regular` for anything else that has the name, `local.locked` where another program forbids it.
 */
export async function openLocalFile(
  path: LocalPath,
  displayPath: string,
): Promise<{ handle: FileHandle; facts: LocalFacts }> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, readingFlags);
    const stats = await handle.stat({ bigint: true });
    const kind = kindOf(stats);
    if (kind !== 'file') throw localProblem('local.not-regular', 'open', `It is a ${kind}`, displayPath);
    return { handle, facts: factsOf(stats) };
  } catch (error) {
    await handle?.close();
    throw toProblemError(error, 'open', displayPath);
  }
}

/** A ProblemError about a local file. */
export function localProblem(code: ProblemCode, operation: string, detail: string, item: string): ProblemError {
  return new ProblemError({ code, operation, detail, item, at: Date.now() });
}

/** What was caught as a ProblemError: one of ours as it is, an error of the file system classified. */
export function toProblemError(error: unknown, operation: string, item: string): ProblemError {
  if (error instanceof ProblemError) return error;
  return new ProblemError(fileProblem(error, operation, item), { cause: error });
}
