/** Every drop has an id of this form, so that its folder is known in any path. */
const spoolFolder = /^.*[\\/]spool[\\/](drop-[0-9a-f]{32})[\\/]files[\\/]/s;

/**
 * A path as people know it: of what was dropped in a browser, and lies in the spool of the data folder meanwhile, only that what
 * was dropped; any other path as it is.
 */
export function shownPath(path: string): string {
  return path.replace(spoolFolder, '');
}

/** Whether a path lies in the spool: it is a copy, and goes away once it is on Box. */
export function isSpooled(path: string): boolean {
  return spoolFolder.test(path);
}

/** The drop whose copy a path lies in; null outside the spool. */
export function dropIdOf(path: string): string | null {
  return spoolFolder.exec(path)?.[1] ?? null;
}
