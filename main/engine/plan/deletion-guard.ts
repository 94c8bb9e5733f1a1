/** More than so many files at once are never trashed unasked. */
const mostFiles = 100;
/** From so many deleted files on, their share of the pair counts too: else deleting one of two would ask each time. */
const shareCountsFrom = 3;
const mostShare = 1 / 4;

/**
 * Whether deletions that a scan found may go to Box's trash, or a person is asked first: more than 100 files do, or
 * more than a quarter of the pair's, from three files on. A root that lost everything is the root guard's matter.
 * @param files files found deleted at once
 * @param totalFiles files of the pair that the ledger knew on Box before, the deleted ones among them
 */
export function judgeDeletions({ files, totalFiles }: { files: number; totalFiles: number }): 'go' | 'ask' {
  if (files > mostFiles) return 'ask';
  return files >= shareCountsFrom && files > totalFiles * mostShare ? 'ask' : 'go';
}
