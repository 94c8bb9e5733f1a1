import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const blockBytes = 8 * 2 ** 20;

/** Files an hour old: nobody is writing them any more. */
function age(path: string): void {
  const then = Date.now() / 1000 - 3600;
  utimesSync(path, then, then);
}

/** Makes a file of random bytes that is on the disk and in the page cache. */
export function makeRandomFile(path: string, sizeBytes: number): void {
  const file = openSync(path, 'w');
  for (let left = sizeBytes; left > 0; left -= blockBytes) writeSync(file, randomBytes(Math.min(blockBytes, left)));
  fsyncSync(file);
  closeSync(file);
  age(path);
  warm(path);
}

/** Reads a file once, so that it lies in the page cache. */
export function warm(path: string): void {
  const file = openSync(path, 'r');
  const block = Buffer.allocUnsafeSlow(blockBytes);
  while (readSync(file, block) > 0);
  closeSync(file);
}

/** Makes a file of zeros that takes no room on the disk. */
export function makeSparseFile(path: string, sizeBytes: number): void {
  writeFileSync(path, '');
  truncateSync(path, sizeBytes);
  age(path);
}

/** Makes folders with as many files of random bytes in each; the number of files is rounded down to whole folders. */
export function makeTree(path: string, tree: { folders: number; files: number; fileBytes: number }): void {
  const perFolder = Math.floor(tree.files / tree.folders);
  for (let folder = 0; folder < tree.folders; folder += 1) {
    const inside = join(path, `folder ${folder}`);
    mkdirSync(inside, { recursive: true });
    const bytes = randomBytes(perFolder * tree.fileBytes);
    for (let file = 0; file < perFolder; file += 1) {
      const name = join(inside, `file ${file}.bin`);
      writeFileSync(name, bytes.subarray(file * tree.fileBytes, (file + 1) * tree.fileBytes));
      age(name);
    }
  }
}
