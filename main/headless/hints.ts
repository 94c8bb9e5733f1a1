import { printable } from './text.ts';

/** What to say when an upload stopped before its end. */
export const resumeCommand = 'The same command goes on from there.';

/** ` --home DIR` where the command was given one, for the commands that are suggested. */
export function homeArgument({ home }: { home?: string }): string {
  if (home === undefined) return '';
  return ` --home ${/^[\w@%+=:,./-]+$/.test(home) ? home : `'${printable(home).replaceAll("'", "'\\''")}'`}`;
}
