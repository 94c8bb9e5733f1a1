import { resolve, sep } from 'node:path';
import { nameOf, type LocalPath } from '../scan/raw-path.ts';
import type { LocalName } from '../scan/model.ts';
import type { RuleDescription } from './model.ts';

/** The names that lead from a folder to a path at or below it ([] where they are equal), or null where it lies elsewhere. */
export function namesBetween(folder: LocalPath, path: LocalPath): LocalName[] | null {
  if (folder === path) return [];
  if (typeof folder === 'string' && typeof path === 'string') {
    const start = folder.endsWith(sep) ? folder : folder + sep;
    if (!path.startsWith(start)) return null;
    return path.slice(start.length).split(sep).map((name) => ({ name, rawName: null })); // prettier-ignore
  }
  const [outer, inner] = [Buffer.from(folder as string), Buffer.from(path as string)];
  if (outer.equals(inner)) return [];
  const start = outer.at(-1) === sep.charCodeAt(0) ? outer : Buffer.concat([outer, Buffer.from(sep)]);
  if (!inner.subarray(0, start.length).equals(start)) return null;
  // latin1 keeps each byte, and a separator is one byte that no UTF-8 sequence holds.
  const rest = inner.subarray(start.length).toString('latin1').split(sep);
  return rest.map((name) => nameOf(Buffer.from(name, 'latin1')));
}

/** The base as the walk writes its paths. */
export function basePath({ path, rawPath }: NonNullable<RuleDescription['base']>): LocalPath {
  return rawPath ? Buffer.from(rawPath) : resolve(path);
}
