import { CallError } from '../../../shared/call-error.ts';

const mostBytesOfName = 255;
const mostLevels = 100;
/** What Windows keeps for itself, in names and as names. */
const windowsCharacters = /[<>:"\\|?*\p{Cc}]|[ .]$/u;
const windowsNames = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$/i;

/**
 * The names on the way to a dropped file, from what a page calls its path: relative, with `/` between them.
 * @throws CallError `usage` for anything that could lead out of the folder of the drop, or that no file can be called.
 */
export function droppedPath(path: string, platform: NodeJS.Platform = process.platform): string[] {
  const names = path.split('/');
  const refuse = (why: string): never => {
    throw new CallError('usage', `"${path.slice(0, 200)}" cannot be taken: ${why}. Rename it, then drop it again.`);
  };
  if (path.includes('\0')) refuse('a name holds a NUL');
  if (names.length > mostLevels) refuse(`it lies more than ${mostLevels} folders deep`);
  for (const name of names) {
    if (name === '') refuse('a name is empty');
    if (name === '.' || name === '..') refuse(`a name is ${name}`);
    if (Buffer.byteLength(name) > mostBytesOfName) refuse(`a name is longer than ${mostBytesOfName} bytes`);
    if (!name.isWellFormed()) refuse('a name is not Unicode');
    if (platform === 'win32' && (windowsCharacters.test(name) || windowsNames.test(name))) {
      refuse('Windows does not take such a name');
    }
  }
  return names;
}
