import type { BoxPart } from '../schema/sessions.ts';
import { indexOf, rangeAt, type Grid } from './grid.ts';
import type { SentPart } from './journal.ts';

/** What Box says it holds of a session, laid over the grid. */
export interface Listing {
  byIndex: ReadonlyMap<number, BoxPart>;
  /** A part that fits no place of the grid, or two in one place: with these the session can't be committed. */
  offGrid: BoxPart | undefined;
  /** Paging ended before the list did. */
  truncated: boolean;
}

export function layListing(grid: Grid, parts: readonly BoxPart[], truncated: boolean): Listing {
  const byIndex = new Map<number, BoxPart>();
  let offGrid: BoxPart | undefined;
  for (const part of parts) {
    const index = indexOf(grid, part);
    const there = index === undefined ? undefined : byIndex.get(index);
    // A page that moved while it was read may repeat an entry; only another part in the same place is an oddity.
    if (index === undefined || (there && there.partId !== part.partId)) offGrid ??= part;
    else byIndex.set(index, part);
  }
  return { byIndex, offGrid, truncated };
}

/** What a listing says of one part whose digest is known. A part that Box lists without digest is never trusted. */
export type PartFinding = { found: BoxPart } | 'absent' | 'differs';

/** Pure: a part is ours only where offset, size and SHA-1 are the same. */
export function findPart(listing: Listing, index: number, sha1: string): PartFinding {
  if (listing.offGrid) return 'differs';
  const part = listing.byIndex.get(index);
  if (part === undefined) return 'absent';
  return part.sha1 === sha1 ? { found: part } : 'differs';
}

/** What is to do when a session goes on. */
export interface ResumePlan {
  /** On Box; to be compared with the local bytes before they count. */
  compare: SentPart[];
  /** To be sent at once, by index. */
  missing: number[];
  /** Why the session can't be used at all. */
  unusable: string | undefined;
}

/**
 * Pure: what Box lists is compared, the rest is sent. What only the memory knows counts as long as the listing ended
 * before the list (offsets above 10,000 are refused); a remembered part that Box should list and doesn't is sent again.
 */
export function planResume(grid: Grid, listing: Listing, remembered: readonly SentPart[]): ResumePlan {
  const known = new Map(remembered.map((part) => [part.index, part]));
  const plan: ResumePlan = { compare: [], missing: [], unusable: undefined };
  const odd = listing.offGrid;
  if (odd) plan.unusable = `Box holds a part at ${odd.offset} of ${odd.sizeBytes} bytes, which is none of this file`;
  for (let index = 0; index < grid.count; index += 1) {
    const range = rangeAt(grid, index);
    const onBox = listing.byIndex.get(index);
    const mine = known.get(index);
    if (onBox) {
      if (onBox.sha1 === undefined) plan.unusable ??= `Box lists part ${index} without its digest`;
      plan.compare.push({ ...range, partId: onBox.partId, sha1: onBox.sha1 ?? '', origin: 'resumed' });
    } else if (listing.truncated && mine && indexOf(grid, mine) === index) {
      plan.compare.push({ ...mine, ...range, origin: 'resumed' });
    } else {
      plan.missing.push(index);
    }
  }
  return plan;
}
