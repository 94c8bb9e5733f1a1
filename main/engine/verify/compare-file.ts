import { nameProblem } from '../../../shared/box-names.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import { describeProblem } from '../../../shared/describe-problem.ts';
import { problems } from '../../../shared/problem-table.ts';
import { formatBytes } from '../../../shared/units.ts';
import { hashFile } from '../hash/hash-file.ts';
import type { HashPool } from '../hash/hash-pool.ts';
import { factsKey } from '../ledger/facts.ts';
import { joinPath, type FolderPath } from '../ledger/folders.ts';
import type { BoundFile } from '../ledger/pair-queries.ts';
import { placeholderDetail } from '../names/placeholder.ts';
import type { BoxEntry } from '../plan/plan-file.ts';
import type { ScannedEntry } from '../scan/model.ts';

/** A local file and what stands for it on Box. */
export interface FileOnBoth {
  entry: ScannedEntry;
  folder: FolderPath;
  row: BoundFile | null;
  item: BoxEntry | null;
  /** Set where the name on Box is taken by another local name that is the same to Box. */
  twin: BoxEntry | null;
}

export interface ComparedFile {
  what: 'equal' | 'missing' | 'different' | 'unreadable' | 'vanished';
  detail: string;
  isHashed: boolean;
  /** To be noted in the ledger. */
  digest: { sha1: string; facts: string } | null;
}

/** Compares one file with Box's copy. Rejects with the signal's reason alone. */
export async function compareFile(
  { hashPool, full, signal }: { hashPool: HashPool; full: boolean; signal: AbortSignal },
  { entry, folder, row, item, twin }: FileOnBoth,
): Promise<ComparedFile> {
  const plain = (what: ComparedFile['what'], detail: string): ComparedFile => ({
    what,
    detail,
    isHashed: false,
    digest: null,
  });
  const placeholder = placeholderDetail(entry);
  if (placeholder !== null) return plain('unreadable', placeholder);
  if (twin) return plain('missing', `"${twin.name}" is the same name to Box, and stands there for another file`);
  if (item?.type !== 'file') return plain('missing', missingDetail(entry, row, item, 'file'));
  const facts = entry.facts!;
  if (item.sizeBytes !== null && item.sizeBytes !== facts.sizeBytes) {
    return plain('different', `${formatBytes(facts.sizeBytes)} here, ${formatBytes(item.sizeBytes)} on Box`);
  }
  if (item.sha1 === null) return plain('unreadable', 'Box gives no SHA-1 of it');
  const known = row?.sha1Facts === factsKey(facts) ? row.sha1 : null;
  if (known !== null && !full) {
    return known === item.sha1 ? plain('equal', '') : plain('different', differs(known, item.sha1));
  }
  const { display, local } = joinPath(folder, entry.name, entry.rawName);
  try {
    const hashed = await hashFile(hashPool, { path: local, displayPath: display, facts, signal });
    const { sha1 } = hashed;
    const isEqual = sha1 === item.sha1;
    // Content that changed while size and times stood still is no edit: it stays to be told, and is not sent by a digest of ours.
    const isSilent = known !== null && sha1 !== known;
    const digest = isSilent ? null : { sha1, facts: factsKey(hashed.facts) };
    const detail =
      isSilent && !isEqual
        ? 'the content here changed while size and times stayed as they were'
        : differs(sha1, item.sha1);
    return { what: isEqual ? 'equal' : 'different', detail: isEqual ? '' : detail, isHashed: true, digest };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ProblemError)) throw error;
    const { code } = error.problem;
    return code === 'local.missing' ? plain('vanished', '') : plain('unreadable', describeProblem(error.problem));
  }
}

function differs(here: string, onBox: string): string {
  return `other content of the same size: SHA-1 ${here.slice(0, 10)}… here, ${onBox.slice(0, 10)}… on Box`;
}

/** Why something that is here is not on Box, as far as is known. */
export function missingDetail(
  { name }: ScannedEntry,
  row: BoundFile | null,
  standing: BoxEntry | null,
  kind: 'file' | 'folder',
): string {
  if (standing && standing.type !== kind) return `a ${standing.type} "${standing.name}" stands in its place`;
  if (standing) return `"${standing.name}" is the same name to Box, and stands there for another folder`;
  const bad = nameProblem(name);
  if (bad) return problems[bad].title;
  if (row?.outcome === 'kept') return 'it was removed on Box, and the question what becomes of it is open';
  if (row?.box) return 'it was in its folder on Box, and no longer is';
  if (row?.outcome === 'pending') return 'it waits to be sent';
  return row?.outcome === 'failed' ? 'it could not be sent' : 'it is not on Box';
}
