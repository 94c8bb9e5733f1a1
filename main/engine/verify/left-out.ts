import { basePath, namesBetween } from '../ignore/inside.ts';
import type { RuleDescription } from '../ignore/model.ts';
import { readRuleFile, type RuleFile } from '../ignore/rule-file.ts';
import { TreeRules } from '../ignore/tree-rules.ts';
import { childPath, type LocalPath } from '../scan/raw-path.ts';

/**
 * Whether the rules would leave out a name in a folder if it stood there: what an `ignored` of the walk is for names that only
 * Box has. Rule files on the way are read once, here. Rejects with a ProblemError where one can't be.
 * @param rules with a base, which the folder is or lies below
 */
export async function leftOutIn(
  rules: RuleDescription,
  folder: LocalPath,
): Promise<(name: string, isFolder: boolean) => boolean> {
  const base = basePath(rules.base!);
  const files = new Map<string, RuleFile | null>([[key(base), await readRuleFile(base)]]);
  let at = base;
  for (const name of namesBetween(base, folder) ?? []) {
    at = childPath(at, name);
    files.set(key(at), await readRuleFile(at));
  }
  const tree = new TreeRules(rules, (asked) => files.get(key(asked)) ?? null, () => undefined); // prettier-ignore
  return (name, isFolder) => {
    const rule = tree.verdict(at, { name, rawName: null }, () => isFolder)?.rule;
    return rule !== undefined && !rule.negated;
  };
}

function key(path: LocalPath): string {
  return Buffer.from(path as string).toString('latin1');
}
