import { describeRules } from '../ignore/describe-rules.ts';
import type { PairRow } from '../ledger/pairs.ts';
import type { ScanBatch, ScanRoot } from '../scan/model.ts';
import { scanTrees } from '../scan/scan-trees.ts';

/** What is to be read again: the whole pair, or folders of it, `deep` with all below. */
export type ScanRequest = { whole: true } | { whole: false; folders: readonly ScanRoot[]; deep: boolean };

/** Walks a pair, or folders of it, with its rules. The data folder is left out where it lies inside. */
export function walkPair(
  pair: PairRow,
  request: ScanRequest,
  dataFolder: string,
  signal: AbortSignal,
): AsyncGenerator<ScanBatch, void, undefined> {
  const base = { path: pair.path, ...(pair.pathRaw ? { rawPath: pair.pathRaw } : {}) };
  const { rules, useBuiltInRules } = pair.options;
  return scanTrees({
    roots: request.whole ? [base] : request.folders,
    rules: describeRules({ pairRules: rules, useBuiltIn: useBuiltInRules, base }),
    leaveOut: dataFolder,
    shallow: !request.whole && !request.deep,
    followRoots: false,
    signal,
  });
}
