/** More than so many files at once are never trashed unasked. */
const mostFiles = 100;
/** From so many files in the pair on, a share of them counts too: below, deleting one of two would ask each time. */
const shareCountsFrom = 10;
const mostShare = 1 / 4;

/**
 * Whether deletions that a scan found may go to Box's trash, or a person is asked first: more than 100 files do, or
 * more than a quarter of the pair's. The quarter counts in pairs of 10 files or more; a root that lost everything is the
 * root guard's matter, whatever its size.
 * @param files files found deleted at once
 * @param totalFiles files of the pair that the ledger knew on Box before, the deleted ones among them
 */
export function judgeDeletions({ files, totalFiles }: { files: number; totalFiles: number }): 'go' | 'ask' {
  if (files > mostFiles) return 'ask';
  return totalFiles >= shareCountsFrom && files > totalFiles * mostShare ? 'ask' : 'go';
}
