import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { FailureCode } from './protocol.ts';

/** A folder that is read again each minute since watching it isn't possible or isn't enough. */
export interface FallbackFolder {
  path: string;
  reason: string;
  remedy: string;
}

/** What the remedies name: of the system now, and of all pairs. */
export interface WatchLimits {
  /** fs.inotify.max_user_watches; null where there is no such limit. */
  watches: number | null;
  /** fs.inotify.max_user_instances */
  instances: number | null;
  /** Directories that got no watch because of the limit. */
  missing: number;
}

/** The limits of inotify(7) as they are now; null on other systems. */
export function readInotifyLimit(name: 'max_user_watches' | 'max_user_instances'): number | null {
  try {
    const limit = Number(readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8'));
    return Number.isSafeInteger(limit) && limit > 0 ? limit : null;
  } catch {
    return null;
  }
}

/** The value to set a limit to, so that it lasts for a while: a power of two with a quarter to spare. */
export function roomyLimit(needed: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, needed) * 1.25));
}

/** Why a folder isn't watched, and what the user can do about it. */
export function explainFailure(code: FailureCode, limits: WatchLimits): { reason: string; remedy: string } {
  if (code.startsWith('network:')) {
    return {
      reason: `On a network or FUSE file system (${code.slice('network:'.length)}): changes made elsewhere make no events.`,
      remedy: 'None needed: changes from elsewhere are found within a minute.',
    };
  }
  switch (code) {
    case 'ENOSPC': {
      if (limits.watches === null) return { reason: 'The system has no more watches.', remedy: 'Add fewer folders.' };
      const needed = limits.watches + limits.missing;
      return {
        reason: `The system's limit of ${limits.watches} watches is reached.`,
        remedy: `sudo sysctl fs.inotify.max_user_watches=${roomyLimit(needed)} (now ${limits.watches}; at least ${needed} are needed)`,
      };
    }
    case 'EMFILE':
    case 'ENFILE':
      return {
        reason: 'Too many files are open.',
        remedy:
          limits.instances === null
            ? 'Raise the limit of open files (ulimit -n).'
            : `Raise the limit of open files (ulimit -n), or: sudo sysctl fs.inotify.max_user_instances=${roomyLimit(limits.instances + 1)} (now ${limits.instances})`,
      };
    case 'EACCES':
    case 'EPERM':
      return { reason: 'No permission to read this folder.', remedy: 'Give yourself the right to read it.' };
    case 'ENOENT':
      return { reason: 'The folder is not there.', remedy: 'Connect the drive, or put the folder back.' };
    case 'name':
      return {
        reason: 'Its name, or that of a folder above it, has characters that the watcher cannot be given.',
        remedy: 'Rename it in UTF-8 and without backslashes.',
      };
    case 'unanswered':
      return { reason: 'The file system did not answer in time.', remedy: 'Check the drive or the network.' };
    default:
      return {
        reason: `The system refused to watch it (${code}).`,
        remedy: 'None known: it is tried again by itself.',
      };
  }
}

/** Whether a later try can end otherwise without the user renaming or moving anything. */
export function isWorthRetrying(code: FailureCode): boolean {
  return code !== 'name' && !code.startsWith('network:');
}

/**
 * The folders of a report: those that failed for the same reason as the folder above are told with it, and a list of
 * `maxFolders` is long enough to act on.
 */
export function listFallbackFolders(
  failures: ReadonlyMap<string, FailureCode>,
  limits: WatchLimits,
  maxFolders = 100,
): FallbackFolder[] {
  const folders: FallbackFolder[] = [];
  for (const [path, code] of failures) {
    if (failures.get(dirname(path)) === code && dirname(path) !== path) continue;
    if (folders.push({ path, ...explainFailure(code, limits) }) >= maxFolders) break;
  }
  return folders;
}
