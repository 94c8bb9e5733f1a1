import { join } from 'node:path';
import { readdirSync } from 'node:fs';
import asar from '@electron/asar';

/** A file of an app.asar. */
export interface PackedFile {
  /** With slashes, without a leading one. */
  path: string;
  sizeBytes: number;
  /** It lies beside the archive. */
  unpacked: boolean;
}

/** The files of an archive; folders are left out. */
export function listArchive(archive: string): PackedFile[] {
  return asar.listPackage(archive, { isPack: false }).flatMap((entry) => {
    const path = entry.replaceAll('\\', '/').replace(/^\//, '');
    const stat = asar.statFile(archive, path);
    return 'size' in stat ? [{ path, sizeBytes: stat.size, unpacked: stat.unpacked === true }] : [];
  });
}

/** The text of a file in an archive. */
export function readPacked(archive: string, path: string): string {
  return asar.extractFile(archive, path).toString('utf8');
}

/** Lays the archive out in a folder, for a Node that can't read archives. */
export function extractArchive(archive: string, folder: string): void {
  asar.extractAll(archive, folder);
}

/** What really lies beside the archive. */
export function listUnpacked(archive: string): string[] {
  const folder = `${archive}.unpacked`;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    );
}
