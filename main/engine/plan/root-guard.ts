/** So many files of the ledger, or all where it has fewer, have to match under a root that is another folder than before. */
export const rootSampleSize = 20;

/** What the root's path shows now. */
export type RootLook =
  | {
      dev: string;
      inode: string;
      isFolder: boolean;
      /** Names directly in it, of any kind. 0 and "some" are all that counts. */
      entries: number;
    }
  | { error: 'missing' | 'unreadable' };

/** Files of the ledger that were looked for under the root: how many, and how many have the size and mtime they had. */
export interface RootSample {
  checked: number;
  matching: number;
}

export type RootStop = 'missing' | 'unreadable' | 'not-a-folder' | 'replaced' | 'emptied';

export type RootVerdict =
  /** The folder that it was: scan. */
  | { verdict: 'ok' }
  /** Take the device and inode of now over, then scan. */
  | { verdict: 'accept' }
  /** Another device or inode: look for `rootSampleSize` files of the ledger under it and judge again. */
  | { verdict: 'needs-sample' }
  /** Nothing is scanned, and nothing counts as deleted, until a person has answered. */
  | { verdict: 'stop'; reason: RootStop };

/**
 * Whether the root of a pair is still the folder that the ledger knows. Device numbers change with a restart or another
 * port, and a restored folder has another inode, so either is accepted when the ledger's files are found under it (where
 * it has none, nothing can be mistaken for a deletion: accepted unseen). An unmounted root shows its empty mount point:
 * no entry at all where the ledger knows files is `emptied`, on any device. First use (`known` null) accepts.
 * @param ledger files: those the ledger knows on Box
 * @param sample null until it was taken; only asked for when device or inode differ
 */
export function judgeRoot(
  known: { dev: string; inode: string } | null,
  now: RootLook,
  ledger: { files: number },
  sample: RootSample | null,
): RootVerdict {
  if ('error' in now) return { verdict: 'stop', reason: now.error };
  if (!now.isFolder) return { verdict: 'stop', reason: 'not-a-folder' };
  if (now.entries === 0 && ledger.files > 0) return { verdict: 'stop', reason: 'emptied' };
  if (!known) return { verdict: 'accept' };
  if (known.dev === now.dev && known.inode === now.inode) return { verdict: 'ok' };
  const needed = Math.min(rootSampleSize, ledger.files);
  if (needed === 0) return { verdict: 'accept' };
  if (!sample) return { verdict: 'needs-sample' };
  return sample.matching >= needed ? { verdict: 'accept' } : { verdict: 'stop', reason: 'replaced' };
}
