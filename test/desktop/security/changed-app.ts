// The built app with some of its text changed: how a rule is turned off.
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtOut } from '../desktop-app.ts';

export interface Change {
  /** What stands in the bundles exactly once; or a file, which gets `by` at its top. */
  piece: string | { topOf: string };
  by: string;
}

/**
 * Copies the bundles into a folder, changed.
 * @returns the folder that stands for `out`.
 * @throws for a piece that isn't there, or more than once: then it says nothing about the rule.
 */
export function changedApp(folder: string, changes: readonly Change[]): string {
  const root = join(folder, 'app');
  const out = join(root, 'out');
  mkdirSync(out, { recursive: true });
  for (const name of ['package.json', 'node_modules']) symlinkSync(join(builtOut, '..', name), join(root, name));
  for (const name of ['renderer', 'tray']) symlinkSync(join(builtOut, name), join(out, name));
  for (const name of ['main', 'preload']) {
    cpSync(join(builtOut, name), join(out, name), { recursive: true, filter: (path) => !path.endsWith('.map') });
  }
  const files = ['main', 'preload'].flatMap((name) =>
    readdirSync(join(out, name)).map((file) => join(out, name, file)),
  );
  for (const { piece, by } of changes) {
    if (typeof piece === 'object') {
      const path = join(out, piece.topOf);
      writeFileSync(path, by + readFileSync(path, 'utf8'));
      continue;
    }
    const found = files.filter((path) => readFileSync(path, 'utf8').includes(piece));
    const [path] = found;
    const text = path === undefined ? '' : readFileSync(path, 'utf8');
    const times = text.split(piece).length - 1;
    if (path === undefined || found.length > 1 || times !== 1) {
      throw new Error(
        `This piece of the built app stands in ${found.length} files, ${times} times in the first: ${piece}`,
      );
    }
    writeFileSync(
      path,
      text.replace(piece, () => by),
    );
  }
  return out;
}
