import { basename, dirname, join } from 'node:path';
import { lookAtDirectory, networkFileSystemOf, type DirectoryFacts } from './directory-facts.ts';
import { PathTree } from './path-tree.ts';
import type { FailureCode, WatchFailure } from './protocol.ts';
import { isWatchableName, WatchGroup, type DirectoryGroup, type WatchGroupOptions } from './watch-group.ts';
import { watchesTrees, WatchTree } from './watch-tree.ts';

export interface RootWatchesOptions {
  root: string;
  note: (folder: string) => void;
  noteOverflow: () => void;
  onState: (state: { watches: number; failed: WatchFailure[]; cleared: string[]; forgotten: string[] }) => void;
  onError: (message: string) => void;
  /** Called for each event of the system. */
  onSystemEvent: () => void;
  /** How many more directories may be watched: a test's seam for ENOSPC. */
  room: () => number;
  networkFileSystemOf?: (path: string) => string | null;
  /** One watch for all of the root; by default where the system needs it. */
  asTree?: boolean;
}

/** [Note: Directories that are gone] So many are remembered at most; the oldest are forgotten first. */
const maxAbsent = 20_000;
const groupSize = 50;
/** Groups below half their size are merged when there are so many of them. */
const maxSmallGroups = 40;
const startTimeoutMs = 120_000;

interface Entry {
  path: string;
  /** `absent`: was watched and is gone; see [Note: Directories that are gone]. */
  state: 'watched' | 'failed' | 'absent';
  facts: DirectoryFacts | null;
  group: DirectoryGroup | null;
  code: FailureCode | null;
  /** How often it changed while its watch was being set. */
  unrests: number;
}

/** A directory that is never at rest is watched nevertheless. */
const maxUnrests = 3;

/**
 * The watched directories of one root, inside the watching thread. A watch of the system belongs to an inode and not to a
 * path: it follows a directory that is moved away, and it dies with one that is deleted while another may take its path at once.
 * So each event that can mean this makes the directory suspect, and it is looked at again: gone, the watches at and below it
 * are dropped; replaced, they are set anew, with hints for each of them.
 *
 * [Note: Directories that are gone] are remembered, because one may come back (moved away and back, an undo) before the scan
 * has seen that it was gone: the scan would then find nothing new and never ask for it to be watched.
 */
export class RootWatches {
  readonly #options: RootWatchesOptions;
  readonly #root: string;
  readonly #entries: PathTree<Entry>;
  readonly #tree: WatchTree | null;
  readonly #groups = new Set<DirectoryGroup>();
  readonly #absent = new Set<Entry>();
  readonly #networkKinds = new Map<bigint, string | null>();
  readonly #changes = { failed: new Map<string, FailureCode>(), cleared: new Set<string>(), forgotten: [] as string[] };
  /** Paths to be looked at; true: the watch of the directory itself said that it may have ended. */
  #suspects = new Map<string, boolean>();
  #queue: Promise<unknown> = Promise.resolve();
  #watched = 0;
  #watchedReported = -1;
  #isClosed = false;

  constructor(options: RootWatchesOptions) {
    this.#options = options;
    this.#root = options.root;
    this.#entries = new PathTree(options.root);
    this.#tree = (options.asTree ?? watchesTrees()) ? new WatchTree(options.root, options.noteOverflow) : null;
  }

  get watched(): number {
    return this.#watched;
  }

  /**
   * Watches directories, at most some hundreds a call; those that are watched already are only checked. Rejects for paths outside
   * the root.
   * @returns those that were not watched before, and those that failed for the first time.
   */
  watch(directories: readonly string[]): Promise<string[]> {
    const distinct = [...new Set(directories)];
    const work = this.#queue.then(async () => {
      const fresh: string[] = [];
      for (let from = 0; from < distinct.length && !this.#isClosed; from += groupSize) {
        fresh.push(...(await this.#watchSome(distinct.slice(from, from + groupSize))));
      }
      await this.#mergeSmallGroups();
      this.#report();
      return fresh;
    });
    this.#queue = work.catch((error: unknown) => this.#options.onError(String(error)));
    return work;
  }

  /** Forgets directories and all below them. */
  unwatch(directories: readonly string[]): void {
    for (const directory of directories) {
      for (const entry of this.#entries.subtree(directory)) this.#forget(entry);
    }
    this.#report();
  }

  /** Looks at every directory again: events were lost. */
  checkAll(): void {
    for (const { path } of this.#entries.values()) this.#suspect(path, false);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#groups].map((group) => group.close()));
    await this.#queue;
  }

  async #watchSome(directories: readonly string[]): Promise<string[]> {
    const entries: Entry[] = [];
    const failed: string[] = [];
    let room = this.#options.room();
    for (const path of directories) {
      const known = this.#entries.get(path);
      const facts = lookAtNamed(path);
      if (!known && (typeof facts === 'string' || (facts !== null && room <= 0))) failed.push(path);
      if (typeof facts === 'string') {
        this.#fail(known ?? this.#create(path), facts);
      } else if (facts === null) {
        this.#gone(known ?? this.#create(path));
      } else if (known?.state === 'watched') {
        if (known.facts?.identity !== facts.identity) this.#suspect(path, true);
      } else if (room <= 0) {
        this.#fail(known ?? this.#create(path), 'ENOSPC');
      } else {
        const entry = known ?? this.#create(path);
        entry.facts = facts;
        entries.push(entry);
        room -= 1;
      }
    }
    if (entries.length > 0) await this.#startGroup(entries);
    return [...entries.map(({ path }) => path), ...failed];
  }

  async #startGroup(entries: readonly Entry[]): Promise<void> {
    const paths = entries.map(({ path }) => path);
    const options: WatchGroupOptions = {
      onEvent: (directory, kind, name) => this.#onEvent(directory, kind, name),
      onError: (path, code, message) => this.#onLateError(group, path, code, message),
      timeoutMs: startTimeoutMs,
    };
    const group: DirectoryGroup = this.#tree?.group(paths, options) ?? new WatchGroup(paths, options);
    this.#groups.add(group);
    for (const entry of entries) this.#setWatched(entry, group);
    const failures = await group.start();
    for (const entry of entries) {
      // It may have been dropped meanwhile.
      if (entry.group !== group) continue;
      const code = failures.get(entry.path);
      if (code !== undefined) this.#fail(entry, code);
      else if (!this.#wasAtRest(entry)) this.#suspect(entry.path, true);
    }
    if (group.size === 0) this.#groups.delete(group);
  }

  #onEvent(directory: string, kind: string, name: string | null): void {
    this.#options.onSystemEvent();
    if (this.#entries.get(directory)?.state !== 'watched') return;
    this.#options.note(directory);
    // The end of a watched directory comes with its own name, like an entry of the same name in it.
    if (kind === 'rename' && (name === null || name === basename(directory))) this.#suspect(directory, true);
    if (name === null) return;
    // Of what kind doesn't tell: a change of rights comes as `rename` for folders on Linux.
    const child = this.#entries.get(join(directory, name));
    if (child) this.#suspect(child.path, false);
  }

  #onLateError(group: DirectoryGroup, path: string | null, code: string, message: string): void {
    this.#options.onError(`${code}: ${message}`);
    if (path === null || this.#entries.get(path)?.group !== group) return;
    for (const entry of this.#entries.subtree(path)) this.#fail(entry, code);
    this.#options.note(path);
    this.#report();
  }

  #suspect(path: string, isSelf: boolean): void {
    if (this.#suspects.size === 0) setImmediate(() => this.#checkSuspects());
    this.#suspects.set(path, isSelf || (this.#suspects.get(path) ?? false));
  }

  #checkSuspects(): void {
    const suspects = [...this.#suspects].sort(([a], [b]) => a.length - b.length);
    this.#suspects = new Map();
    if (this.#isClosed) return;
    const again = new Set<string>();
    for (const [path, isSelf] of suspects) {
      const entry = this.#entries.get(path);
      if (!entry || again.has(path)) continue;
      const found = lookAtDirectory(path);
      if (found === null) {
        this.#goneWithAllBelow(entry);
      } else if (
        entry.state === 'absent' ||
        isForbidden(entry) ||
        (entry.state === 'watched' && this.#isReplaced(entry, found, isSelf))
      ) {
        for (const below of this.#entries.subtree(path)) {
          if (below.state === 'watched') this.#release(below);
          again.add(below.path);
        }
      }
    }
    this.#report();
    if (again.size === 0) return;
    const isWatched = (path: string) => this.#entries.get(path)?.state === 'watched';
    this.watch([...again]).then(
      () => [...again].filter(isWatched).forEach((path) => this.#options.note(path)),
      () => this.#options.noteOverflow(),
    );
  }

  /**
   * Whether the watch that was just set is certainly on the directory that was looked at before. One that was away for the
   * moment of being watched (chokidar then waits for it, and with `depth: 0` in vain) has changed its ctime.
   */
  #wasAtRest(entry: Entry): boolean {
    const found = lookAtDirectory(entry.path);
    if (found === null || typeof found === 'string' || this.#isReplaced(entry, found)) return false;
    const isAtRest = found.changedAtNs === entry.facts!.changedAtNs;
    entry.unrests = isAtRest ? 0 : entry.unrests + 1;
    if (isAtRest || entry.unrests > maxUnrests) return true;
    entry.facts = { ...found, identity: 'unsure' };
    return false;
  }

  /** Whether another directory than the watched one lies at the path, or none. Where births aren't kept, `isSelf` decides. */
  #isReplaced(entry: Entry, found: ReturnType<typeof lookAtDirectory>, isSelf = false): boolean {
    if (found === null || typeof found === 'string') return true;
    return entry.facts?.identity !== found.identity || (isSelf && !found.isCertain);
  }

  #create(path: string): Entry {
    const entry: Entry = { path, state: 'failed', facts: null, group: null, code: null, unrests: 0 };
    this.#entries.set(path, entry);
    return entry;
  }

  #setWatched(entry: Entry, group: DirectoryGroup): void {
    this.#absent.delete(entry);
    entry.state = 'watched';
    entry.group = group;
    this.#watched += 1;
    const network = this.#networkKindOf(entry);
    this.#setCode(entry, network === null ? null : `network:${network}`);
  }

  #networkKindOf({ path, facts }: Entry): string | null {
    const { device } = facts!;
    const known = this.#networkKinds.get(device);
    if (known !== undefined) return known;
    const kind = (this.#options.networkFileSystemOf ?? networkFileSystemOf)(path);
    this.#networkKinds.set(device, kind);
    return kind;
  }

  #fail(entry: Entry, code: FailureCode): void {
    this.#release(entry);
    this.#absent.delete(entry);
    entry.state = 'failed';
    this.#setCode(entry, code);
  }

  #goneWithAllBelow(entry: Entry): void {
    for (const below of this.#entries.subtree(entry.path)) {
      if (below !== entry && entry.path === this.#root) this.#forget(below);
      else this.#gone(below);
    }
    this.#options.note(entry.path === this.#root ? this.#root : dirname(entry.path));
  }

  /** A missing root has failed and is tried again; what lay below it is then asked for anew. */
  #gone(entry: Entry): void {
    if (entry.path === this.#root) return this.#fail(entry, 'ENOENT');
    this.#release(entry);
    this.#setCode(entry, null);
    entry.state = 'absent';
    this.#absent.add(entry);
    if (this.#absent.size > maxAbsent) {
      const [oldest] = this.#absent;
      this.#forget(oldest!);
      this.#changes.forgotten.push(oldest!.path);
    }
  }

  #release(entry: Entry): void {
    const group = entry.group;
    if (!group) return;
    entry.group = null;
    entry.state = 'absent';
    this.#watched -= 1;
    group.release(entry.path);
    if (group.size === 0) this.#groups.delete(group);
  }

  #forget(entry: Entry): void {
    this.#release(entry);
    this.#absent.delete(entry);
    this.#setCode(entry, null);
    this.#entries.delete(entry.path);
  }

  #setCode(entry: Entry, code: FailureCode | null): void {
    if (entry.code === code) return;
    entry.code = code;
    if (code === null) {
      this.#changes.failed.delete(entry.path);
      this.#changes.cleared.add(entry.path);
    } else {
      this.#changes.cleared.delete(entry.path);
      this.#changes.failed.set(entry.path, code);
    }
  }

  #report(): void {
    if (this.#isClosed) return;
    const { failed, cleared, forgotten } = this.#changes;
    const isNew = failed.size + cleared.size + forgotten.length > 0 || this.#watched !== this.#watchedReported;
    if (!isNew) return;
    this.#watchedReported = this.#watched;
    this.#options.onState({
      watches: this.#watched,
      failed: [...failed].map(([path, code]) => ({ path, code })),
      cleared: [...cleared],
      forgotten: [...forgotten],
    });
    failed.clear();
    cleared.clear();
    forgotten.length = 0;
  }

  /** Each group costs some 7 kB whatever its size, and folders come one by one. The new watch is set before the old one goes. */
  async #mergeSmallGroups(): Promise<void> {
    const small = [...this.#groups].filter((group) => group.size < groupSize / 2);
    if (small.length <= maxSmallGroups) return;
    while (small.length > 1 && !this.#isClosed) {
      const merged: DirectoryGroup[] = [];
      let size = 0;
      for (let next = small.at(-1); next && size + next.size <= groupSize; next = small.at(-1)) {
        size += next.size;
        merged.push(small.pop()!);
      }
      const watched: Entry[] = [];
      for (const entry of merged.flatMap((group) => group.members()).map((path) => this.#entries.get(path))) {
        if (entry?.state !== 'watched') continue;
        const found = lookAtDirectory(entry.path);
        if (found === null || typeof found === 'string' || this.#isReplaced(entry, found)) {
          this.#release(entry);
          this.#suspect(entry.path, true);
        } else {
          entry.facts = found;
          watched.push(entry);
        }
      }
      this.#watched -= watched.length;
      if (watched.length > 0) await this.#startGroup(watched);
      for (const group of merged) {
        this.#groups.delete(group);
        await group.close();
      }
    }
  }
}

/** A name that quotes bytes which are no UTF-8, as the scan does, is there under another name only. */
function lookAtNamed(path: string): ReturnType<typeof lookAtDirectory> {
  if (!isWatchableName(path)) return 'name';
  const found = lookAtDirectory(path);
  return found === null && path.includes('‛') ? 'name' : found;
}

/** Not readable by us: a change of its rights may be the end of that. */
function isForbidden({ state, code }: Entry): boolean {
  return state === 'failed' && (code === 'EACCES' || code === 'EPERM');
}
