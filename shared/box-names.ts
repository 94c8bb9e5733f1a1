import type { ProblemCode } from './problem-table.ts';

/**
 * The key under which Box compares names in a folder: case-insensitive, files and folders in one space
 * (developer.box.com, "Create folder"). NFC too: two spellings of one name are twins that nobody could tell apart.
 */
export function nameKey(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/**
 * What Box will say to a name before it is asked, or undefined where it takes it. Only what every document agrees on is
 * refused here (`/`, `\`, control characters, a trailing space, `.` and `..`, more than 255 characters, half a surrogate
 * pair): `< > : " | ? *` are a restriction of Windows alone, and leading spaces were seen to work (rclone's box backend).
 */
export function nameProblem(name: string): Extract<ProblemCode, 'name.invalid' | 'name.too-long'> | undefined {
  if (name === '' || name === '.' || name === '..' || name.endsWith(' ')) return 'name.invalid';
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[/\\\u0000-\u001f\u007f]/.test(name) || !name.isWellFormed()) return 'name.invalid';
  return name.length > 255 ? 'name.too-long' : undefined;
}
