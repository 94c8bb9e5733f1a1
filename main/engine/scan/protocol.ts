import type { RuleDescription } from '../ignore/model.ts';
import type { ScanBatch, ScanRoot } from './model.ts';
import type { PackedFolder } from './pack.ts';

/** What the walking thread is to do. */
export interface ScanTask {
  roots: readonly ScanRoot[];
  /** null: nothing is left out. */
  rules: RuleDescription | null;
  /** A folder that is left out wherever it comes below the roots; null for none. */
  leaveOut: string | null;
  /** The roots alone, and nothing below their entries. */
  shallow: boolean;
  /** A root that is a link is followed. */
  followRoots: boolean;
  /** One counter, shared: batches that the consumer has taken. The walk blocks on it. */
  taken: Int32Array;
  /** How many batches may lie between the walk and the consumer. */
  aheadBatches: number;
}

export type ScanWorkerMessage = { batch: ScanBatch<PackedFolder> } | { done: true };
