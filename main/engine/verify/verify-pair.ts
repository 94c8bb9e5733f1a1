import type { Difference, VerifyResult } from '../../../shared/pair-model.ts';
import type { BoxConnection } from '../../box/connection.ts';
import type { Clock } from '../../platform/clock.ts';
import type { HashPool } from '../hash/hash-pool.ts';
import { describeRules } from '../ignore/describe-rules.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PairRow } from '../ledger/pairs.ts';
import { VerifyVisitor } from './verify-visitor.ts';
import { walkBoth } from './walk-both.ts';

export interface VerifyProgress {
  files: number;
  folders: number;
  hashed: number;
  /** Missing, different, extra and unreadable so far. */
  differences: number;
}

export interface VerifyOptions {
  ledger: Ledger;
  connection: BoxConnection;
  hashPool: HashPool;
  clock: Clock;
  pair: PairRow;
  /** Every file that Box has in the same size is read, whatever the ledger knows of it. */
  full: boolean;
  signal: AbortSignal;
  /** After each slice of a folder. */
  onProgress?: (progress: VerifyProgress) => void;
}

const mostDifferences = 10_000;

/**
 * Compares a pair's tree as it is now with its folder on Box, by SHA-1. A file's digest is taken from the ledger where size,
 * times and inode are those it was made under (never with `full`), else the file is read and its digest noted; it isn't read
 * where the sizes differ or Box has nothing to compare. A file or folder that the ledger binds to an item in the right folder
 * on Box is compared with that one, whatever its name, and what else stands there under its own name is somebody else's.
 *
 * Each regular file is one of equal, missing, different and unreadable, but for those that stay here only by somebody's choice
 * (outcome `kept` or `aborted`): these count in `files` alone. A folder that is missing, unreadable or extra counts one by
 * itself; the files of an extra folder are told in its detail, those of a missing one count each. Neither compared nor extra:
 * what a rule leaves out, links and other special files, bookmarks, what was left on Box when it went away here (each file
 * that went, where the pair's rule is to keep). The first 10,000 differences are named, all are counted.
 *
 * Rejects with `pair.root-*` or `pair.target-gone` where there is nothing to compare, and with trouble that stops everything.
 */
export async function verifyPair(options: VerifyOptions): Promise<VerifyResult> {
  const { pair, connection, signal } = options;
  const root = { path: pair.path, ...(pair.pathRaw ? { rawPath: pair.pathRaw } : {}) };
  const { rules: pairRules, useBuiltInRules: useBuiltIn } = pair.options;
  const rules = describeRules({ pairRules, useBuiltIn, base: root });
  const tally = new Tally();
  const visitor = new VerifyVisitor(options, rules, tally);
  await walkBoth({ root, rules, targetFolderId: pair.targetFolderId, connection, visitor, signal });
  return tally.result;
}

/** The counts of one verification, and its first differences. */
export class Tally {
  folders = 0;
  readonly result: VerifyResult = {
    files: 0, hashed: 0, equal: 0, missing: 0, different: 0, extra: 0, unreadable: 0, differences: [],
  }; // prettier-ignore

  add(what: Difference['what'], path: string, detail: string): void {
    this.result[what] += 1;
    if (this.result.differences.length < mostDifferences) this.result.differences.push({ path, what, detail });
  }

  get progress(): VerifyProgress {
    const { files, hashed, missing, different, extra, unreadable } = this.result;
    return { files, folders: this.folders, hashed, differences: missing + different + extra + unreadable };
  }
}
