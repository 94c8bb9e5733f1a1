import { watch } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { lookAtDirectory } from './directory-facts.ts';
import type { DirectoryGroup, WatchGroupOptions } from './watch-group.ts';

/** A watch of the system, as far as it is used here. */
export interface SystemWatch {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  close(): void;
}

/** `fs.watch` with `recursive`. @throws the system's error */
export type WatchAll = (root: string, onEvent: (kind: string, name: string | null) => void) => SystemWatch;

/**
 * Whether a root is watched with one watch for all that is below it. On Windows nobody can rename a folder in which another one is
 * open, as each watched directory is (github.com/paulmillr/chokidar/issues/1380); on macOS some 4,000 watches are all that a process
 * gets, and one too many ends the others (github.com/nodejs/node/issues/43267). Linux has no such watch.
 */
export function watchesTrees(platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' || platform === 'darwin';
}

/**
 * One watch of the system for a root and all below it. It stands from the first group of directories until the last one is released;
 * what happens in directories of no group is passed over.
 */
export class WatchTree {
  readonly #root: string;
  readonly #onOverflow: () => void;
  readonly #watchAll: WatchAll;
  readonly #groups = new Map<string, TreeGroup>();
  #watcher: SystemWatch | null = null;

  /** @param onOverflow events were lost, or came without a name */
  constructor(root: string, onOverflow: () => void, watchAll: WatchAll = watchRecursively) {
    this.#root = root;
    this.#onOverflow = onOverflow;
    this.#watchAll = watchAll;
  }

  /** Directories that are told of together, like a {@link WatchGroup} of their own. */
  group(directories: readonly string[], options: WatchGroupOptions): DirectoryGroup {
    return new TreeGroup(this, directories, options);
  }

  /** Events of the directories go to the group from now on. Gives the system's code where it refuses. */
  begin(directories: Iterable<string>, group: TreeGroup): string | null {
    for (const directory of directories) this.#groups.set(directory, group);
    try {
      this.#watcher ??= this.#open();
      return null;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? 'unknown';
    }
  }

  /** What has gone over to another group since stays with that one. */
  end(directory: string, group: TreeGroup): void {
    if (this.#groups.get(directory) === group) this.#groups.delete(directory);
    if (this.#groups.size === 0) this.#close();
  }

  #open(): SystemWatch {
    const watcher = this.#watchAll(this.#root, (kind, name) => this.#onEvent(kind, name));
    watcher.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#watcher === watcher) this.#onError(error);
    });
    return watcher;
  }

  #close(): void {
    const watcher = this.#watcher;
    this.#watcher = null;
    watcher?.close();
  }

  #onEvent(kind: string, name: string | null): void {
    // Windows had more to tell than its buffer holds.
    if (name === null) return this.#onOverflow();
    const path = join(this.#root, name);
    // A directory is changed by what happens in it, which is all that is to be read again then.
    const own = kind === 'change' ? this.#groups.get(path) : undefined;
    if (own) return own.options.onEvent(path, kind, null);
    const directory = dirname(path);
    this.#groups.get(directory)?.options.onEvent(directory, kind, basename(path));
  }

  /** The watch has ended, for all of the root. Windows says EPERM of one that is gone. */
  #onError(error: NodeJS.ErrnoException): void {
    this.#close();
    const code = lookAtDirectory(this.#root) === null ? 'ENOENT' : (error.code ?? 'unknown');
    const group = this.#groups.get(this.#root);
    if (group) group.options.onError(this.#root, code, error.message);
    else this.#onOverflow();
  }
}

class TreeGroup implements DirectoryGroup {
  readonly options: WatchGroupOptions;
  readonly #tree: WatchTree;
  readonly #members: Set<string>;

  constructor(tree: WatchTree, directories: readonly string[], options: WatchGroupOptions) {
    this.#tree = tree;
    this.#members = new Set(directories);
    this.options = options;
  }

  get size(): number {
    return this.#members.size;
  }

  members(): string[] {
    return [...this.#members];
  }

  start(): Promise<ReadonlyMap<string, string>> {
    const code = this.#tree.begin(this.#members, this);
    const failures = new Map(code === null ? [] : this.members().map((path) => [path, code]));
    for (const path of failures.keys()) this.release(path);
    return Promise.resolve(failures);
  }

  release(directory: string): void {
    if (this.#members.delete(directory)) this.#tree.end(directory, this);
  }

  close(): Promise<void> {
    for (const directory of this.members()) this.release(directory);
    return Promise.resolve();
  }
}

function watchRecursively(...[root, onEvent]: Parameters<WatchAll>): SystemWatch {
  return watch(root, { recursive: true }, onEvent);
}
