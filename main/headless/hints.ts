import { printable } from './text.ts';

/** What to say when an upload stopped before its end. */
export const resumeCommand = 'The same command goes on from there.';

/** ` --home DIR` and ` --account NAME` where the command was given them, for the commands that are suggested. */
export function homeArgument({ home, account }: { home?: string; account?: string }): string {
  return option('--home', home) + option('--account', account);
}

function option(name: string, value: string | undefined): string {
  if (value === undefined) return '';
  return ` ${name} ${/^[\w@%+=:,./-]+$/.test(value) ? value : `'${printable(value).replaceAll("'", "'\\''")}'`}`;
}
