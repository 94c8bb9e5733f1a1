import { readFileSync } from 'node:fs';
import { HintBatch, type HintLimits } from './hint-batch.ts';
import type { WatchCommand, WatchEvent } from './protocol.ts';
import { RootWatches, type RootWatchesOptions } from './root-watches.ts';

export interface DirectoryWatchesOptions {
  limits: HintLimits;
  emit: (event: WatchEvent) => void;
  /** How many directories may be watched in all; see `WatchWorkerData`. */
  capacity?: () => number;
  networkFileSystemOf?: RootWatchesOptions['networkFileSystemOf'];
  asTree?: boolean;
}

interface Watched {
  watches: RootWatches;
  batch: HintBatch;
  /** What came to be watched, until `hint` emits it. */
  fresh: HintBatch;
  timer: NodeJS.Timeout | null;
}

/** All that is watched, inside the watching thread: the roots, their hints on the way, and the guard against lost events. */
export class DirectoryWatches {
  readonly #options: DirectoryWatchesOptions;
  readonly #roots = new Map<string, Watched>();
  readonly #floodSize = maxQueuedEvents() / 2;
  #eventsInTurn = 0;

  constructor(options: DirectoryWatchesOptions) {
    this.#options = options;
  }

  /** Resolves when it is done; rejects for directories outside their root. */
  async obey(command: WatchCommand): Promise<void> {
    const { root } = command;
    if (command.do === 'watch') {
      const { watches, fresh } = this.#open(root);
      const found = await watches.watch(command.directories);
      if (command.isHinted) for (const path of found) fresh.note(path, 0);
      return;
    }
    const watched = this.#roots.get(root);
    if (!watched) return;
    if (command.do === 'hint') {
      const { folders, overflow } = watched.fresh.take();
      if (overflow) this.#noteOverflow(watched, root);
      for (const folder of folders) this.#note(watched, root, folder);
    } else if (command.directories !== null) {
      watched.watches.unwatch(command.directories);
    } else {
      this.#roots.delete(root);
      if (watched.timer) clearTimeout(watched.timer);
      await watched.watches.close();
    }
  }

  async close(): Promise<void> {
    const roots = [...this.#roots.values()];
    this.#roots.clear();
    for (const { timer } of roots) if (timer) clearTimeout(timer);
    await Promise.all(roots.map(({ watches }) => watches.close()));
  }

  #open(root: string): Watched {
    const known = this.#roots.get(root);
    if (known) return known;
    const watches = new RootWatches({
      root,
      note: (folder) => this.#note(watched, root, folder),
      noteOverflow: () => this.#noteOverflow(watched, root),
      onState: (state) => this.#options.emit({ event: 'state', root, ...state }),
      onError: (message) => this.#options.emit({ event: 'error', root, message }),
      onSystemEvent: () => this.#countEvent(),
      room: () => (this.#options.capacity?.() ?? Infinity) - this.#countWatches(),
      ...(this.#options.networkFileSystemOf && { networkFileSystemOf: this.#options.networkFileSystemOf }),
      ...(this.#options.asTree !== undefined && { asTree: this.#options.asTree }),
    });
    const { limits } = this.#options;
    const watched: Watched = { watches, batch: new HintBatch(limits), fresh: new HintBatch(limits), timer: null };
    this.#roots.set(root, watched);
    return watched;
  }

  #countWatches(): number {
    return this.#roots.values().reduce((sum, { watches }) => sum + watches.watched, 0);
  }

  /**
   * The system drops events when too many wait (inotify(7), IN_Q_OVERFLOW), and libuv drops its message that it did so
   * (uv__inotify_read looks for a watch of number -1). But libuv reads all that wait in one turn of the loop, so a turn with
   * this many events may have lost some.
   */
  #countEvent(): void {
    if (this.#eventsInTurn === 0) setImmediate(() => this.#endTurn());
    this.#eventsInTurn += 1;
  }

  #endTurn(): void {
    const isFlood = this.#eventsInTurn >= this.#floodSize;
    this.#eventsInTurn = 0;
    if (!isFlood) return;
    for (const [root, watched] of this.#roots) {
      watched.watches.checkAll();
      this.#noteOverflow(watched, root);
    }
  }

  #note(watched: Watched, root: string, folder: string): void {
    watched.batch.note(folder, performance.now());
    this.#arm(watched, root);
  }

  #noteOverflow(watched: Watched, root: string): void {
    watched.batch.noteOverflow(performance.now());
    this.#arm(watched, root);
  }

  /** One timer for a batch: it looks again when it fires early, so that an event costs no timer of its own. */
  #arm(watched: Watched, root: string): void {
    const dueAtMs = watched.batch.dueAtMs();
    if (watched.timer || dueAtMs === null || this.#roots.get(root) !== watched) return;
    const onTime = () => {
      watched.timer = null;
      if (performance.now() < (watched.batch.dueAtMs() ?? 0)) return this.#arm(watched, root);
      this.#options.emit({ event: 'hints', root, ...watched.batch.take() });
    };
    watched.timer = setTimeout(onTime, Math.ceil(dueAtMs - performance.now()));
  }
}

function maxQueuedEvents(): number {
  try {
    return Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8')) || Infinity;
  } catch {
    return Infinity;
  }
}
