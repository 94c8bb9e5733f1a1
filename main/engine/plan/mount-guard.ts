/**
 * Whether a folder that lies on another device than before is still the one that the ledger knows. Device numbers change with a
 * restart or another port, so the device alone says nothing; and where a disk is not mounted its mount point shows, which need not
 * be empty (a marker of the administrator's, what some program has put there meanwhile). It is the same where at least half of the
 * known names are there. A slice of a large folder cannot have all of them: half of its own names have to be known then. Pure.
 * @param known names that were in it and not gone
 * @param found names of files and folders in it now
 */
export function isSameAfterMount(known: readonly string[], found: ReadonlySet<string>, isWhole: boolean): boolean {
  const matching = known.filter((name) => found.has(name)).length;
  const expected = isWhole ? known.length : Math.min(known.length, found.size);
  return matching * 2 >= expected;
}
