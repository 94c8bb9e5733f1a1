import { lstat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { nameKey } from '../../../shared/box-names.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { printable } from '../text.ts';

/**
 * The absolute paths of an upload, each once.
 * @throws CommandError `usage` that names every path that is empty or isn't there, the root of a file system (it has no name to appear under),
 *   and paths that would take each other's place in the folder on Box, which compares names without case.
 */
export async function uploadPaths(given: readonly string[], workingFolder = process.cwd()): Promise<string[]> {
  const paths = [...new Set(given.map((path) => resolve(workingFolder, path)))];
  // An empty variable in a script, which would be the working folder.
  const wrong: string[] = given.includes('') ? ['one of the paths is empty'] : [];
  for (const path of paths) {
    const said = await lstat(path).then(
      () => undefined,
      (error: unknown) => (error as NodeJS.ErrnoException).code ?? String(error),
    );
    if (said === 'ENOENT' || said === 'ENOTDIR') wrong.push(`${printable(path)} does not exist`);
    else if (said !== undefined) wrong.push(`${printable(path)} cannot be looked at: ${said}`);
    else if (dirname(path) === path) wrong.push(`${path} has no name to appear under on Box: name the folders in it`);
  }
  const byName = Map.groupBy(paths, (path) => nameKey(basename(path)));
  for (const twins of byName.values()) {
    if (twins.length > 1) wrong.push(`these would get one name on Box: ${twins.map(printable).join(', ')}`);
  }
  if (wrong.length > 0) throw new CommandError(ExitCode.usage, `Nothing was sent: ${wrong.join('; ')}.`);
  return paths;
}
