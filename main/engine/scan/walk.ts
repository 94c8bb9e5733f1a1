import { lstatSync, readdirSync, statSync, type BigIntStats } from 'node:fs';
import { fileProblem } from '../../platform/file-problem.ts';
import { factsOf, kindOf } from './facts.ts';
import type { LocalFacts, LocalName, ScannedEntry, ScannedFolder } from './model.ts';
import { childPath, displayPathOf, nameOf, type LocalPath } from './raw-path.ts';
import type { RootGroup } from './roots.ts';

/** An entry to be left out, its whole tree with it: asked once for each entry below the roots, before anything is known of it. */
export type Skip = (folder: LocalPath, entry: LocalName) => boolean;

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
export function* walkTrees(groups: readonly RootGroup[], skip: Skip = () => false): Generator<ScannedFolder> {
  let nextKey = 1;
  for (const group of groups) {
    const container = { ...group.container, key: nextKey++, parentKey: null };
    const entries = group.roots.map((root) => lookAtRoot(root.path, root));
    yield { ...container, facts: folderFacts(group.path), entries, last: true, problem: null };

    const pending = group.roots
      .map((root, n) => ({ ...root, facts: entries[n]!.facts, kind: entries[n]!.kind, parentKey: container.key }))
      .filter((root) => root.kind === 'folder')
      .reverse() as PendingFolder[];
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
      while (children.length > 0) pending.push(children.pop()!);
    }
  }
}

function* slicesOf(folder: PendingFolder, key: number, skip: Skip): Generator<ScannedFolder> {
  const { name, rawName, parentKey, facts, path } = folder;
  const head = { key, parentKey, name, rawName, facts };
  let names: LocalName[];
  try {
    names = readNames(path).filter((entry) => !skip(path, entry));
  } catch (error) {
    const problem = fileProblem(error, 'read folder', displayPathOf(path));
    yield { ...head, entries: [], last: true, problem };
    return;
  }
  let entries: ScannedEntry[] = [];
  let sliceStartedAt = performance.now();
  for (const [n, entry] of names.entries()) {
    entries.push(lookAt(childPath(path, entry), entry));
    const isFull = entries.length >= sliceRows || performance.now() - sliceStartedAt > sliceMs;
    if (!isFull || n === names.length - 1) continue;
    yield { ...head, entries, last: false, problem: null };
    entries = [];
    sliceStartedAt = performance.now();
  }
  yield { ...head, entries, last: true, problem: null };
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
  return { name, rawName, kind: kindOf(stats), facts: factsOf(stats), problem: null };
}

function folderFacts(path: LocalPath): LocalFacts | null {
  try {
    return factsOf(statSync(path, { bigint: true }));
  } catch {
    return null;
  }
}
