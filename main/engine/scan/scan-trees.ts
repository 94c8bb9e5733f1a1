import type { ScanBatch, ScanRoot } from './model.ts';

export interface ScanOptions {
  roots: readonly ScanRoot[];
  signal: AbortSignal;
}

/**
 * Walks local trees in a worker thread; batches of at most some 2,000 rows, and the walk stays a few batches ahead of the
 * consumer at most. A root's parent comes first, as the "container" (parentKey null, name = its absolute path) whose only
 * entries are the roots in it; a root that is a folder then follows as its child. A root that is a link is followed, as
 * `cp -H` and rsync's `DIR/` do; links below are entries and never followed, so loops can't occur. Problems stand at the
 * entry or folder they are about; the iteration itself rejects only with the signal's reason or `local.internal`.
 */
export declare function scanTrees(options: ScanOptions): AsyncIterable<ScanBatch>;
