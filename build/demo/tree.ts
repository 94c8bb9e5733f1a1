import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** The file that goes up in parts. */
export const largeName = 'Film.mp4';
const largeBytes = 300_000_000;
const blockBytes = 2 ** 20;

const smallFiles = [
  ...Array.from({ length: 24 }, (_, index) => ({ name: `Photos/2025/${index < 12 ? 'June' : 'July'}/IMG_${4001 + index}.jpg`, sizeBytes: 60_000 + index * 1311 })),
  ...Array.from({ length: 8 }, (_, index) => ({ name: `Music/Live/Track ${index + 1}.ogg`, sizeBytes: 90_000 + index * 777 })),
  ...Array.from({ length: 6 }, (_, index) => ({ name: `Letters/Letter ${index + 1}.txt`, sizeBytes: 1200 + index })),
  { name: 'Letters/Crème brûlée – recipe.txt', sizeBytes: 800 },
  { name: 'Letters/nothing yet.txt', sizeBytes: 0 },
  { name: 'README.txt', sizeBytes: 300 },
]; // prettier-ignore

/** Makes the folder that goes up. Its files are an hour old: nobody writes them any more, so nobody is waited for. */
export function makeTree(root: string): { files: number; folders: number; bytes: number; largeBytes: number } {
  const then = Date.now() / 1000 - 3600;
  const large = join(root, largeName);
  const folders = new Set([root]);
  for (const { name, sizeBytes } of smallFiles) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    for (let folder = dirname(path); folder !== root; folder = dirname(folder)) folders.add(folder);
    writeFileSync(path, randomBytes(sizeBytes));
    utimesSync(path, then, then);
  }
  const file = openSync(large, 'w');
  for (let left = largeBytes; left > 0; left -= blockBytes) writeSync(file, randomBytes(Math.min(blockBytes, left)));
  closeSync(file);
  utimesSync(large, then, then);
  try {
    symlinkSync('Photos/2025/July', join(root, 'Newest photos'));
  } catch {
    // Windows gives links to administrators only.
  }
  const bytes = smallFiles.reduce((sum, { sizeBytes }) => sum + sizeBytes, largeBytes);
  return { files: smallFiles.length + 1, folders: folders.size, bytes, largeBytes };
}

/** Compares two trees file by file, by SHA-1. Links don't count: they don't go to Box. */
export function compareTrees(local: string, copy: string): { equal: number; different: string[]; extra: string[] } {
  const wanted = filesOf(local);
  const found = new Set(existsSync(copy) ? filesOf(copy) : []);
  const isEqual = (path: string) => found.has(path) && sha1Of(join(local, path)) === sha1Of(join(copy, path));
  const different = wanted.filter((path) => !isEqual(path));
  const extra = [...found].filter((path) => !wanted.includes(path));
  return { equal: wanted.length - different.length, different, extra };
}

/** The regular files below a folder, by relative path; links are not followed. */
function filesOf(root: string): string[] {
  const inside = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return inside(path);
      return entry.isFile() ? [relative(root, path)] : [];
    });
  return inside(root);
}

function sha1Of(path: string): string {
  const file = openSync(path, 'r');
  const block = Buffer.allocUnsafeSlow(blockBytes);
  const hash = createHash('sha1');
  for (let length = 1; length > 0;) {
    length = readSync(file, block, 0, blockBytes, null);
    hash.update(block.subarray(0, length));
  }
  closeSync(file);
  return hash.digest('hex');
}
