// Parts as bytes: what a batch says of them, and what can be asked of all of them. No drawing here.
import { partCodes, type PartCode, type PartMap } from '../../shared/list-model.ts';

/** Every code of a part, the worst first: in a cell that several parts share, the worst is shown. */
export const worstFirst: readonly PartCode[] = [
  partCodes.waiting,
  partCodes.unsure,
  partCodes.sending,
  partCodes.hashing,
  partCodes.pending,
  partCodes['done-sent'],
  partCodes['done-resumed'],
  partCodes['done-on-box'],
];

const rankOf = new Map(worstFirst.map((code, rank) => [code as string, rank]));
/** Everything above it is on Box. */
export const pendingRank = worstFirst.indexOf(partCodes.pending);

/** A byte a part: its place in {@link worstFirst}. */
export type Ranks = Uint8Array;

/**
 * The parts after a batch. All codes replace what was known; changes are laid over it, and what they say of parts that aren't
 * known is left out (a batch of an older session). A code of a newer engine counts as pending.
 */
export function applyMap(before: Ranks, map: PartMap): Ranks {
  if ('codes' in map) return Uint8Array.from(map.codes, (code) => rankOf.get(code) ?? pendingRank);
  const after = before.slice();
  for (const { from, codes } of map.changes) {
    for (let at = 0; at < codes.length; at += 1) {
      const index = from + at;
      if (index >= 0 && index < after.length) after[index] = rankOf.get(codes[at]!) ?? pendingRank;
    }
  }
  return after;
}

/** How many parts there are of each code. */
export function countCodes(ranks: Ranks): Record<PartCode, number> {
  const counts = Object.fromEntries(worstFirst.map((code) => [code, 0])) as Record<PartCode, number>;
  for (const rank of ranks) counts[worstFirst[rank]!] += 1;
  return counts;
}

/** The next part with a code after a place, around the end; null where there is none. */
export function nextPart(ranks: Ranks, code: PartCode, after: number): number | null {
  const wanted = worstFirst.indexOf(code);
  const found = ranks.indexOf(wanted, after + 1);
  const any = found === -1 ? ranks.indexOf(wanted) : found;
  return any === -1 ? null : any;
}

/** The worst part of a range, the first of its like; `to` is not included. */
export function worstPart(ranks: Ranks, { from, to }: { from: number; to: number }): number {
  let worst = from;
  for (let part = from; part < to; part += 1) if (ranks[part]! < ranks[worst]!) worst = part;
  return worst;
}

/** The parts with a code in a range, all of them by default. */
export function partsWith(ranks: Ranks, code: PartCode, { from, to } = { from: 0, to: ranks.length }): number[] {
  const wanted = worstFirst.indexOf(code);
  const found: number[] = [];
  for (let part = from; part < to; part += 1) if (ranks[part] === wanted) found.push(part);
  return found;
}
