import type { Skip } from '../scan/walk.ts';
import type { RuleDescription, RuleWarning } from './model.ts';
import { readRuleFileSync } from './rule-file.ts';
import { TreeRules } from './tree-rules.ts';
import type { LocalPath } from '../scan/raw-path.ts';

/**
 * The rules as questions of a walk: one for entries below its roots, one for the roots themselves. A root is left out only
 * when it lies below the base of the rules (a rescan of a part of a pair): the base itself is what somebody chose.
 * Both throw a ProblemError where rules can't be read. For one walk: rule files are read again in the next.
 */
export function createSkip(
  description: RuleDescription,
  onWarning: (warning: RuleWarning) => void,
): { skip: Skip; skipRoot: Skip } {
  const tree = new TreeRules(description, readRuleFileSync, onWarning);
  let last: { folder: LocalPath; isCovered: boolean } | null = null;
  const skip: Skip = (folder, entry, isFolder) => {
    if (last?.folder !== folder) last = { folder, isCovered: tree.covers(folder) };
    if (!last.isCovered) return null;
    const rule = tree.verdict(folder, entry, isFolder)?.rule;
    return rule && !rule.negated ? rule : null;
  };
  return { skip, skipRoot: description.base ? skip : () => null };
}
