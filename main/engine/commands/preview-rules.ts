import { sep } from 'node:path';
import { CallError } from '../../../shared/call-error.ts';
import type { RulesPreview } from '../../../shared/rules-preview.ts';
import { describeRules } from '../ignore/describe-rules.ts';
import { describeRule } from '../ignore/model.ts';
import { parseRules } from '../ignore/parse-rules.ts';
import { checkLocalFolder } from '../pair/check-pair.ts';
import type { ScannedFolder } from '../scan/model.ts';
import { scanTrees } from '../scan/scan-trees.ts';

const mostMs = 2000;
const mostExamples = 100;

export interface RulesToPreview {
  path: string;
  rules: string;
  useBuiltInRules: boolean;
}

/** Answers what rules leave out, for somebody who is writing them: of one folder the latest question counts. */
export class RulesPreviews {
  readonly #dataFolder: string;
  readonly #signal: AbortSignal;
  readonly #mostMs: number;
  readonly #underWay = new Map<string, AbortController>();

  constructor(options: { dataFolder: string; signal: AbortSignal; mostMs?: number }) {
    this.#dataFolder = options.dataFolder;
    this.#signal = options.signal;
    this.#mostMs = options.mostMs ?? mostMs;
  }

  /** Rejects as `usage` where there is no such folder, and as `refused` once it is asked anew. */
  async preview({ path: given, rules, useBuiltInRules }: RulesToPreview): Promise<RulesPreview> {
    const newer = new AbortController();
    this.#underWay.get(given)?.abort(new CallError('refused', 'The rules were changed since.'));
    this.#underWay.set(given, newer);
    try {
      const path = await checkLocalFolder(given, this.#dataFolder, []);
      newer.signal.throwIfAborted();
      return await this.#walk(path, { rules, useBuiltInRules }, newer.signal);
    } finally {
      if (this.#underWay.get(given) === newer) this.#underWay.delete(given);
    }
  }

  async #walk(
    path: string,
    { rules: pairRules, useBuiltInRules: useBuiltIn }: Omit<RulesToPreview, 'path'>,
    newer: AbortSignal,
  ): Promise<RulesPreview> {
    const count = new Count();
    const mistakes = parseRules(pairRules, 'pair', null).warnings.map(({ line, message }) => ({ line, message }));
    const timeOver = AbortSignal.timeout(this.#mostMs);
    let complete = true;
    try {
      for await (const { folders } of scanTrees({
        roots: [{ path }],
        rules: describeRules({ pairRules, useBuiltIn, base: { path } }),
        leaveOut: this.#dataFolder,
        signal: AbortSignal.any([newer, this.#signal, timeOver]),
      })) {
        for (const folder of folders) count.take(folder);
      }
    } catch (error) {
      if (error !== timeOver.reason) throw error;
      complete = false;
    }
    return { mistakes, ...count.counted, complete };
  }
}

/** Adds up what a walk tells. */
class Count {
  readonly counted: Pick<RulesPreview, 'kept' | 'excluded' | 'examples'> = {
    kept: { files: 0, bytes: 0 },
    excluded: { entries: 0 },
    examples: [],
  };
  /** The container, and the folders with their paths below the chosen one. */
  readonly #paths = new Map<number, string>();

  take({ key, parentKey, name, entries, ignored }: ScannedFolder): void {
    const { kept, excluded, examples } = this.counted;
    const above = parentKey === null ? undefined : this.#paths.get(parentKey);
    const path = above === undefined ? '' : `${above}${name}${sep}`;
    if (parentKey !== null) this.#paths.set(key, path);
    for (const { kind, facts } of entries) {
      if (kind !== 'file') continue;
      kept.files += 1;
      kept.bytes += facts?.sizeBytes ?? 0;
    }
    for (const { name: left, rule } of ignored) {
      // The data folder is left out by nobody's rule.
      if (!rule) continue;
      excluded.entries += 1;
      if (examples.length < mostExamples) examples.push({ path: path + left, rule: describeRule(rule) });
    }
  }
}
