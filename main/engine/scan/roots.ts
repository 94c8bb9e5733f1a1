import { basename, dirname, resolve } from 'node:path';
import type { LocalName, ScanRoot } from './model.ts';
import { nameOf, type LocalPath } from './raw-path.ts';

/** The roots that stand in one folder, which becomes their container. */
export interface RootGroup {
  container: LocalName;
  path: LocalPath;
  /** In the order of their bytes. */
  roots: (LocalName & { path: LocalPath })[];
}

/**
 * Groups roots by the folder they stand in, in the order of their first mention. A root named twice counts once; a root
 * inside another is kept, and its files then come twice. The root of a file system (`/`, `D:\`, `\\nas\share\`) stands in itself
 * under its path.
 */
export function groupRoots(roots: readonly ScanRoot[]): RootGroup[] {
  const groups = new Map<string, RootGroup>();
  const seen = new Set<string>();
  for (const root of roots) {
    const { parent, entry, path } = root.rawPath ? splitRaw(Buffer.from(root.rawPath)) : split(root.path);
    const id = identityOf(path);
    if (seen.has(id)) continue;
    seen.add(id);
    const container = nameOf(Buffer.from(parent));
    const group = groups.get(identityOf(parent)) ?? { container, path: parent, roots: [] };
    group.roots.push({ ...entry, path });
    groups.set(identityOf(parent), group);
  }
  for (const group of groups.values()) group.roots.sort((a, b) => Buffer.compare(bytesOf(a), bytesOf(b)));
  return [...groups.values()];
}

function split(given: string): { parent: LocalPath; entry: LocalName; path: LocalPath } {
  const path = resolve(given);
  const parent = dirname(path);
  // Of a share Windows gives a name, `share`, that no folder has.
  const name = parent === path ? path : basename(path);
  return { parent, entry: { name, rawName: null }, path };
}

/** As `split` for bytes; `.` and `..` are taken as they stand, since names can't be told apart without decoding. */
function splitRaw(given: Buffer): { parent: LocalPath; entry: LocalName; path: LocalPath } {
  let end = given.length;
  while (end > 1 && given[end - 1] === slash) end -= 1;
  const path = given.subarray(0, end);
  const cut = path.lastIndexOf(slash);
  const parent = path.subarray(0, Math.max(cut, 1));
  const text = nameOf(parent);
  return { parent: text.rawName ? Buffer.from(parent) : text.name, entry: nameOf(path.subarray(cut + 1)), path };
}

const slash = 0x2f;

function identityOf(path: LocalPath): string {
  return Buffer.from(path as string).toString('latin1');
}

function bytesOf({ name, rawName }: LocalName): Uint8Array {
  return rawName ?? Buffer.from(name);
}
