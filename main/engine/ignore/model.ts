/** Where a rule stands: with the program, with the pair, or in a rule file of the tree. */
export type RuleSource = 'built-in' | 'pair' | 'file';

/** One rule as a person can find it again. */
export interface RuleOrigin {
  source: RuleSource;
  /** The path of the rule file, for people; null for the other sources. */
  file: string | null;
  /** From 1. */
  line: number;
  /** The line as it was written, `!` included. */
  pattern: string;
  /** The rule lets in again what rules before it leave out. */
  negated: boolean;
}

/** A line that can't do what its author meant. The rule is dropped only where it could never match anything. */
export interface RuleWarning {
  source: RuleSource;
  file: string | null;
  /** From 1; 0 where it is about the file as a whole. */
  line: number;
  /** The line, or '' where it is about the file. */
  pattern: string;
  message: string;
}

/** The rules of one scan as plain data: they are compiled where they are used, in the walking thread. */
export interface RuleDescription {
  useBuiltIn: boolean;
  /** Lines in gitignore syntax, relative to the base. */
  pairRules: string;
  ignoreCase: boolean;
  /** The folder that the rules are relative to: absolute. null: each root of the scan for itself. */
  base: { path: string; rawPath?: Uint8Array | undefined } | null;
}

/** For a person: `"*.iso" (line 3 of /home/anna/.boxcarignore)`. */
export function describeRule({ source, file, line, pattern }: RuleOrigin): string {
  if (source === 'built-in') return `"${pattern}" (built in)`;
  return `"${pattern}" (line ${line} of ${file ?? "the pair's rules"})`;
}
