import { childPath, displayPathOf, type LocalPath } from '../scan/raw-path.ts';
import { basePath, namesBetween } from './inside.ts';
import type { RuleDescription, RuleOrigin } from './model.ts';
import { readRuleFile, type RuleFile } from './rule-file.ts';
import { TreeRules } from './tree-rules.ts';

export interface WhyIgnored {
  ignored: boolean;
  /** The rule that decides: one that leaves the path out, or one that lets it in again; null where none matches. */
  rule: RuleOrigin | null;
  /** What the rule matches, for people: the path, or the folder above it with which it is left out. */
  at: string | null;
}

/**
 * Which rule leaves a path out or lets it in, as the next scan would decide; what `git check-ignore -v` is for git. The path
 * need not exist. Rejects with a RangeError for a path that isn't below the base, with a ProblemError for rules on the way
 * that can't be read.
 * @param rules with a base
 */
export async function whyIgnored(rules: RuleDescription, path: LocalPath, isFolder: boolean): Promise<WhyIgnored> {
  const base = rules.base && basePath(rules.base);
  const names = base === null ? null : namesBetween(base, path);
  const last = names?.pop();
  if (base === null || !names || !last) {
    throw new RangeError('Only what lies below the base of the rules can be left out by them');
  }
  let folder: LocalPath = base;
  const files = new Map<string, RuleFile | null>([[key(base), await readRuleFile(base)]]);
  for (const name of names) {
    folder = childPath(folder, name);
    files.set(key(folder), await readRuleFile(folder));
  }
  const tree = new TreeRules(rules, (asked) => files.get(key(asked)) ?? null, () => undefined); // prettier-ignore
  const verdict = tree.verdict(folder, last, () => isFolder);
  if (!verdict) return { ignored: false, rule: null, at: null };
  return { ignored: !verdict.rule.negated, rule: verdict.rule, at: displayPathOf(verdict.at) };
}

function key(path: LocalPath): string {
  return Buffer.from(path as string).toString('latin1');
}
