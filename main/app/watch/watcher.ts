import { sep } from 'node:path';
import { systemClock, type Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import { backoffMs, sleep } from '../../platform/wait.ts';
import { readInotifyLimit } from './fallback.ts';
import { defaultHintLimits, type HintLimits, type Hints } from './hint-batch.ts';
import type { WatchEvent } from './protocol.ts';
import { RootRecord, type WatchReport } from './root-record.ts';
import { WatchThread, WatchThreadEnded } from './watch-thread.ts';

export type { WatchReport } from './root-record.ts';

export interface WatchTimes {
  /** Folders that can't be watched are read again this often. */
  rescanMs: number;
  /** And watching them is tried again this often. */
  retryMs: number;
  /** The first wait before a dead thread is started again; see `backoffMs`. */
  restartMs: number;
  /** Another number of watches and nothing else is reported this late. */
  countMs: number;
}

export interface WatcherOptions {
  /** Folders of a root (absolute) whose entries changed; with `overflow` all of the root is to be read again. */
  onHints: (hints: { root: string } & Hints) => void;
  onReport: (root: string, report: WatchReport) => void;
  log: Logger;
  clock?: Clock;
  limits?: HintLimits;
  times?: Partial<WatchTimes>;
  /** How many directories may be watched: a test's stand-in for the system's limit, which is everybody's. */
  capacity?: Int32Array;
}

/** Watches folder pairs. All methods reject with an error once it is closed, and for directories outside their root. */
export interface Watcher {
  /**
   * The directories of one root as a walk found them, the root included, parents first; may be called again with more.
   * `root` is a real path (no link) and all paths are normalized. Resolves when each is watched or stands in the report. A
   * hint for those that were not watched before follows (an overflow beyond 1,000), since what changed between the walk and the
   * watch made no event.
   */
  watch(root: string, directories: AsyncIterable<string[]> | string[]): Promise<void>;
  /** The same for directories that came later: the report doesn't turn to `starting`. */
  add(root: string, directories: string[]): Promise<void>;
  /** Stops watching directories and all below them; without any, the root. */
  unwatch(root: string, directories?: string[]): Promise<void>;
  /** The state of a root; of one that is unknown, that nothing is watched. */
  report(root: string): WatchReport;
  /** Ends the thread and all timers. Pending calls reject. */
  close(): Promise<void>;
}

const groupSize = 50;
/** A thread that lived so long died of something new. */
const stableMs = 60_000;
const defaultTimes: WatchTimes = { rescanMs: 60_000, retryMs: 10 * 60_000, restartMs: 1000, countMs: 500 };

/** Watches directories with chokidar in a thread of its own, which is started with the first root. */
export function createWatcher(options: WatcherOptions): Watcher {
  return new FolderWatcher(options);
}

class FolderWatcher implements Watcher {
  readonly #options: WatcherOptions;
  readonly #clock: Clock;
  readonly #limits: HintLimits;
  readonly #times: WatchTimes;
  readonly #closing = new AbortController();
  readonly #roots = new Map<string, RootRecord>();
  #thread: WatchThread | null = null;
  #startedAtMs = 0;
  #deaths = 0;
  /** Settles when a dead thread's watches stand again. */
  #restoring: Promise<void> | null = null;
  #countTimer: NodeJS.Timeout | null = null;
  #rescanTimer: NodeJS.Timeout | null = null;
  #retryTimer: NodeJS.Timeout | null = null;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#limits = options.limits ?? defaultHintLimits;
    this.#times = { ...defaultTimes, ...options.times };
  }

  async watch(root: string, directories: AsyncIterable<string[]> | string[]): Promise<void> {
    const record = this.#open(root);
    record.starting += 1;
    this.#announce(record);
    try {
      await this.#watchAll(record, Array.isArray(directories) ? [directories] : directories);
    } finally {
      record.starting -= 1;
      this.#announce(record);
    }
  }

  async add(root: string, directories: string[]): Promise<void> {
    await this.#watchAll(this.#open(root), [directories]);
  }

  async unwatch(root: string, directories?: string[]): Promise<void> {
    this.#closing.signal.throwIfAborted();
    const record = this.#roots.get(root);
    if (!record) return;
    if (directories) record.forget(directories);
    else this.#roots.delete(root);
    if (this.#roots.size > 0) {
      await this.#request({ do: 'unwatch', root, directories: directories ?? null });
      this.#announce(record);
    } else {
      const thread = this.#thread;
      this.#thread = null;
      await thread?.close();
    }
  }

  report(root: string): WatchReport {
    const record = this.#roots.get(root) ?? new RootRecord(root);
    return record.report(!this.#roots.has(root) || this.#restoring !== null, this.#limitsNow());
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('The watcher is closed'));
    for (const timer of [this.#countTimer, this.#rescanTimer, this.#retryTimer]) if (timer) clearTimeout(timer);
    this.#roots.clear();
    await this.#thread?.close();
    await this.#restoring;
  }

  #open(root: string): RootRecord {
    this.#closing.signal.throwIfAborted();
    const record = this.#roots.get(root) ?? new RootRecord(root);
    this.#roots.set(root, record);
    return record;
  }

  async #watchAll(record: RootRecord, source: AsyncIterable<string[]> | Iterable<string[]>): Promise<void> {
    let isAny = false;
    for await (const directories of source) {
      await this.#watchThese(record, directories, true);
      isAny ||= directories.length > 0;
    }
    if (isAny) await this.#request({ do: 'hint', root: record.root });
  }

  /** A group at a time, so that other roots get their turn in between. */
  async #watchThese(record: RootRecord, directories: Iterable<string>, isHinted = false): Promise<void> {
    for (const group of groupsOf(directories)) {
      if (this.#roots.get(record.root) !== record) return;
      for (const directory of group) {
        if (!isInside(record.root, directory)) throw new RangeError(`Outside ${record.root}: ${directory}`);
      }
      for (const directory of group) record.known.add(directory);
      await this.#request({ do: 'watch', root: record.root, directories: group, isHinted });
    }
  }

  /** A command, again after a restart if the thread dies under it. */
  async #request(command: Parameters<WatchThread['request']>[0]): Promise<void> {
    for (;;) {
      await this.#restoring;
      this.#closing.signal.throwIfAborted();
      try {
        await (this.#thread ??= this.#start()).request(command);
        return;
      } catch (error) {
        this.#closing.signal.throwIfAborted();
        if (!(error instanceof WatchThreadEnded)) throw error;
      }
    }
  }

  #start(): WatchThread {
    this.#startedAtMs = this.#clock.monotonic();
    const data = { limits: this.#limits, capacity: this.#options.capacity ?? null };
    const thread: WatchThread = new WatchThread(data, {
      event: (event) => this.#onEvent(event),
      end: (cause) => {
        if (this.#thread === thread) this.#onThreadEnd(cause);
      },
    });
    return thread;
  }

  #onEvent(event: WatchEvent): void {
    const record = this.#roots.get(event.root);
    if (!record) return;
    if (event.event === 'error') {
      this.#options.log.warn({ root: event.root, detail: event.message }, 'an error while watching');
    } else if (event.event === 'hints') {
      this.#hint(event.root, event.overflow ? null : event.folders);
    } else {
      record.apply(event);
      this.#announce(record);
      this.#armTimers();
    }
  }

  #onThreadEnd(cause: Error): void {
    this.#thread = null;
    if (this.#closing.signal.aborted) return;
    this.#deaths = this.#clock.monotonic() - this.#startedAtMs > stableMs ? 1 : this.#deaths + 1;
    this.#options.log.error({ err: cause, deaths: this.#deaths }, 'the watching thread ended');
    for (const record of this.#roots.values()) record.reset();
    this.#restoring ??= this.#restore();
    for (const record of this.#roots.values()) this.#announce(record);
  }

  /** Starts the thread again until all that was watched is watched, then has each root read: its events were lost. Never rejects. */
  async #restore(): Promise<void> {
    const { signal } = this.#closing;
    for (let isDone = false; !isDone && !signal.aborted;) {
      try {
        await sleep(
          backoffMs(this.#deaths, () => this.#clock.random(), this.#times.restartMs),
          signal,
        );
        const thread = (this.#thread = this.#start());
        for (const { root, known } of this.#roots.values()) {
          for (const directories of groupsOf(known))
            await thread.request({ do: 'watch', root, directories, isHinted: false });
        }
        isDone = true;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof WatchThreadEnded)) {
          this.#options.log.error({ err: error }, 'a folder could not be watched again');
          await this.#thread?.close();
        }
      }
    }
    this.#restoring = null;
    for (const record of this.#roots.values()) {
      this.#hint(record.root, null);
      this.#announce(record);
    }
  }

  #hint(root: string, folders: string[] | null): void {
    const isOverflow = folders === null || folders.length > this.#limits.maxFolders;
    this.#options.onHints({ root, folders: isOverflow ? [] : folders, overflow: isOverflow });
  }

  #announce(record: RootRecord): void {
    if (this.#closing.signal.aborted) return;
    if (this.#roots.get(record.root) !== record) return;
    const report = this.report(record.root);
    const news = record.newsIn(report);
    if (news === 'count') this.#announceLater();
    if (news !== 'state') return;
    record.reported(report);
    this.#options.onReport(record.root, report);
  }

  #announceLater(): void {
    this.#countTimer ??= setTimeout(() => {
      this.#countTimer = null;
      for (const record of this.#roots.values()) {
        const report = this.report(record.root);
        if (record.newsIn(report) === null) continue;
        record.reported(report);
        this.#options.onReport(record.root, report);
      }
    }, this.#times.countMs);
  }

  #limitsNow() {
    const failures = this.#roots.values().flatMap((record) => record.failures.values());
    return {
      watches: readInotifyLimit('max_user_watches'),
      instances: readInotifyLimit('max_user_instances'),
      missing: failures.filter((code) => code === 'ENOSPC').toArray().length,
    };
  }

  /** Timers run only while something can't be watched. */
  #armTimers(): void {
    const records = [...this.#roots.values()];
    if (this.#closing.signal.aborted || records.every(({ failures }) => failures.size === 0)) return;
    this.#rescanTimer ??= setTimeout(() => {
      this.#rescanTimer = null;
      this.#onTime(() => this.#rescan());
    }, this.#times.rescanMs);
    if (records.every((record) => record.retriable().size === 0)) return;
    this.#retryTimer ??= setTimeout(() => {
      this.#retryTimer = null;
      this.#onTime(() => this.#retry());
    }, this.#times.retryMs);
  }

  #onTime(work: () => Promise<void>): void {
    work()
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) this.#options.log.error({ err: error }, 'watching could not be tried again');
      })
      .finally(() => this.#armTimers());
  }

  async #rescan(): Promise<void> {
    for (const record of this.#roots.values()) {
      if (record.failures.size === 0) continue;
      if (record.isRootMissing) {
        await this.#request({ do: 'watch', root: record.root, directories: [record.root], isHinted: false });
        if (!record.isRootMissing) {
          await this.#watchThese(record, record.known);
          this.#hint(record.root, null);
          continue;
        }
      }
      this.#hint(record.root, record.foldersToRescan());
    }
  }

  async #retry(): Promise<void> {
    for (const record of this.#roots.values()) {
      const watchedAgain: string[] = [];
      for (const [code, paths] of record.retriable()) {
        for (const group of groupsOf(paths)) {
          await this.#request({ do: 'watch', root: record.root, directories: group, isHinted: false });
          const better = group.filter((path) => !record.failures.has(path));
          watchedAgain.push(...better);
          // A limit that gives nothing to these gives nothing to the rest.
          if (better.length === 0 && isLimit(code)) break;
        }
      }
      if (watchedAgain.length > 0) this.#hint(record.root, watchedAgain);
    }
  }
}

function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function isLimit(code: string): boolean {
  return code === 'ENOSPC' || code === 'EMFILE' || code === 'ENFILE';
}

function* groupsOf(items: Iterable<string>): Generator<string[]> {
  let group: string[] = [];
  for (const item of items) {
    if (group.push(item) < groupSize) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
