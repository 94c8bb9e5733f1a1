import type { LocalFacts } from '../scan/model.ts';

/** What is seen of a transfer's file at one moment. */
export interface Sight {
  /** Of the open file; null where files are not held open. `links`: names it has left. */
  held: { facts: LocalFacts; links: number } | null;
  /** Of what the path shows; null when there is nothing. */
  atPath: LocalFacts | null;
}

/**
 * `same`, also where the file was moved; `verify`: the bytes digested so far are to be read again, from the open file or
 * from what now stands at the path, and the transfer goes on if they match.
 */
export type RevisionVerdict =
  | { kind: 'same'; movedAway: boolean }
  | { kind: 'verify'; movedAway: boolean; from: 'held' | 'path'; facts: LocalFacts }
  | { kind: 'changed'; why: string }
  | { kind: 'missing' };

/** Size and mtime are equal: the same content, as far as a stat can tell. */
export function isSameContent(a: LocalFacts, b: LocalFacts): boolean {
  return a.sizeBytes === b.sizeBytes && a.mtimeNs === b.mtimeNs;
}

function isSameFile(a: LocalFacts, b: LocalFacts): boolean {
  return a.dev === b.dev && a.inode === b.inode;
}

/**
 * Whether a file is still the revision that a transfer began with (`known`, as last confirmed). Size or mtime differ:
 * another revision. Only ctime differs (chmod, a rename, a write with the time set back), or the path shows another inode
 * of the same size and mtime (a restored copy, a file system mounted again): the bytes decide. The path is gone: moved,
 * or deleted when no name is left; a file with further hard links counts as moved.
 */
export function compareRevision(known: LocalFacts, { held, atPath }: Sight): RevisionVerdict {
  if (held && !isSameContent(held.facts, known)) return { kind: 'changed', why: 'It was written to' };
  if (!atPath) {
    if (!held || held.links === 0) return { kind: 'missing' };
    if (held.facts.ctimeNs === known.ctimeNs) return { kind: 'same', movedAway: true };
    return { kind: 'verify', movedAway: true, from: 'held', facts: held.facts };
  }
  if (held && isSameFile(held.facts, atPath)) {
    if (held.facts.ctimeNs === known.ctimeNs) return { kind: 'same', movedAway: false };
    return { kind: 'verify', movedAway: false, from: 'held', facts: held.facts };
  }
  if (!isSameContent(atPath, known)) {
    return { kind: 'changed', why: held ? 'Another file stands in its place' : 'It was written to or replaced' };
  }
  if (!held && isSameFile(atPath, known) && atPath.ctimeNs === known.ctimeNs) return { kind: 'same', movedAway: false };
  return { kind: 'verify', movedAway: false, from: 'path', facts: atPath };
}

const racyMs = 2000;

/**
 * Whether content read between two wall times could have been written again without its mtime showing it: times of files
 * have a grain, up to 2 s on FAT (git calls such index entries racy). Times far ahead are not racy: a write would set them back.
 */
export function isRacy(mtimeNs: string, readFromMs: number, readUntilMs: number): boolean {
  const mtimeMs = Number(BigInt(mtimeNs) / 1_000_000n);
  return mtimeMs + racyMs >= readFromMs && mtimeMs - racyMs <= readUntilMs;
}

/** How long until a file of this mtime can be read without doubt: 0 when it can now; never more than 4 s. */
export function untilNotRacyMs(mtimeNs: string, nowMs: number): number {
  const mtimeMs = Number(BigInt(mtimeNs) / 1_000_000n);
  return isRacy(mtimeNs, nowMs, nowMs) ? mtimeMs + racyMs - nowMs + 1 : 0;
}
