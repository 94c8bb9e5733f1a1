import { isUtf8 } from 'node:buffer';
import { sep } from 'node:path';
import type { LocalName } from './model.ts';

/** A path for the system's calls: text, or bytes where some name on it is not valid UTF-8. */
export type LocalPath = string | Buffer;

/** rclone's quote for bytes that are no UTF-8: printable, and Box takes it (https://rclone.org/overview/#encoding). */
const quote = '‛';

/**
 * The text of a name from the disk. Bytes that are not valid UTF-8 stand as `‛E9`, so that two such names stay two, and
 * then the bytes are kept beside the text. POSIX names can hold anything but `/` and NUL.
 */
export function nameOf(bytes: Uint8Array): LocalName {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return { name: buffer.toString('utf8'), rawName: null };
  let name = '';
  for (let at = 0; at < buffer.length;) {
    const length = [1, 2, 3, 4].find((n) => at + n <= buffer.length && isUtf8(buffer.subarray(at, at + n)));
    name += length ? buffer.toString('utf8', at, at + length) : quote + hex(buffer[at]!);
    at += length ?? 1;
  }
  return { name, rawName: Uint8Array.from(buffer) };
}

/** The path of an entry of a folder: text as long as all names on it are valid UTF-8, else bytes. */
export function childPath(folder: LocalPath, entry: LocalName): LocalPath {
  if (typeof folder === 'string' && entry.rawName === null) {
    return entryPath(folder, entry.name);
  }
  const start = typeof folder === 'string' ? Buffer.from(folder) : folder;
  const end = entry.rawName ?? Buffer.from(entry.name);
  return Buffer.concat(start.at(-1) === sep.charCodeAt(0) ? [start, end] : [start, Buffer.from(sep), end]);
}

/**
 * The path of an entry as people see it, in the way of the system that it lies on. The root of a file system stands in itself, under
 * its own path.
 */
export function entryPath(folder: string, name: string): string {
  if (folder === name) return folder;
  return folder.endsWith(sep) ? folder + name : folder + sep + name;
}

/** A path for people: bytes that are not valid UTF-8 are quoted as in `nameOf`. */
export function displayPathOf(path: LocalPath): string {
  return typeof path === 'string' ? path : nameOf(path).name;
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}
