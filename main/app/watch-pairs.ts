import type { engineContract } from '../../shared/engine-contract.ts';
import type { Handlers, Remote } from '../../shared/contract.ts';
import type { watchHostCommands } from '../../shared/pair-commands.ts';
import type { Logger } from '../platform/log.ts';
import { sleep } from '../platform/wait.ts';
import { RootTasks, type RootTask } from './root-tasks.ts';
import { createWatcher, type Watcher, type WatcherOptions, type WatchReport } from './watch/watcher.ts';
import { WatchNews } from './watch-news.ts';

/** More folders of a root than this wait to be watched: the engine's next batch of it is taken, and answered later. */
const mostWaiting = 10_000;
/** So late at the most: its answer is not to be what the walk fails by. */
const longestDelayMs = 20_000;

export type WatchingEngine = Pick<Remote<typeof engineContract>, 'hints' | 'watchReport'>;

export interface PairWatchesOptions {
  /** The engine that asked; rejects where it never got ready. */
  engine: Promise<WatchingEngine>;
  logger: Logger;
  /** For the watcher of a test. */
  watcher?: Pick<WatcherOptions, 'limits' | 'times' | 'capacity'>;
  /** The first pause after an answer that did not come. */
  retryMs?: number;
}

/** What one engine has watched. The next engine gets its own, since its pairs ask anew. */
export interface PairWatches {
  handlers: Handlers<typeof watchHostCommands>;
  /** Forgets all, and tells nothing any more. */
  close(): Promise<void>;
}

interface Root {
  pairId: number;
  tasks: RootTasks;
  news: WatchNews;
}

/**
 * Joins an engine's `watch` and `unwatch` to a watcher, and brings back its hints and reports. Calls are answered at once and
 * carried out in the background, in order for each root.
 */
export function watchPairs(options: PairWatchesOptions): PairWatches {
  const watches = new Watches(options);
  return { handlers: watches.handlers, close: () => watches.close() };
}

class Watches {
  readonly handlers: Handlers<typeof watchHostCommands>;
  readonly #options: PairWatchesOptions;
  readonly #watcher: Watcher;
  readonly #closing = new AbortController();
  /** By real path, as the engine gives it. Two pairs never share one; a pair may be added anew where another was removed. */
  readonly #roots = new Map<string, Root>();

  constructor(options: PairWatchesOptions) {
    this.#options = options;
    this.#watcher = createWatcher({
      ...options.watcher,
      log: options.logger,
      onHints: ({ root, folders, overflow }) => this.#roots.get(root)?.news.hint(folders, overflow),
      onReport: (root, report) => this.#roots.get(root)?.news.report(report),
    });
    this.handlers = {
      watch: async ({ pairId, root, folders, more }) => {
        this.#leaveOthers(pairId, root);
        const { tasks } = this.#open(pairId, root);
        tasks.push({ do: 'watch', folders, more });
        if (tasks.waitingFolders > mostWaiting) await this.#room(tasks);
        return {};
      },
      unwatch: ({ pairId, root, folders }) => {
        const known = this.#roots.get(root);
        // Another pair may have come to the same folder since.
        if (known?.pairId === pairId) known.tasks.push({ do: 'unwatch', folders });
        return Promise.resolve({});
      },
    };
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new Error('The engine that watched has ended'));
    for (const { tasks } of this.#roots.values()) tasks.close();
    this.#roots.clear();
    await this.#watcher.close();
  }

  #open(pairId: number, root: string): Root {
    const known = this.#roots.get(root);
    if (known?.pairId === pairId) return known;
    const tasks = known?.tasks ?? new RootTasks();
    const opened: Root = { pairId, tasks, news: this.#newsFor(pairId) };
    this.#roots.set(root, opened);
    if (!known) void this.#work(root, tasks);
    return opened;
  }

  /** A pair that went on in another folder. */
  #leaveOthers(pairId: number, root: string): void {
    for (const [path, other] of this.#roots) {
      if (other.pairId === pairId && path !== root) other.tasks.push({ do: 'unwatch', folders: null });
    }
  }

  async #room(tasks: RootTasks): Promise<void> {
    const late = new AbortController();
    const { signal } = late;
    await Promise.race([tasks.room(mostWaiting), sleep(longestDelayMs, signal).catch(() => undefined)]);
    late.abort();
  }

  /** Carries out the tasks of one root, one after the other, until all is closed. */
  async #work(root: string, tasks: RootTasks): Promise<void> {
    let isWatched = false;
    for (let task = await tasks.next(); task; task = await tasks.next()) {
      try {
        if (task.do === 'unwatch') {
          await this.#watcher.unwatch(root, task.folders ?? undefined);
          if (task.folders === null) isWatched = false;
        } else if (!isWatched) {
          isWatched = true;
          await this.#watcher.watch(root, this.#walk(root, task, tasks));
        } else {
          // Also of a later walk of the whole, most of which is watched already: it is no new start.
          await this.#watcher.add(root, task.folders);
        }
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        this.#options.logger.error({ err: error, root }, 'folders could not be watched');
      }
    }
  }

  /** The batches of one walk as they arrive; what else comes in between is done in its turn. */
  async *#walk(root: string, first: RootTask & { do: 'watch' }, tasks: RootTasks): AsyncGenerator<string[]> {
    yield first.folders;
    for (let more = first.more; more;) {
      const task = await tasks.nextUnless((waiting) => waiting.do === 'unwatch' && waiting.folders === null);
      if (!task) return;
      if (task.do === 'unwatch') {
        await this.#watcher.unwatch(root, task.folders ?? undefined);
      } else {
        yield task.folders;
        more = task.more;
      }
    }
  }

  #newsFor(pairId: number): WatchNews {
    const { engine, logger, retryMs } = this.#options;
    return new WatchNews({
      hint: async (hints) => void (await (await engine).hints({ pairId, ...hints })),
      report: async (report: WatchReport) => void (await (await engine).watchReport({ pairId, report })),
      signal: this.#closing.signal,
      onError: (error) => logger.warn({ err: error, pairId }, 'the engine did not take what was noticed'),
      ...(retryMs === undefined ? {} : { retryMs }),
    });
  }
}
