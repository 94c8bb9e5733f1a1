import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { EntryKind, LocalFacts } from './model.ts';

/** The facts of a stat made with `bigint: true`. A birth time of 0 is how Linux says that the file system keeps none. */
export function factsOf(stats: BigIntStats): LocalFacts {
  return {
    dev: stats.dev.toString(),
    inode: stats.ino.toString(),
    sizeBytes: Number(stats.size),
    mtimeNs: stats.mtimeNs.toString(),
    ctimeNs: stats.ctimeNs.toString(),
    birthtimeNs: stats.birthtimeNs > 0n ? stats.birthtimeNs.toString() : null,
  };
}

const typeMask = 0o170000n;
const kinds = new Map<bigint, EntryKind>([
  [0o100000n, 'file'],
  [0o040000n, 'folder'],
  [0o120000n, 'link'],
  [0o140000n, 'socket'],
  [0o010000n, 'fifo'],
  [0o020000n, 'device'],
  [0o060000n, 'device'],
]);

/** What the stat is of; `unknown` for types that Linux, macOS and Windows don't have (Solaris' doors). */
export function kindOf(stats: BigIntStats): EntryKind {
  return kinds.get(stats.mode & typeMask) ?? 'unknown';
}

/**
 * Whether the disk holds nothing of a file that has a size. On macOS and Windows that is how a file looks that another cloud
 * client (iCloud, OneDrive, Dropbox) shows without having it; reading would download it. Only a hint: Node tells neither
 * SF_DATALESS nor Windows' attributes, and sparse or compressed files look alike. Below 4 KiB it says nothing (NTFS keeps such
 * files in its table), nor on Linux, where file systems keep small files in the inode and placeholders have a size of their own.
 */
export function isHollow(stats: BigIntStats, platform: NodeJS.Platform = process.platform): boolean {
  return (
    (platform === 'darwin' || platform === 'win32') && stats.blocks === 0n && stats.size >= 4096n && stats.isFile()
  );
}

/** The facts of what the path shows, links followed as `open` does. Rejects with the system's error (ENOENT, EACCES, ELOOP). */
export async function statFacts(path: string | Buffer): Promise<LocalFacts> {
  return factsOf(await stat(path, { bigint: true }));
}

/** `statFacts` for code in a thread of its own. */
export function statFactsSync(path: string | Buffer): LocalFacts {
  return factsOf(statSync(path, { bigint: true }));
}
