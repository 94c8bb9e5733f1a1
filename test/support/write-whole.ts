import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file that is read after a SIGKILL of its writer: it holds what it held before, or all of the new. */
export function writeWhole(path: string, value: unknown): void {
  writeFileSync(`${path}.new`, JSON.stringify(value));
  renameSync(`${path}.new`, path);
}
