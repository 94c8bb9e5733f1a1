import type { VerifyResult } from '../../../shared/pair-model.ts';
import { describeRules } from '../ignore/describe-rules.ts';
import type { VerifyOptions } from './model.ts';
import { Tally } from './tally.ts';
import { VerifyVisitor } from './verify-visitor.ts';
import { walkBoth } from './walk-both.ts';

/**
 * Compares a pair's tree as it is now with its folder on Box, by SHA-1. A file's digest is taken from the ledger where size,
 * times and inode are those it was made under (never with `full`), else the file is read and its digest noted; it isn't read
 * where the sizes differ or Box has nothing to compare. A file or folder that the ledger binds to an item in the right folder
 * on Box is compared with that one, whatever its name, and what else stands there under its own name is somebody else's.
 *
 * Each regular file is one of equal, missing, different and unreadable, but for those that stay here only by somebody's choice
 * (outcome `kept` or `aborted`): these count in `files` alone. One that was removed on Box is missing until somebody has answered. A folder that is missing, unreadable or extra counts one by
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
