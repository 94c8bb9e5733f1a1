import { matchMoves, type Identity, type Place } from './match-moves.ts';

export type { Identity } from './match-moves.ts';

/** One path of a ledger's file row, of any pair. */
export interface MoveRow {
  id: number;
  /** What it was when Box got it: null when it was never on Box. */
  synced: Identity | null;
  /** What stands at the path now; null: gone. */
  now: Identity | null;
  /** Digest of the synced content. */
  sha1: string | null;
  /** Digest of what stands there now, where known. */
  nowSha1: string | null;
  /**
   * The path's name on Box, as one key of folder and nameKey: rows with equal keys are one name there, as before and
   * after a case-only rename. Left out: the row's name is its own.
   */
  place?: string | undefined;
}

export type MoveStep =
  /** The name of `to` is free by now, or held by `from` itself under another case. */
  | { do: 'move'; from: number; to: number }
  /** To a temporary name first: the cycle that it belongs to has no free name. */
  | { do: 'park'; from: number }
  /** From the temporary name to its own. */
  | { do: 'unpark'; from: number; to: number };

export interface MovePlan {
  /** Row whose file on Box moved, and row where it is now; in the order in which `steps` completes them. */
  moves: { from: number; to: number }[];
  /** The calls. A step may need the ones before it of the same chain or cycle; chains don't need each other. */
  steps: MoveStep[];
  /** Never-synced rows as large as a gone one that found no match: hash these, then plan again. By id. */
  wantDigest: number[];
}

/**
 * Which files on Box were moved, by what their paths showed when Box got them and show now (design.md, "Moves"). The
 * same file: equal device, inode, size and mtime, and birth time and digest where both are known; after that, for rows
 * that are gone and rows that were never on Box, equal size and SHA-1 on whatever device, but for empty files.
 *
 * A path that still exists is the source of a move only where what stands there now came by a move too (swaps,
 * rotations); `a -> a~, new a` is a version of `a`. Nor does a move replace a file on Box, unless that one moves away as
 * well: after `mv a b` over an existing `b`, what is there is a version of `b`, and `a` is gone. A chain that ends over
 * such a `b`, or starts at a path with a new file, is no move in any of its links. Unchanged rows are neither source nor
 * target, so a new hard link is a new file. A place that several rows claim (case twins) takes no part.
 *
 * Each row is used at most once as either; among equal candidates (hard links, copies) a link of a chain comes first, then
 * the lower id. Pure, and the same plan for any order of the rows. Only the two rows of a move are told: whether Box still holds the file as the
 * ledger knows it is for the caller to see.
 */
export function planMoves(rows: readonly MoveRow[]): MovePlan {
  const places = readPlaces(rows);
  matchMoves(places);
  const steps = inOrder(places);
  return {
    moves: steps.filter((step) => step.do !== 'park').map(({ from, to }) => ({ from, to })),
    steps,
    wantDigest: missingDigests(places),
  };
}

/** Names on Box with what they hold and what stands under them, in the order of the lowest id. */
function readPlaces(rows: readonly MoveRow[]): Place[] {
  const places: Place[] = [];
  const sorted = [...rows].sort((a, b) => a.id - b.id);
  for (const group of Map.groupBy(sorted, (row) => row.place ?? row.id).values()) {
    const held = group.filter((row) => row.synced !== null);
    const stands = group.filter((row) => row.now !== null);
    if (held.length > 1 || stands.length > 1) continue;
    const holder = held[0] && { id: held[0].id, identity: held[0].synced!, sha1: held[0].sha1 };
    const stander = stands[0] && { id: stands[0].id, identity: stands[0].now!, sha1: stands[0].nowSha1 };
    places.push({ held: holder ?? null, stands: stander ?? null, to: null, from: null });
  }
  return places;
}

/** Chains from their free end backwards; cycles with their first place's file out of the way. */
function inOrder(places: readonly Place[]): MoveStep[] {
  const steps: MoveStep[] = [];
  const done = new Set<Place>();
  const moveInto = (end: Place, until: Place | null) => {
    let place = end;
    for (; place.from && place.from !== until; place = place.from) {
      steps.push({ do: 'move', from: place.from.held!.id, to: place.stands!.id });
      done.add(place.from);
    }
    return place;
  };
  for (const end of places) if (!end.to) moveInto(end, null);
  for (const first of places) {
    if (!first.to || done.has(first)) continue;
    done.add(first);
    const from = first.held!.id;
    if (first.to === first) {
      steps.push({ do: 'move', from, to: first.stands!.id });
      continue;
    }
    steps.push({ do: 'park', from });
    const last = moveInto(first, first);
    steps.push({ do: 'unpark', from, to: last.stands!.id });
  }
  return steps;
}

function missingDigests(places: readonly Place[]): number[] {
  const wanted = new Set<number>();
  for (const { held, stands, to } of places) {
    if (held && !stands && !to && held.sha1 !== null && held.identity.sizeBytes > 0)
      wanted.add(held.identity.sizeBytes);
  }
  return places
    .filter(({ held, stands, from }) => stands && !held && !from && stands.sha1 === null)
    .filter(({ stands }) => wanted.has(stands!.identity.sizeBytes))
    .map(({ stands }) => stands!.id);
}
