// People at work in folders, by chance but the same for a seed: what they do to files and folders, one thing at a time.
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** From 0 to below 1. */
export type Random = () => number;

/** mulberry32: the same numbers for the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** More than Box takes in one request. */
const bigBytes = 20 * 2 ** 20 + 4321;
const mostFiles = 40;

type Deed = () => string | undefined;

export interface SoakDiskOptions {
  roots: readonly string[];
  random: Random;
  /** At most so many files of more than 20 MiB at a time. */
  mostBig?: number;
}

/** The folders of some pairs. Each keeps one file for good, since an emptied root is another story. */
export class SoakDisk {
  readonly roots: readonly string[];
  /** Name and SHA-1 of all files that there ever were in a root, and names of all folders. */
  readonly history = new Map<string, Set<string>>();
  readonly #random: Random;
  readonly #mostBig: number;
  readonly #deleted: { path: string; bytes: Buffer }[] = [];
  readonly #hashes = new Map<string, string>();
  #count = 0;

  constructor({ roots, random, mostBig = 2 }: SoakDiskOptions) {
    this.roots = roots;
    this.#random = random;
    this.#mostBig = mostBig;
    for (const root of roots) {
      mkdirSync(root, { recursive: true });
      writeFileSync(join(root, 'anchor.txt'), `stays in ${basename(root)}`);
    }
    this.remember();
  }

  /** Does one thing of any kind; says what. */
  step(): string {
    const done = this.#oneOf(this.#deeds());
    this.remember();
    return done;
  }

  /** Renames or moves one thing to a name that was never used, or lets two change places; says what. */
  move(): string {
    const done = this.#oneOf(this.#moves(() => `m${(this.#count += 1)}`));
    this.remember();
    return done;
  }

  /** Every file of a root by its path with its SHA-1, and every folder with null. */
  tree(root: string): Map<string, string | null> {
    const found = new Map<string, string | null>();
    for (const path of below(root)) {
      const facts = lstatSync(path);
      found.set(path.slice(root.length + 1), facts.isDirectory() ? null : this.#sha1(path, facts));
    }
    return found;
  }

  remember(): void {
    for (const root of this.roots) {
      const known = this.history.get(root) ?? new Set();
      for (const [path, sha1] of this.tree(root)) known.add(historyKey(path, sha1));
      this.history.set(root, known);
    }
  }

  #oneOf(deeds: readonly [number, Deed][]): string {
    const total = deeds.reduce((sum, [weight]) => sum + weight, 0);
    for (let tries = 0; tries < 100; tries += 1) {
      let at = this.#random() * total;
      const [, deed] = deeds.find(([weight]) => (at -= weight) < 0)!;
      const done = deed();
      if (done !== undefined) return done;
    }
    return 'nothing';
  }

  #deeds(): [number, Deed][] {
    return [
      [12, () => this.#create(() => this.#text())],
      [2, () => this.#create(() => Buffer.alloc(0))],
      [3, () => this.#copy()],
      [1, () => this.#createBig()],
      [8, () => this.#overwrite()],
      [3, () => this.#overwriteAlike()],
      [7, () => this.#append()],
      [2, () => this.#touch()],
      [4, () => this.#saveByRename()],
      [3, () => this.#saveByBackup()],
      [4, () => this.#makeFolder()],
      [5, () => this.#deleteFile()],
      [2, () => this.#deleteFolder()],
      [1, () => this.#deleteAndReuse()],
      [6, () => this.#restore()],
      [2, () => this.#moveOver()],
      [14, () => this.#oneOf(this.#moves((kind) => this.#name(kind)))],
    ];
  }

  #moves(name: (kind: 'file' | 'folder') => string): [number, Deed][] {
    const file = () => this.#pick(this.#files());
    const folder = () => this.#pick(this.#folders());
    const anywhere = () => this.#pick([...this.roots, ...this.#folders()])!;
    const sameRoot = (path: string) => {
      const root = this.#rootOf(path);
      return this.#pick([root, ...this.#folders().filter((other) => this.#rootOf(other) === root)])!;
    };
    return [
      [6, () => this.#rename(file(), (path) => join(dirname(path), name('file')))],
      [5, () => this.#rename(folder(), (path) => join(dirname(path), name('folder')))],
      [5, () => this.#rename(file(), (path) => join(sameRoot(path), name('file')))],
      [4, () => this.#rename(file(), (path) => join(sameRoot(path), basename(path)))],
      [3, () => this.#rename(folder(), (path) => join(sameRoot(path), name('folder')))],
      [4, () => this.#rename(file(), () => join(anywhere(), name('file')))],
      [2, () => this.#rename(folder(), () => join(anywhere(), name('folder')))],
      [3, () => this.#changePlaces(this.#files())],
      [1, () => this.#changePlaces(this.#folders())],
      [1, () => this.#rotate()],
      [2, () => this.#changeCase(file())],
      [1, () => this.#changeCase(folder())],
    ];
  }

  #create(bytes: () => Buffer): string | undefined {
    const path = this.#freePath('file');
    if (!path || this.#files().length >= mostFiles) return undefined;
    writeFileSync(path, bytes());
    return `create ${path}`;
  }

  #createBig(): string | undefined {
    const path = this.#freePath('file');
    if (!path || this.#files().filter(isBig).length >= this.#mostBig) return undefined;
    const bytes = Buffer.alloc(bigBytes, this.#text());
    writeFileSync(path, bytes);
    return `create big ${path}`;
  }

  #copy(): string | undefined {
    const from = this.#pick(this.#files().filter((path) => !isBig(path)));
    const to = this.#freePath('file');
    if (!from || !to || this.#files().length >= mostFiles) return undefined;
    writeFileSync(to, readFileSync(from));
    return `copy ${from} ${to}`;
  }

  #overwrite(): string | undefined {
    const path = this.#pick(this.#files());
    if (!path) return undefined;
    writeFileSync(path, this.#text());
    return `overwrite ${path}`;
  }

  #overwriteAlike(): string | undefined {
    const path = this.#pick(this.#files().filter((file) => !isBig(file) && statSync(file).size > 0));
    if (!path) return undefined;
    const bytes = readFileSync(path);
    bytes[Math.floor(this.#random() * bytes.length)]! ^= 1;
    writeFileSync(path, bytes);
    return `change one byte of ${path}`;
  }

  #append(): string | undefined {
    const path = this.#pick(this.#files());
    if (!path) return undefined;
    appendFileSync(path, this.#text());
    return `append to ${path}`;
  }

  #touch(): string | undefined {
    const path = this.#pick(this.#files());
    if (!path) return undefined;
    const at = new Date(1.7e12 + Math.floor(this.#random() * 1e10));
    utimesSync(path, at, at);
    return `touch ${path}`;
  }

  #saveByRename(): string | undefined {
    const path = this.#pick(this.#files());
    if (!path) return undefined;
    const temporary = join(dirname(path), `.save-${(this.#count += 1)}`);
    writeFileSync(temporary, this.#text());
    renameSync(temporary, path);
    return `save ${path} by a rename`;
  }

  #saveByBackup(): string | undefined {
    const path = this.#pick(this.#files().filter((file) => !file.endsWith('~')));
    if (!path || this.#isTaken(dirname(path), `${basename(path)}~`, `${path}~`)) return undefined;
    renameSync(path, `${path}~`);
    writeFileSync(path, this.#text());
    if (this.#random() < 0.5) return `save ${path}, with a backup`;
    rmSync(`${path}~`);
    return `save ${path}, with a backup for a moment`;
  }

  #makeFolder(): string | undefined {
    const path = this.#freePath('folder');
    if (!path || this.#folders().length >= 12) return undefined;
    mkdirSync(path);
    return `mkdir ${path}`;
  }

  #deleteFile(): string | undefined {
    const path = this.#pick(this.#files());
    if (!path) return undefined;
    this.#delete(path);
    return `delete ${path}`;
  }

  #deleteFolder(): string | undefined {
    const path = this.#pick(this.#folders());
    if (!path || below(path).length > 4) return undefined;
    this.#delete(path);
    return `delete ${path} with all in it`;
  }

  /** The file system gives the freed inode to the next file. */
  #deleteAndReuse(): string | undefined {
    const path = this.#pick(this.#files().filter((file) => !isBig(file) && statSync(file).size > 0));
    if (!path) return undefined;
    const bytes = Buffer.alloc(statSync(path).size, this.#text());
    this.#delete(path);
    const to = this.#random() < 0.5 ? path : this.#freePath('file');
    if (!to) return `delete ${path}`;
    writeFileSync(to, bytes);
    return `delete ${path}, and as many bytes to ${to}`;
  }

  #delete(path: string): void {
    for (const file of [path, ...(lstatSync(path).isDirectory() ? below(path) : [])]) {
      if (lstatSync(file).isFile() && !isBig(file)) this.#deleted.push({ path: file, bytes: readFileSync(file) });
    }
    rmSync(path, { recursive: true });
  }

  #restore(): string | undefined {
    const lost = this.#deleted.splice(Math.floor(this.#random() * this.#deleted.length), 1)[0];
    if (!lost) return undefined;
    const { path, bytes } = lost;
    const parents = [dirname(path)];
    while (!this.roots.includes(parents[0]!)) parents.unshift(dirname(parents[0]!));
    for (const parent of parents.slice(1)) {
      if (this.#isTaken(dirname(parent), basename(parent), parent)) return undefined;
    }
    if (this.#isTaken(dirname(path), basename(path))) return undefined;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return `restore ${path}`;
  }

  #rename(from: string | undefined, target: (from: string) => string): string | undefined {
    if (!from) return undefined;
    const to = target(from);
    if (to === from || to.startsWith(`${from}/`) || this.#isTaken(dirname(to), basename(to), from)) return undefined;
    renameSync(from, to);
    return `rename ${from} ${to}`;
  }

  #moveOver(): string | undefined {
    const from = this.#pick(this.#files());
    const to = this.#pick(this.#files());
    if (!from || !to || from === to) return undefined;
    renameSync(from, to);
    return `rename ${from} over ${to}`;
  }

  #changePlaces(paths: readonly string[]): string | undefined {
    const one = this.#pick(paths);
    const other = this.#pick(paths);
    if (!one || !other || one.startsWith(other) || other.startsWith(one)) return undefined;
    const between = join(this.#rootOf(one), `.between-${(this.#count += 1)}`);
    renameSync(one, between);
    renameSync(other, one);
    renameSync(between, other);
    return `swap ${one} ${other}`;
  }

  #rotate(): string | undefined {
    const files = this.#files();
    const chosen = [...new Set([this.#pick(files), this.#pick(files), this.#pick(files)])];
    if (chosen.length < 3 || chosen.includes(undefined)) return undefined;
    const [a, b, c] = chosen as [string, string, string];
    const between = join(this.#rootOf(a), `.between-${(this.#count += 1)}`);
    renameSync(a, between);
    renameSync(c, a);
    renameSync(b, c);
    renameSync(between, b);
    return `rotate ${a} ${b} ${c}`;
  }

  #changeCase(path: string | undefined): string | undefined {
    if (!path) return undefined;
    const name = basename(path);
    const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
    return this.#rename(path, () => join(dirname(path), other));
  }

  /** Of few, so that names come again. */
  #name(kind: 'file' | 'folder'): string {
    const number = Math.floor(this.#random() * (kind === 'file' ? 10 : 5));
    const name = kind === 'file' ? `file ${number}.txt` : `folder ${number}`;
    return this.#random() < 0.1 ? name.toUpperCase() : name;
  }

  #freePath(kind: 'file' | 'folder'): string | undefined {
    const folder = this.#pick([...this.roots, ...this.#folders()])!;
    const name = this.#name(kind);
    return this.#isTaken(folder, name) ? undefined : join(folder, name);
  }

  /** To Box, where case is no difference. */
  #isTaken(folder: string, name: string, but?: string): boolean {
    const names = lstatSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder) : [];
    return names.some((other) => other.toLowerCase() === name.toLowerCase() && join(folder, other) !== but);
  }

  #files(): string[] {
    return this.#all().filter((path) => lstatSync(path).isFile() && basename(path) !== 'anchor.txt');
  }

  #folders(): string[] {
    return this.#all().filter((path) => lstatSync(path).isDirectory());
  }

  #all(): string[] {
    return this.roots.flatMap(below);
  }

  #rootOf(path: string): string {
    return this.roots.find((root) => path.startsWith(`${root}/`))!;
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#random() * from.length)];
  }

  #text(): Buffer {
    this.#count += 1;
    return Buffer.from(`${this.#count} ${'x'.repeat(Math.floor(this.#random() * 60))}\n`);
  }

  #sha1(path: string, facts: { ino: number; size: number; mtimeMs: number; ctimeMs: number }): string {
    const key = `${facts.ino}:${facts.size}:${facts.mtimeMs}:${facts.ctimeMs}`;
    const known = this.#hashes.get(key);
    if (known !== undefined && facts.size >= bigBytes) return known;
    const sha1 = createHash('sha1').update(readFileSync(path)).digest('hex');
    this.#hashes.set(key, sha1);
    return sha1;
  }
}

/** What a file or folder was, wherever a folder that it is in came to lie. */
export function historyKey(path: string, sha1: string | null): string {
  return sha1 === null ? `${basename(path)}/` : `${basename(path)} ${sha1}`;
}

/** All paths below a folder, each after the folder that it is in; always in the same order. */
export function below(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? [path, ...below(path)] : [path];
    });
}

function isBig(path: string): boolean {
  return statSync(path).size >= 2 ** 20;
}
