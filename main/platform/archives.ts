/**
 * Electron's Node takes a file called *.asar for a folder of what is packed in it, with a size, times and an inode of its own making.
 * From here on this process or thread takes it for the file that it is. Called once all code is loaded: the packed app is itself such a
 * file. Plain Node knows nothing of it. https://www.electronjs.org/docs/latest/api/process#processnoasar
 */
export function takeArchivesForFiles(): void {
  Object.assign(process, { noAsar: true });
}

/**
 * The same for one call to the file system, in a process that reads more of its own code later. How a path is taken is decided when
 * the call begins, not when it ends.
 */
export function archivesAsFiles<Result>(call: () => Result): Result {
  const flags = process as { noAsar?: boolean };
  const before = flags.noAsar ?? false;
  flags.noAsar = true;
  try {
    return call();
  } finally {
    flags.noAsar = before;
  }
}
