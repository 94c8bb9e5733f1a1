import { describeRules } from '../ignore/describe-rules.ts';
import { basePath, namesBetween } from '../ignore/inside.ts';
import { readRuleFile, type RuleFile } from '../ignore/rule-file.ts';
import { TreeRules } from '../ignore/tree-rules.ts';
import type { PairRow } from '../ledger/pairs.ts';
import type { LocalName } from '../scan/model.ts';
import { childPath, type LocalPath } from '../scan/raw-path.ts';

/**
 * The rules of a pair as they are now, asked about what need not be there any more: what a new rule leaves out and what was
 * deleted look alike to a walk when both happen at once. Rule files are read once, when they are first needed.
 */
export class RulesOfNow {
  readonly #base: LocalPath;
  readonly #tree: TreeRules;
  readonly #files = new Map<string, RuleFile | null>();

  constructor({ path, pathRaw, options }: PairRow) {
    const base = { path, ...(pathRaw ? { rawPath: pathRaw } : {}) };
    const rules = describeRules({ pairRules: options.rules, useBuiltIn: options.useBuiltInRules, base });
    this.#base = basePath(base);
    this.#tree = new TreeRules(rules, (folder) => this.#files.get(key(folder)) ?? null, () => undefined); // prettier-ignore
  }

  /** Whether they leave out an entry of a folder of the pair. Rejects with a ProblemError where rules on the way can't be read. */
  async leaveOut(folder: LocalPath, entry: LocalName, isFolder: boolean): Promise<boolean> {
    if (!this.#files.has(key(folder))) await this.#readTo(folder);
    const rule = this.#tree.verdict(folder, entry, () => isFolder)?.rule;
    return rule !== undefined && !rule.negated;
  }

  async #readTo(folder: LocalPath): Promise<void> {
    let at = this.#base;
    const ways = [at];
    for (const name of namesBetween(this.#base, folder) ?? []) ways.push((at = childPath(at, name)));
    for (const way of ways) if (!this.#files.has(key(way))) this.#files.set(key(way), await readRuleFile(way));
  }
}

function key(path: LocalPath): string {
  return Buffer.from(path as string).toString('latin1');
}
