import type { RuleWarning } from '../ignore/model.ts';
import type { ScanBatch, ScannedFolder } from './model.ts';

const batchRows = 2000;
const batchMs = 200;
/** The first batches are smaller, and each is twice the one before: uploads begin while a small tree is still being walked. */
const firstBatchRows = 60;
const firstBatchMs = 10;

/**
 * Packs folders into batches of at most `batchRows` rows (one slice may be as large alone), the first ones and on a slow disk
 * into smaller ones.
 * @param warnings what the walk's rules have warned of; each batch takes what is there
 */
export function* batchesOf(
  folders: Iterable<ScannedFolder>,
  warnings: RuleWarning[] = [],
): Generator<ScanBatch<ScannedFolder>> {
  const totals = { foldersSoFar: 0, filesSoFar: 0, bytesSoFar: 0, ignoredSoFar: 0 };
  let batch: ScannedFolder[] = [];
  let rows = 0;
  let mostRows = firstBatchRows;
  let mostMs = firstBatchMs;
  let startedAt = performance.now();
  for (const folder of folders) {
    const folderRows = 1 + folder.entries.length + folder.ignored.length;
    if (batch.length > 0 && (rows + folderRows > mostRows || performance.now() - startedAt > mostMs)) {
      yield { folders: batch, ...totals, ruleWarnings: warnings.splice(0) };
      batch = [];
      rows = 0;
      mostRows = Math.min(2 * mostRows, batchRows);
      mostMs = Math.min(2 * mostMs, batchMs);
      startedAt = performance.now();
    }
    batch.push(folder);
    rows += folderRows;
    if (folder.parentKey !== null && folder.last) totals.foldersSoFar += 1;
    totals.ignoredSoFar += folder.ignored.length;
    for (const { kind, facts } of folder.entries) {
      if (kind !== 'file') continue;
      totals.filesSoFar += 1;
      totals.bytesSoFar += facts?.sizeBytes ?? 0;
    }
  }
  if (batch.length > 0) yield { folders: batch, ...totals, ruleWarnings: warnings.splice(0) };
}
