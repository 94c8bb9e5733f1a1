import type { HintLimits, Hints } from './hint-batch.ts';

/** What the watching thread is started with. */
export interface WatchWorkerData {
  limits: HintLimits;
  /** One number, shared: so many directories may be watched at most. For tests of the system's limit, which is global. */
  capacity: Int32Array | null;
}

/** Why a directory isn't watched, or isn't enough to be watched: a code of the system, or one of these. */
export type FailureCode =
  | 'name' // chokidar can't be given this name
  | `network:${string}` // watched, but changes from elsewhere make no events
  | 'unanswered' // the file system did not answer in time
  | (string & {});

export interface WatchFailure {
  path: string;
  code: FailureCode;
}

export type WatchCommand =
  /**
   * Watches directories of a root. Answered when each is watched, has failed or turned out to be gone. `isHinted`: those that
   * were not watched before stand in what the next `hint` emits.
   */
  | { id: number; do: 'watch'; root: string; directories: string[]; isHinted: boolean }
  /** Stops watching them and all below; null: the whole root, which is forgotten. */
  | { id: number; do: 'unwatch'; root: string; directories: string[] | null }
  /** Emits the hint for what came to be watched since the last one; none where nothing did. */
  | { id: number; do: 'hint'; root: string };

export type WatchEvent =
  | ({ event: 'hints'; root: string } & Hints)
  | {
      event: 'state';
      root: string;
      /** Directories with a watch. */
      watches: number;
      failed: WatchFailure[];
      /** Directories that failed before, and that are watched or gone now. */
      cleared: string[];
      /** Directories long gone, of which the thread keeps nothing any more. */
      forgotten: string[];
    }
  | { event: 'error'; root: string; message: string };

export type WatchMessage = { answer: number; error: string | null } | WatchEvent;
