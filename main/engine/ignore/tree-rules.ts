import type { LocalName } from '../scan/model.ts';
import { childPath, type LocalPath } from '../scan/raw-path.ts';
import { builtInRules } from './built-in.ts';
import { basePath, namesBetween } from './inside.ts';
import type { RuleDescription, RuleOrigin, RuleWarning } from './model.ts';
import { parseRules, type ParsedRules } from './parse-rules.ts';
import type { ReadRuleFile } from './rule-file.ts';
import { RuleList, ruleName } from './rule-list.ts';

/** The rules of one folder on the way, as they look from the folder that is asked about. */
interface Level {
  list: RuleList;
  /** From the folder of the rules to the one asked about: '' or names that end in `/`. */
  prefix: string;
}

interface Frame {
  path: LocalPath;
  /** The deepest first: a rule of a deeper file counts before one of a file above it. */
  levels: Level[];
  /** The rule that leaves this folder out, and so everything in it: nothing below can be let in again. */
  leftOut: Verdict | null;
}

/** The rule that decides about a path, and the path that it matches: the one asked about or a folder above it. */
export interface Verdict {
  rule: RuleOrigin;
  at: LocalPath;
}

/**
 * The rules along the way from a base to where a walk is. Asked about entries folder by folder, it keeps the rule lists of
 * the folders above in a stack, so that each rule file is read once in a walk that goes depth first; any other order works
 * too and only reads more. Order of precedence, as git's: files in the tree (deeper before higher), then the pair's rules,
 * then the built-in ones; within one, the last match.
 */
export class TreeRules {
  readonly #description: RuleDescription;
  readonly #outermost: RuleOrigin[];
  readonly #read: ReadRuleFile;
  readonly #onWarning: (warning: RuleWarning) => void;
  readonly #base: LocalPath | null;
  #frames: Frame[] = [];

  /** @param onWarning also called for the pair's own lines, once, here */
  constructor(description: RuleDescription, read: ReadRuleFile, onWarning: (warning: RuleWarning) => void) {
    this.#description = description;
    this.#read = read;
    this.#onWarning = onWarning;
    this.#base = description.base && basePath(description.base);
    const builtIn = description.useBuiltIn ? parseRules(builtInRules, 'built-in', null).rules : [];
    this.#outermost = [...builtIn, ...this.#noting(parseRules(description.pairRules, 'pair', null))];
  }

  /** Whether the path is the base or lies below it; true for every path where each root is its own base. */
  covers(path: LocalPath): boolean {
    return this.#base === null || namesBetween(this.#base, path) !== null;
  }

  /**
   * The rule that decides about an entry, negated or not, or null where none matches. Throws a ProblemError where rules on the
   * way can't be read; asked again it tries again.
   * @param isFolder asked only where a rule means folders alone
   */
  verdict(folder: LocalPath, entry: LocalName, isFolder: () => boolean): Verdict | null {
    const frame = this.#frameOf(folder);
    return frame.leftOut ?? verdictIn(frame, entry, isFolder);
  }

  #frameOf(folder: LocalPath): Frame {
    for (let top = this.#frames.at(-1); top; top = this.#frames.at(-1)) {
      const names = namesBetween(top.path, folder);
      if (names) return this.#descend(top, names);
      this.#frames.pop();
    }
    const base = this.#base ?? folder;
    const names = namesBetween(base, folder);
    if (!names) throw new Error('Asked about a path outside the base of the rules');
    const outermost = this.#frame(base, [], null, this.#outermost);
    this.#frames.push(outermost);
    return this.#descend(outermost, names);
  }

  #descend(from: Frame, names: readonly LocalName[]): Frame {
    let frame = from;
    for (const entry of names) {
      const verdict = frame.leftOut ?? verdictIn(frame, entry, () => true);
      const leftOut = verdict && !verdict.rule.negated ? verdict : null;
      const step = `${ruleName(entry.name)}/`;
      const levels = frame.levels.map(({ list, prefix }) => ({ list, prefix: prefix + step }));
      frame = this.#frame(childPath(frame.path, entry), levels, leftOut, []);
      this.#frames.push(frame);
    }
    return frame;
  }

  /** A rule file in a folder that is left out doesn't count. Rules of one folder are one list, which is one look an entry. */
  #frame(path: LocalPath, above: Level[], leftOut: Verdict | null, outermost: RuleOrigin[]): Frame {
    const own = leftOut ? [] : this.#rulesIn(path);
    const list = new RuleList([...outermost, ...own], this.#description.ignoreCase);
    return { path, leftOut, levels: list.isEmpty ? above : [{ list, prefix: '' }, ...above] };
  }

  #rulesIn(folder: LocalPath): RuleOrigin[] {
    const file = this.#read(folder);
    if (file?.warning) {
      this.#onWarning({ source: 'file', file: file.path, line: 0, pattern: '', message: file.warning });
    }
    return file === null || file.text === null ? [] : this.#noting(parseRules(file.text, 'file', file.path));
  }

  #noting({ rules, warnings }: ParsedRules): RuleOrigin[] {
    for (const warning of warnings) this.#onWarning(warning);
    return rules;
  }
}

function verdictIn({ levels, path }: Frame, entry: LocalName, isFolder: () => boolean): Verdict | null {
  const name = ruleName(entry.name);
  for (const { list, prefix } of levels) {
    const rule = list.lastMatch(prefix, name, isFolder);
    if (rule) return { rule, at: childPath(path, entry) };
  }
  return null;
}
