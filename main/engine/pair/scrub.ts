import { ProblemError } from '../../../shared/problem-error.ts';
import { hashFile } from '../hash/hash-file.ts';
import { factsKey } from '../ledger/facts.ts';
import { joinPath } from '../ledger/folders.ts';
import type { PairFile } from '../ledger/pair-files.ts';
import type { PairServices } from './services.ts';

/** How many files of a pair are read again within one hour, so that all of them had their turn after so many days. 0 days: none. */
export function hourlyShare(files: number, days: number): number {
  return days === 0 ? 0 : Math.ceil(files / (days * 24));
}

/**
 * Reads the next share of quiet files again and compares their digests: content that changed without its size or times (a
 * failing disk, a program that sets them back) goes up as a new version. Where it ends it begins anew. Returns the folders in which
 * something has to be planned.
 */
export async function scrubSome(
  services: PairServices,
  pairId: number,
  mostFiles: number,
  signal: AbortSignal,
): Promise<Set<number>> {
  const { ledger } = services;
  const after = ledger.pairs.get(pairId)?.scrubbedTo ?? 0;
  const files = ledger.pairFiles.syncedFiles(pairId, after, mostFiles);
  const dirty = new Set<number>();
  for (const file of files) {
    signal.throwIfAborted();
    if (await hasChanged(services, file, signal)) dirty.add(file.folderId);
    await ledger.note(() => ledger.pairs.setScrubbed(pairId, file.id));
  }
  if (files.length < mostFiles) await ledger.note(() => ledger.pairs.setScrubbed(pairId, 0));
  return dirty;
}

async function hasChanged(services: PairServices, file: PairFile, signal: AbortSignal): Promise<boolean> {
  const { ledger, hashPool, log } = services;
  const path = joinPath(ledger.folders.path(file.folderId), file.name, file.nameRaw);
  try {
    const { sha1, facts } = await hashFile(hashPool, {
      path: path.local,
      displayPath: path.display,
      facts: file.facts!,
      signal,
    });
    if (sha1 === file.syncedSha1) return false;
    log.warn({ file: file.id }, 'the content of a file changed without its size or time');
    await ledger.write(() => {
      ledger.files.setDigest(file.id, sha1, factsKey(facts));
      ledger.pairFiles.reopen(file.id);
    });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    // Gone, changed or not to be read: the walks see to that.
    if (error instanceof ProblemError) return false;
    throw error;
  }
}
