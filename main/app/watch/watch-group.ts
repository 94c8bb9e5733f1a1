import { sep } from 'node:path';
import { FSWatcher } from 'chokidar';

export interface WatchGroupOptions {
  /** An event of the system in a directory: `rename` for entries that come or go, `change` for others; the entry's name if known. */
  onEvent: (directory: string, kind: string, name: string | null) => void;
  /** A watch that fails after the start; without a path nobody knows which. */
  onError: (path: string | null, code: string, message: string) => void;
  timeoutMs: number;
}

/** Directories of one root that are watched together, each for itself and not for what is below it. */
export interface DirectoryGroup {
  readonly size: number;
  members(): string[];
  /** Starts watching. Settles when all directories are watched or have failed: with the failures, as code by path. Never rejects. */
  start(): Promise<ReadonlyMap<string, string>>;
  /** Stops watching a directory, and perhaps those below it. */
  release(directory: string): void;
  close(): Promise<void>;
}

/** A name that comes through chokidar as it is. It turns backslashes to slashes, and bytes that are no UTF-8 were lost before. */
export function isWatchableName(path: string): boolean {
  return !path.includes('\ufffd') && (process.platform === 'win32' || !path.includes('\\'));
}

/**
 * Some 50 directories of one root, watched by one chokidar watcher each for itself, not their trees. chokidar given a root
 * of 10,000 folders takes 600 MB; given directories in such groups, one after the other, 80 MB. Its raw events are used, since
 * each event of the system is one of them, whatever chokidar then makes of it: it leaves out `*~` and `.*.swp` and compares
 * times. What lies in the directories is ignored for the same reason: nothing has to be remembered for it.
 */
export class WatchGroup implements DirectoryGroup {
  readonly #watcher: FSWatcher;
  readonly #members: Set<string>;
  /** chokidar writes slashes only, on Windows too. */
  readonly #asGiven: ReadonlyMap<string, string>;
  readonly #options: WatchGroupOptions;
  /** Failures while starting; null afterwards. */
  #failures: Map<string, string> | null = new Map();
  readonly #started = Promise.withResolvers<boolean>();

  /** @param directories absolute, normalized, with names that `isWatchableName`. */
  constructor(directories: readonly string[], options: WatchGroupOptions) {
    this.#members = new Set(directories);
    this.#options = options;
    const asGiven = new Map(directories.map((path) => [withSlashes(path), path]));
    this.#asGiven = asGiven;
    this.#watcher = new FSWatcher({
      depth: 0,
      ignoreInitial: true,
      followSymlinks: false,
      persistent: true,
      atomic: false,
      ignored: (path) => !asGiven.has(withSlashes(path)),
    });
  }

  get size(): number {
    return this.#members.size;
  }

  members(): string[] {
    return [...this.#members];
  }

  async start(): Promise<ReadonlyMap<string, string>> {
    const failures = this.#failures!;
    const watcher = this.#watcher;
    watcher.on('raw', (kind: string, name: string | null, details: unknown) => {
      const { watchedPath } = details as { watchedPath?: unknown };
      if (typeof watchedPath !== 'string') return;
      const directory = this.#asGiven.get(withSlashes(watchedPath));
      if (directory !== undefined) this.#options.onEvent(directory, kind, name);
    });
    watcher.on('error', (error) => this.#failed(error as NodeJS.ErrnoException));
    const timer = setTimeout(() => this.#started.resolve(false), this.#options.timeoutMs);
    watcher.once('ready', () => this.#started.resolve(true));
    watcher.add([...this.#members]);
    const isReady = await this.#started.promise;
    clearTimeout(timer);
    this.#failures = null;
    if (!isReady) for (const path of this.#members) failures.set(path, 'unanswered');
    // Releasing one releases those below it, so they have failed with it.
    for (const [path, code] of [...failures]) {
      for (const member of this.#members) if (member.startsWith(path + sep)) failures.set(member, code);
    }
    for (const path of failures.keys()) this.release(path);
    return failures;
  }

  /** Stops watching a directory, and those below it: chokidar knows no other way. */
  release(directory: string): void {
    if (!this.#members.delete(directory)) return;
    if (this.#members.size === 0) void this.close();
    else this.#watcher.unwatch(directory);
  }

  async close(): Promise<void> {
    this.#members.clear();
    this.#started.resolve(true);
    await this.#watcher.close().catch((error: unknown) => {
      this.#options.onError(null, 'close', String(error));
    });
  }

  #failed(error: NodeJS.ErrnoException): void {
    const given = error.path === undefined ? undefined : this.#asGiven.get(withSlashes(error.path));
    const path = given !== undefined && this.#members.has(given) ? given : null;
    const code = error.code ?? 'unknown';
    if (path !== null && this.#failures) this.#failures.set(path, code);
    else this.#options.onError(path, code, error.message);
  }
}

function withSlashes(path: string): string {
  return path.replaceAll('\\', '/');
}
