import type { PairSummary } from '../../shared/pair-model.ts';

export interface Overlap {
  how: 'equal' | 'inside' | 'around';
  pair: PairSummary;
}

/**
 * How a local folder lies to those of the pairs; null where it touches none. By its words alone: where a link leads is the engine's
 * to find out, which looks again when the pair is added.
 */
export function localOverlap(path: string, pairs: readonly PairSummary[]): Overlap | null {
  for (const pair of pairs) {
    if (path === pair.path) return { how: 'equal', pair };
    if (isBelow(path, pair.path)) return { how: 'inside', pair };
    if (isBelow(pair.path, path)) return { how: 'around', pair };
  }
  return null;
}

/** How a Box folder, with the ids of those above it, lies to the targets; one around a target is the engine's to find out. */
export function boxOverlap(
  folderId: string,
  ancestorIds: readonly string[],
  pairs: readonly PairSummary[],
): Overlap | null {
  for (const pair of pairs) {
    if (pair.targetFolderId === folderId) return { how: 'equal', pair };
    if (ancestorIds.includes(pair.targetFolderId)) return { how: 'inside', pair };
  }
  return null;
}

function isBelow(path: string, parent: string): boolean {
  const separator = parent.includes('\\') && !parent.includes('/') ? '\\' : '/';
  return path.startsWith(parent.endsWith(separator) ? parent : parent + separator);
}
