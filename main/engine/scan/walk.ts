import { lstatSync, readdirSync, statSync, type BigIntStats } from 'node:fs';
import { fileProblem } from '../../platform/file-problem.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { RuleOrigin } from '../ignore/model.ts';
import { factsOf, isHollow, kindOf } from './facts.ts';
import type { IgnoredEntry, LocalFacts, LocalName, ScannedEntry, ScannedFolder } from './model.ts';
import { childPath, displayPathOf, nameOf, type LocalPath } from './raw-path.ts';
import type { RootGroup } from './roots.ts';

/**
 * An entry to be left out, its whole tree with it, perhaps by a rule that is then told: asked once for each entry, before
 * anything is known of it. `isFolder` looks at it, and the look counts for the walk too. May throw: then the folder, or a root
 * itself, is not walked, and has the problem.
 */
export type Skip = (folder: LocalPath, entry: LocalName, isFolder: () => boolean) => RuleOrigin | boolean | null;

export interface WalkOptions {
  /** Asked for what lies below the roots. */
  skip?: Skip;
  /** Asked for the roots. */
  skipRoot?: Skip;
  /** The roots with their entries, and nothing below. */
  shallow?: boolean;
  /** False: a root that is a link is an entry like any other. Default: it is followed. */
  followRoots?: boolean;
}

/** A slice of a folder ends at so many entries, or after so long on a slow disk: somebody watches the count grow. */
const sliceRows = 2000;
const sliceMs = 200;

interface PendingFolder extends LocalName {
  parentKey: number;
  path: LocalPath;
  facts: LocalFacts | null;
}

/**
 * The folders of the trees, parents first, each in slices. Sync on purpose: 100,000 files take 0.5 s in a thread of its own
 * and 2.4 s with promises. What is held is the names of the folders on the way down and of their siblings, never the tree.
 */
export function* walkTrees(groups: readonly RootGroup[], given: Skip | WalkOptions = {}): Generator<ScannedFolder> {
  const options: WalkOptions = typeof given === 'function' ? { skip: given } : given;
  const { skip = keepAll, skipRoot = keepAll, shallow = false, followRoots = true } = options;
  let nextKey = 1;
  for (const group of groups) {
    const container = { ...group.container, key: nextKey++, parentKey: null };
    const entries: ScannedEntry[] = [];
    const ignored: IgnoredEntry[] = [];
    const pending: PendingFolder[] = [];
    for (const { name, rawName, path } of group.roots) {
      const root = { name, rawName };
      const seen = sortOutRoot(skipRoot, group.path, path, root, followRoots);
      if ('rule' in seen) ignored.push(seen);
      else entries.push(seen);
      if ('kind' in seen && seen.kind === 'folder') {
        pending.unshift({ ...root, path, facts: seen.facts, parentKey: container.key });
      }
    }
    yield { ...container, facts: folderFacts(group.path), entries, ignored, last: true, problem: null };

    for (let folder = pending.pop(); folder; folder = pending.pop()) {
      const key = nextKey++;
      const children: PendingFolder[] = [];
      for (const slice of slicesOf(folder, key, skip)) {
        for (const { name, rawName, kind, facts } of slice.entries) {
          if (kind !== 'folder') continue;
          const path = childPath(folder.path, { name, rawName });
          children.push({ name, rawName, facts, parentKey: key, path });
        }
        yield slice;
      }
      while (!shallow && children.length > 0) pending.push(children.pop()!);
    }
  }
}

function* slicesOf(folder: PendingFolder, key: number, skip: Skip): Generator<ScannedFolder> {
  const { name, rawName, parentKey, facts, path } = folder;
  const head = { key, parentKey, name, rawName, facts };
  let entries: ScannedEntry[] = [];
  let ignored: IgnoredEntry[] = [];
  let sliceStartedAt = performance.now();
  try {
    const names = readNames(path);
    for (const [n, entry] of names.entries()) {
      const seen = sortOut(skip, path, entry, () => lookAt(childPath(path, entry), entry));
      if ('rule' in seen) ignored.push(seen);
      else entries.push(seen);
      const isFull = entries.length + ignored.length >= sliceRows || performance.now() - sliceStartedAt > sliceMs;
      if (!isFull || n === names.length - 1) continue;
      yield { ...head, entries, ignored, last: false, problem: null };
      [entries, ignored] = [[], []];
      sliceStartedAt = performance.now();
    }
  } catch (error) {
    yield { ...head, entries: [], ignored: [], last: true, problem: problemOf(error, path) };
    return;
  }
  yield { ...head, entries, ignored, last: true, problem: null };
}

/** What stands there, or that it is left out; looked at at most once, and not at all where its name says enough. */
function sortOut(
  skip: Skip,
  folder: LocalPath,
  entry: LocalName,
  look: () => ScannedEntry,
): ScannedEntry | IgnoredEntry {
  let seen: ScannedEntry | undefined;
  const rule = skip(folder, entry, () => (seen ??= look()).kind === 'folder');
  return rule ? { ...entry, rule: rule === true ? null : rule } : (seen ?? look());
}

function sortOutRoot(
  skipRoot: Skip,
  folder: LocalPath,
  path: LocalPath,
  root: LocalName,
  followLink: boolean,
): ScannedEntry | IgnoredEntry {
  try {
    return sortOut(skipRoot, folder, root, () => (followLink ? lookAtRoot(path, root) : lookAt(path, root)));
  } catch (error) {
    return { ...root, kind: 'unknown', facts: null, problem: problemOf(error, folder) };
  }
}

function keepAll(): boolean {
  return false;
}

function problemOf(error: unknown, folder: LocalPath): Problem {
  return error instanceof ProblemError ? error.problem : fileProblem(error, 'read folder', displayPathOf(folder));
}

/** The names in a folder in the order of their bytes. Read as text, which is faster, and again as bytes where that fails. */
function readNames(path: LocalPath): LocalName[] {
  const names = readdirSync(path);
  if (names.some((name) => name.includes('\ufffd'))) {
    const raw = readdirSync(path, { encoding: 'buffer' });
    return raw.sort((a, b) => Buffer.compare(a, b)).map(nameOf);
  }
  // UTF-16 units sort like UTF-8 bytes, but for surrogates against the characters above them.
  if (names.some((name) => /[\ud800-\uffff]/.test(name))) {
    names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  } else names.sort();
  return names.map((name) => ({ name, rawName: null }));
}

function lookAt(path: LocalPath, { name, rawName }: LocalName): ScannedEntry {
  try {
    return found(name, rawName, lstatSync(path, { bigint: true }));
  } catch (error) {
    const problem = fileProblem(error, 'stat', displayPathOf(path));
    return { name, rawName, kind: 'unknown', facts: null, problem };
  }
}

/** A link that a person named is followed; one that leads nowhere stays a link, with the reason. */
function lookAtRoot(path: LocalPath, entry: LocalName): ScannedEntry {
  const itself = lookAt(path, entry);
  if (itself.kind !== 'link') return itself;
  try {
    return found(itself.name, itself.rawName, statSync(path, { bigint: true }));
  } catch (error) {
    return { ...itself, problem: fileProblem(error, 'follow link', displayPathOf(path)) };
  }
}

function found(name: string, rawName: Uint8Array | null, stats: BigIntStats): ScannedEntry {
  const entry: ScannedEntry = { name, rawName, kind: kindOf(stats), facts: factsOf(stats), problem: null };
  if (isHollow(stats)) entry.isHollow = true;
  return entry;
}

function folderFacts(path: LocalPath): LocalFacts | null {
  try {
    return factsOf(statSync(path, { bigint: true }));
  } catch {
    return null;
  }
}
