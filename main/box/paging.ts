import { ProblemError } from '../../shared/problem-error.ts';

/** Follows markers to the end. A marker seen before is an error: the pages would go round for ever. */
export async function* markerPages<T>(
  page: (marker: string | undefined) => Promise<{ items: readonly T[]; nextMarker: string | undefined }>,
): AsyncGenerator<T> {
  const seen = new Set<string>();
  let marker: string | undefined;
  do {
    const { items, nextMarker } = await page(marker);
    yield* items;
    marker = nextMarker;
    if (marker !== undefined && seen.has(marker)) throw goesRound('list folder', marker);
    if (marker !== undefined) seen.add(marker);
  } while (marker !== undefined);
}

function goesRound(operation: string, marker: string): ProblemError {
  const detail = `the listing gave the marker ${marker.slice(0, 40)} twice`;
  return new ProblemError({ code: 'box.unexpected', operation, detail, at: Date.now() });
}

/** The highest offset that Box takes (Box, "Offset-based pagination"). What lies beyond it can't be listed. */
export const lastOffset = 10_000;

/** One page by offset. `limit` is what the server says it kept to, which may be less than it was asked for. */
export interface OffsetPage<T> {
  entries: readonly T[];
  totalCount: number | undefined;
  limit: number | undefined;
}

/**
 * Follows offsets. The offset grows by the limit that the server kept to and not by the entries of a page (Box,
 * "Offset-based pagination": entries may be left out); offsets above 10,000 are refused, so the end is `truncated` when
 * entries lie beyond.
 */
export async function* offsetPages<T>(
  limit: number,
  page: (offset: number) => Promise<OffsetPage<T>>,
): AsyncGenerator<T, { truncated: boolean }> {
  for (let offset = 0; ;) {
    const { entries, totalCount, limit: kept } = await page(offset);
    yield* entries;
    const next = offset + stepOf(limit, kept);
    // A total may be wrong in either direction: a full page is never taken for the end, an empty one always.
    const end = entries.length < next - offset && next >= (totalCount ?? 0);
    if (end || entries.length === 0) return { truncated: false };
    if (next > lastOffset) return { truncated: true };
    offset = next;
  }
}

/** A limit below one can't be what the server kept to, and would go on for ever. */
function stepOf(asked: number, kept: number | undefined): number {
  return kept === undefined || kept < 1 ? asked : Math.min(asked, Math.floor(kept));
}
