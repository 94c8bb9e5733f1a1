import { createHash, randomBytes } from 'node:crypto';
import { closeSync, createReadStream, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Random bytes, written in pieces. Returns the path. */
export function writeRandom(path: string, sizeBytes: number): string {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'w');
  for (let left = sizeBytes; left > 0;) left -= writeSync(file, randomBytes(Math.min(left, 2 ** 22)));
  closeSync(file);
  return path;
}

export async function sha1OfFile(path: string): Promise<string> {
  const hash = createHash('sha1');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
