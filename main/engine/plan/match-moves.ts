/** What tells one file from another on its file system. Decimal text where numbers pass 2^53. */
export interface Identity {
  dev: string;
  inode: string;
  sizeBytes: number;
  mtimeNs: string;
  birthtimeNs: string | null;
}

/** A file with the row that knows it. */
interface PlacedFile {
  id: number;
  identity: Identity;
  sha1: string | null;
}

/** A name on Box: the file that Box holds under it, and the one that stands at its path now. */
export interface Place {
  held: PlacedFile | null;
  stands: PlacedFile | null;
  /** Where the file that Box holds stands now. */
  to: Place | null;
  /** Whence the file that stands there came. */
  from: Place | null;
}

/** Sets `to` and `from` of all places by the rule of `planMoves`. The places come in a fixed order, which decides among equals. */
export function matchMoves(places: readonly Place[]): void {
  const open = places.filter((place) => !isUnchanged(place));
  const inChains = findChains(open);
  // Those that can only move as a link of a chain first: the others do as well with what is left.
  const links = inChains.filter((place) => place.held && place.stands);
  const ends = inChains.filter((place) => !place.held || !place.stands);
  pairUp([...links, ...ends], identityKey, isSameFile);
  dropBrokenChains(inChains);
  // Where several fit, a broken chain may have taken what a plain move can use.
  const plain = () => open.filter((place) => !place.to && !place.from && !(place.held && place.stands));
  pairUp(plain(), identityKey, isSameFile);
  pairUp(plain(), digestKey, () => true);
}

function isUnchanged({ held, stands }: Place): boolean {
  return held !== null && stands !== null && held.id === stands.id && isSameFile(held, stands);
}

function isSameFile(a: PlacedFile, b: PlacedFile): boolean {
  return (
    identityKey(a) === identityKey(b) &&
    sameWhereKnown(a.identity.birthtimeNs, b.identity.birthtimeNs) &&
    sameWhereKnown(a.sha1, b.sha1)
  );
}

function sameWhereKnown(a: string | null, b: string | null): boolean {
  return a === null || b === null || a === b;
}

function identityKey({ identity }: PlacedFile): string {
  return `${identity.dev}:${identity.inode}:${identity.sizeBytes}:${identity.mtimeNs}`;
}

/** Null where a digest says nothing: empty files are all alike. */
function digestKey({ identity, sha1 }: PlacedFile): string | null {
  return sha1 === null || identity.sizeBytes === 0 ? null : `${identity.sizeBytes}:${sha1}`;
}

/**
 * The places that may take part in a move: the greatest set in which each file that Box holds stands somewhere in the set, and each
 * that stands somewhere is held somewhere in it. A place that both holds a file and shows another needs both; so a loss on one
 * side is passed on to the other.
 */
function findChains(places: readonly Place[]): Place[] {
  const holders = groupBy(places, ({ held }) => held && identityKey(held));
  const standers = groupBy(places, ({ stands }) => stands && identityKey(stands));
  const left = new Set(places);
  const counts = (groups: Map<string, Place[]>) => new Map([...groups].map(([key, group]) => [key, group.length]));
  const holderCount = counts(holders);
  const standerCount = counts(standers);
  const dropped: Place[] = [];
  const drop = (place: Place) => {
    if (left.delete(place)) dropped.push(place);
  };
  for (const [key, group] of holders) if (!standers.has(key)) group.forEach(drop);
  for (const [key, group] of standers) if (!holders.has(key)) group.forEach(drop);
  for (let place = dropped.pop(); place; place = dropped.pop()) {
    if (place.held) {
      const key = identityKey(place.held);
      holderCount.set(key, holderCount.get(key)! - 1);
      if (holderCount.get(key) === 0) standers.get(key)?.forEach(drop);
    }
    if (place.stands) {
      const key = identityKey(place.stands);
      standerCount.set(key, standerCount.get(key)! - 1);
      if (standerCount.get(key) === 0) holders.get(key)?.forEach(drop);
    }
  }
  return [...left];
}

/** Links each file held to the first free place where it stands. */
function pairUp(
  places: readonly Place[],
  keyOf: (file: PlacedFile) => string | null,
  isSame: (held: PlacedFile, stands: PlacedFile) => boolean,
): void {
  // Backwards, so that the first is taken from the end: thousands may share a key.
  const free = groupBy(places.toReversed(), ({ stands }) => stands && keyOf(stands));
  for (const place of places) {
    const { held } = place;
    const candidates = free.get((held && keyOf(held)) ?? '');
    if (!held || !candidates) continue;
    const index = candidates.findLastIndex(({ stands }) => isSame(held, stands!));
    if (index >= 0) link(place, candidates.splice(index, 1)[0]!);
  }
}

function link(place: Place, to: Place): void {
  place.to = to;
  to.from = place;
}

/** Equal candidates may have left a link of a chain without a partner: the rest of its chain goes with it. */
function dropBrokenChains(places: readonly Place[]): void {
  const suspects = [...places];
  for (let place = suspects.pop(); place; place = suspects.pop()) {
    const { held, stands, to, from } = place;
    if (!held || !stands || (to && from)) continue;
    place.to = null;
    place.from = null;
    if (to) {
      to.from = null;
      suspects.push(to);
    }
    if (from) {
      from.to = null;
      suspects.push(from);
    }
  }
}

function groupBy(places: readonly Place[], keyOf: (place: Place) => string | null): Map<string, Place[]> {
  const groups = new Map<string, Place[]>();
  for (const place of places) {
    const key = keyOf(place);
    if (key === null) continue;
    const group = groups.get(key);
    if (group) group.push(place);
    else groups.set(key, [place]);
  }
  return groups;
}
