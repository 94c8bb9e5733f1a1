/** A folder as the ledger last saw it, or as a scan found it now. */
export interface FolderIdentity {
  /** The ledger's id of the row: one space for both lists. */
  id: number;
  /** The row of the folder that it is in; null for a root. */
  parentId: number | null;
  name: string;
  dev: string;
  inode: string;
  birthtimeNs: string | null;
  /** Names directly in it, in the ledger or on the disk. Only asked when birth times don't decide. */
  names: () => readonly string[];
}

/** So many names of a folder are compared at most. */
const mostNames = 1000;

/**
 * Which gone folders were renamed or moved to which newly found ones, so that each is one call to Box. The same folder:
 * equal device and inode and, where both birth times are known, these too. Where one is not known, at least half of the
 * gone folder's names (of the first 1,000 by code units) are in the found one, since a freed inode goes to the next
 * mkdir; an empty folder never matches then. What came along inside a renamed folder, under its old name, is not told. A
 * folder that is told comes after the one that it is in now, so each call's target folder stands at its place; a call
 * may still find its target's name taken where names were passed on among siblings. Pure, and the same for any order.
 */
export function matchFolders(
  gone: readonly FolderIdentity[],
  found: readonly FolderIdentity[],
): { from: number; to: number }[] {
  const pairs = pairUp(gone, found);
  const newPlace = new Map(pairs.map(({ from, to }) => [from.id, to.id]));
  const foundById = new Map(found.map((folder) => [folder.id, folder]));
  return pairs
    .filter(({ from, to }) => !cameAlong(from, to, newPlace))
    .map((pair) => ({ ...pair, depth: depthOf(pair.to, foundById) }))
    .sort((a, b) => a.depth - b.depth || a.from.id - b.from.id)
    .map(({ from, to }) => ({ from: from.id, to: to.id }));
}

interface Pair {
  from: FolderIdentity;
  to: FolderIdentity;
}

/** Each folder at most once; the lower id first where several fit (rows of long ago, bind mounts). */
function pairUp(gone: readonly FolderIdentity[], found: readonly FolderIdentity[]): Pair[] {
  const byInode = Map.groupBy([...found].sort(byId), inodeKey);
  const pairs: Pair[] = [];
  for (const from of [...gone].sort(byId)) {
    const candidates = byInode.get(inodeKey(from));
    const index = candidates?.findIndex((to) => isSameFolder(from, to)) ?? -1;
    if (candidates && index >= 0) pairs.push({ from, to: candidates.splice(index, 1)[0]! });
  }
  return pairs;
}

function isSameFolder(gone: FolderIdentity, found: FolderIdentity): boolean {
  if (gone.birthtimeNs !== null && found.birthtimeNs !== null) return gone.birthtimeNs === found.birthtimeNs;
  const names = [...gone.names()].sort().slice(0, mostNames);
  if (names.length === 0) return false;
  const there = new Set(found.names());
  return names.filter((name) => there.has(name)).length * 2 >= names.length;
}

function cameAlong(from: FolderIdentity, to: FolderIdentity, newPlace: ReadonlyMap<number, number>): boolean {
  return from.parentId !== null && newPlace.get(from.parentId) === to.parentId && from.name === to.name;
}

/** How many of the folders above it are newly found as well. */
function depthOf(folder: FolderIdentity, found: ReadonlyMap<number, FolderIdentity>): number {
  let depth = 0;
  for (let at = parentOf(folder, found); at; at = parentOf(at, found)) depth += 1;
  return depth;
}

function parentOf(folder: FolderIdentity, found: ReadonlyMap<number, FolderIdentity>): FolderIdentity | undefined {
  return folder.parentId === null ? undefined : found.get(folder.parentId);
}

function inodeKey(folder: FolderIdentity): string {
  return `${folder.dev}:${folder.inode}`;
}

function byId(a: FolderIdentity, b: FolderIdentity): number {
  return a.id - b.id;
}
