/** A file that was dropped or picked, with its place below what was dropped: `Photos/2024/a.jpg`. */
export interface DroppedFile {
  file: File;
  path: string;
}

/**
 * What a drop holds. `wholeFolders`: the shell reads folders itself, so their entries are taken as they are; else every file in them
 * is listed. To be called in the drop's own event: afterwards the browser has forgotten it.
 * @throws what the browser says of a folder that it can't read.
 */
export async function readDrop(data: DataTransfer, wholeFolders: boolean): Promise<DroppedFile[]> {
  if (wholeFolders) return [...data.files].map((file) => ({ file, path: file.name }));
  // Both are read before the first wait: the list is emptied after the event.
  const entries = [...data.items].filter(({ kind }) => kind === 'file').map((item) => item.webkitGetAsEntry());
  const plain = [...data.files];
  if (entries.every((entry) => entry === null)) return plain.map((file) => ({ file, path: file.name }));
  const found: DroppedFile[] = [];
  for (const entry of entries) if (entry) await collect(entry, found);
  return found;
}

/** What a file input holds; of a chosen folder each file has its place in it. */
export function readInput(files: FileList): DroppedFile[] {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** The names that stand at the top of what was dropped, each once. */
export function topNames(files: DroppedFile[]): string[] {
  return [...new Set(files.map(({ path }) => path.split('/')[0]!))];
}

async function collect(entry: FileSystemEntry, found: DroppedFile[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ file, path: entry.fullPath.replace(/^\//, '') });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A browser gives at most 100 entries a time and ends with none.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const inner of some) await collect(inner, found);
  }
}
