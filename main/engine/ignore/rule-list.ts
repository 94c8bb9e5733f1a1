import ignore, { type Ignore } from 'ignore';
import type { RuleOrigin } from './model.ts';
import { endsOfName, endsOfPattern, mayMatch, type NameEnds } from './name-ends.ts';

/** `ignore` remembers each path it was asked, for good: after so many a fresh instance takes over its compiled rules. */
const askedPaths = 4096;

/** A rule and the library's form of it. */
interface CompiledRule {
  rule: RuleOrigin;
  ends: NameEnds;
  compiled: Ignore;
}

/** The rules that could match names of certain ends. */
interface Candidates {
  rules: readonly CompiledRule[];
  all: Ignore;
  asked: number;
  /** Whether some rule means folders alone: only then is the kind of an entry looked at. */
  hasFolderRules: boolean;
}

/**
 * The rules of one folder, in the order that they count: the last that matches decides. git lets each path be matched by
 * itself, since a deeper file may have let its parent in again, while `ignore` takes a parent that is left out for an
 * answer. So every rule goes in negated (only `ignored` passes down from parents), and `unignored` then tells that some rule
 * matches the path itself; which one is looked for only then.
 */
export class RuleList {
  readonly #rules: readonly CompiledRule[];
  readonly #options: { ignorecase: boolean };
  readonly #byEnds = new Map<string, Candidates | null>();
  /** By the rules in it: few sets of rules answer for all ends of names. */
  readonly #sets = new Map<string, Candidates>();

  constructor(rules: readonly RuleOrigin[], ignoreCase: boolean) {
    this.#options = { ignorecase: ignoreCase };
    this.#rules = rules.map((rule) => {
      const pattern = ruleName(rule.negated ? rule.pattern.slice(1) : rule.pattern);
      return { rule, ends: endsOfPattern(pattern), compiled: this.#compile([`!${withPlainSlashes(pattern)}`]) };
    });
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /**
   * The last rule that matches the path itself, or undefined.
   * @param prefix '' or names that end in `/`, relative to the folder of the rules; NFC like the name (`ruleName`)
   */
  lastMatch(prefix: string, name: string, isFolder: () => boolean): RuleOrigin | undefined {
    const candidates = this.#candidatesFor(name);
    if (!candidates) return undefined;
    const path = candidates.hasFolderRules && isFolder() ? `${prefix}${name}/` : prefix + name;
    if (++candidates.asked > askedPaths) {
      candidates.asked = 0;
      candidates.all = this.#compile([candidates.all]);
    }
    if (!candidates.all.test(path).unignored) return undefined;
    return candidates.rules.findLast(({ compiled }) => this.#compile([compiled]).test(path).unignored)?.rule;
  }

  #candidatesFor(name: string): Candidates | null {
    const ends = endsOfName(name);
    const key = `${ends.first}/${ends.last}`;
    const known = this.#byEnds.get(key);
    if (known !== undefined) return known;
    const chosen = [...this.#rules.entries()].filter(([, rule]) => mayMatch(rule.ends, ends));
    const candidates = chosen.length === 0 ? null : this.#setOf(chosen);
    this.#byEnds.set(key, candidates);
    return candidates;
  }

  #setOf(chosen: [number, CompiledRule][]): Candidates {
    const id = chosen.map(([index]) => index).join();
    const rules = chosen.map(([, rule]) => rule);
    const set = this.#sets.get(id) ?? {
      rules,
      all: this.#compile(rules.map(({ compiled }) => compiled)),
      asked: 0,
      hasFolderRules: rules.some(({ rule }) => /\/ *$/.test(rule.pattern)),
    };
    this.#sets.set(id, set);
    return set;
  }

  #compile(rules: (string | Ignore)[]): Ignore {
    return ignore(this.#options).add(rules);
  }
}

/** `\/` is a slash to git, also beside `**`, where `ignore` sees it otherwise. At either end of a line it makes it void for both. */
function withPlainSlashes(pattern: string): string {
  return pattern.replace(/(?<=[^\\])((?:\\\\)*)\\\/(?=[^ ])/g, '$1/');
}

/** A name or pattern as it is compared: NFC, so that a rule typed on Linux finds what a Mac wrote, and the other way round. */
export function ruleName(name: string): string {
  // eslint-disable-next-line no-control-regex -- all of ASCII is meant
  return /^[\x00-\x7f]*$/.test(name) ? name : name.normalize('NFC');
}
