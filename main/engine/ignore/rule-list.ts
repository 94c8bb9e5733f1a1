import ignore, { type Ignore } from 'ignore';
import type { RuleOrigin } from './model.ts';

/** `ignore` remembers each path it was asked, for good: after so many a fresh instance takes over its compiled rules. */
const askedPaths = 4096;

/**
 * The rules of one folder, in the order that they count: the last that matches decides. git lets each path be matched by
 * itself, since a deeper file may have let its parent in again, while `ignore` takes a parent that is left out for an
 * answer. So every rule goes in negated (only `ignored` passes down from parents), and `unignored` then tells that some rule
 * matches the path itself; which one is looked for only then.
 */
export class RuleList {
  /** Whether some rule means folders alone: only then is the kind of an entry looked at. */
  readonly #hasFolderRules: boolean;
  readonly #rules: readonly RuleOrigin[];
  readonly #each: (Ignore | undefined)[] = [];
  readonly #options: { ignorecase: boolean };
  #all: Ignore;
  #asked = 0;

  constructor(rules: readonly RuleOrigin[], ignoreCase: boolean) {
    this.#rules = rules;
    this.#options = { ignorecase: ignoreCase };
    this.#hasFolderRules = rules.some(({ pattern }) => /\/ *$/.test(pattern));
    this.#all = ignore(this.#options).add(rules.map(negated));
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /**
   * The last rule that matches the path itself, or undefined.
   * @param path names joined by `/`, relative to the folder of the rules, in NFC (`ruleName`)
   */
  lastMatch(path: string, isFolder: () => boolean): RuleOrigin | undefined {
    const asked = this.#hasFolderRules && isFolder() ? `${path}/` : path;
    if (++this.#asked > askedPaths) {
      this.#asked = 0;
      this.#all = ignore(this.#options).add(this.#all);
    }
    if (!this.#all.test(asked).unignored) return undefined;
    return this.#rules.findLast((rule, index) => {
      const compiled = (this.#each[index] ??= ignore(this.#options).add([negated(rule)]));
      return ignore(this.#options).add(compiled).test(asked).unignored;
    });
  }
}

/** A name or pattern as it is compared: NFC, so that a rule typed on Linux finds what a Mac wrote, and the other way round. */
export function ruleName(name: string): string {
  return isAscii(name) ? name : name.normalize('NFC');
}

function isAscii(name: string): boolean {
  // eslint-disable-next-line no-control-regex -- all of ASCII is meant
  return /^[\x00-\x7f]*$/.test(name);
}

function negated({ pattern, negated: is }: RuleOrigin): string {
  return ruleName(is ? pattern : `!${pattern}`);
}
