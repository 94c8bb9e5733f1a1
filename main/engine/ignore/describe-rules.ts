import type { RuleDescription } from './model.ts';

export interface RuleChoices {
  /** Lines in gitignore syntax; '' for none. */
  pairRules: string;
  useBuiltIn: boolean;
  /** The root of the pair. Without it each root of a scan is the base of its own rules. */
  base?: RuleDescription['base'];
  platform?: NodeJS.Platform;
}

/**
 * The rules of a scan as plain data that a worker can be given. Case counts on Linux and not on Windows and macOS, as
 * git's `core.ignorecase` is set there: by platform and not by volume, since a rule file that travels should mean one thing.
 */
export function describeRules({ pairRules, useBuiltIn, base = null, platform }: RuleChoices): RuleDescription {
  const ignoreCase = ['win32', 'darwin'].includes(platform ?? process.platform);
  return { useBuiltIn, pairRules, ignoreCase, base };
}
