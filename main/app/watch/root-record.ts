import { dirname } from 'node:path';
import { isWorthRetrying, listFallbackFolders, type FallbackFolder, type WatchLimits } from './fallback.ts';
import type { FailureCode, WatchEvent } from './protocol.ts';

export interface WatchReport {
  /** `starting`: until all given directories are watched, and after the thread died. `polling`: none is watched. */
  mode: 'watching' | 'starting' | 'partly' | 'polling';
  /** Directories with a watch of the system. */
  watches: number;
  /** fs.inotify.max_user_watches of all programs of the user together; null where there is no such limit. */
  limit: number | null;
  /** At most 100, and those below one that failed for the same reason are not told again. */
  fallbackFolders: FallbackFolder[];
  /** All folders that are read again each minute. */
  fallbackCount: number;
}

/** What the app's process knows of one root: the directories it was given, and what the thread told of them. */
export class RootRecord {
  readonly root: string;
  readonly known = new Set<string>();
  readonly failures = new Map<string, FailureCode>();
  watches = 0;
  /** Calls of `watch` that still run. */
  starting = 0;
  #lastState = '';
  #lastWatches = 0;

  constructor(root: string) {
    this.root = root;
  }

  get isRootMissing(): boolean {
    return this.failures.get(this.root) === 'ENOENT';
  }

  apply(state: WatchEvent & { event: 'state' }): void {
    this.watches = state.watches;
    for (const path of state.cleared) this.failures.delete(path);
    for (const { path, code } of state.failed) this.failures.set(path, code);
    for (const path of state.forgotten) this.known.delete(path);
  }

  /** The thread is gone, and its watches with it. */
  reset(): void {
    this.watches = 0;
    this.failures.clear();
  }

  /** Forgets directories and all below them. */
  forget(directories: readonly string[]): void {
    const gone = new Set(directories);
    const isGone = (path: string): boolean => {
      for (let at = path; ; at = dirname(at)) {
        if (gone.has(at)) return true;
        if (at === this.root || dirname(at) === at) return false;
      }
    };
    for (const path of this.known) if (isGone(path)) this.known.delete(path);
    for (const path of this.failures.keys()) if (isGone(path)) this.failures.delete(path);
  }

  /** What a rescan in place of events has to read. */
  foldersToRescan(): string[] {
    return [...this.failures.keys()];
  }

  /** The failures that another try may end, by code; a missing root is looked after by the rescans. */
  retriable(): Map<FailureCode, string[]> {
    const retriable = [...this.failures].filter(
      ([path, code]) => isWorthRetrying(code) && !(path === this.root && this.isRootMissing),
    );
    return new Map(
      [...Map.groupBy(retriable, ([, code]) => code)].map(([code, some]) => [code, some.map(([path]) => path)]),
    );
  }

  report(isRestarting: boolean, limits: WatchLimits): WatchReport {
    return {
      mode: this.#mode(isRestarting),
      watches: this.watches,
      limit: limits.watches,
      fallbackFolders: listFallbackFolders(this.failures, limits),
      fallbackCount: this.failures.size,
    };
  }

  /** What a report says that the last one did not: `count` for nothing but another number of watches. */
  newsIn(report: WatchReport): 'state' | 'count' | null {
    const { watches, ...state } = report;
    if (JSON.stringify(state) !== this.#lastState) return 'state';
    return watches === this.#lastWatches ? null : 'count';
  }

  /** The report was given to whom it concerns. */
  reported({ watches, ...state }: WatchReport): void {
    this.#lastWatches = watches;
    this.#lastState = JSON.stringify(state);
  }

  #mode(isRestarting: boolean): WatchReport['mode'] {
    if (isRestarting || this.starting > 0) return 'starting';
    if (this.failures.size === 0) return 'watching';
    return this.watches === 0 ? 'polling' : 'partly';
  }
}
