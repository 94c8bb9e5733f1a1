import { lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Hints } from '../../../main/app/watch/hint-batch.ts';
import { createWatcher, type Watcher, type WatcherOptions, type WatchReport } from '../../../main/app/watch/watcher.ts';
import { silentLogger } from '../../../main/platform/log.ts';

export const quickLimits = { quietMs: 20, maxMs: 100, maxFolders: 1000 };

/**
 * Stands for the engine: knows of the disk only what it read in hinted folders, asks for new folders to be watched, and
 * nothing else. Where its picture becomes equal to the disk, no hint was lost; where one was, it never does.
 */
export class Mirror {
  readonly root: string;
  readonly watcher: Watcher;
  readonly hints: Hints[] = [];
  readonly reports: WatchReport[] = [];
  /** What was read: by folder, by name. */
  readonly #folders = new Map<string, Map<string, string>>();
  readonly #waiting = new Set<() => void>();
  #work: Promise<void> = Promise.resolve();

  constructor(root: string, options: Partial<WatcherOptions> = {}) {
    this.root = root;
    this.watcher = createWatcher({
      limits: quickLimits,
      log: silentLogger(),
      ...options,
      times: { countMs: 5, ...options.times },
      onHints: ({ folders, overflow }) => {
        this.hints.push({ folders, overflow });
        this.#work = this.#work.then(() => this.#follow(folders, overflow));
      },
      onReport: (_, report) => {
        this.reports.push(report);
        this.#tell();
      },
    });
    onTestFinished(() => this.watcher.close());
  }

  /** Walks the tree, has it watched, and waits for what follows from that. */
  async start(): Promise<void> {
    await this.watcher.watch(this.root, this.#read(this.root));
    await this.until(() => this.hints.length > 0);
    await this.inStep();
    // What the hint of the start asks for is read now, and not when the test has changed something.
    await this.#work;
    this.hints.length = 0;
  }

  /** Resolves when it has read what is on the disk; rejects with the difference when that doesn't come. */
  async inStep(): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      const [shown, onDisk] = [this.#shown(), this.#onDisk()];
      const unseen = onDisk.filter((line) => !shown.includes(line)).join(', ');
      const gone = shown.filter((line) => !onDisk.includes(line)).join(', ');
      late.reject(new Error(`Not seen: ${unseen}; seen only: ${gone}`));
    }, 10_000);
    await Promise.race([this.until(() => this.#shown().join() === this.#onDisk().join()), late.promise]);
    clearTimeout(timer);
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  /** A new file in each folder that it knows of. */
  writeEverywhere(): void {
    for (const folder of this.#folders.keys()) writeFileSync(join(folder, 'file-last'), 'x');
  }

  /** All folders that were hinted since the start. */
  hinted(): Set<string> {
    return new Set(this.hints.flatMap(({ folders }) => folders));
  }

  async #follow(folders: string[], overflow: boolean): Promise<void> {
    const found = (overflow ? [this.root, ...this.#folders.keys()] : folders).flatMap((folder) =>
      this.#readAgain(folder),
    );
    if (found.length > 0) await this.watcher.add(this.root, found).catch(() => undefined);
    this.#tell();
  }

  #tell(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }

  /** Reads one folder; returns the folders below it that are new, with all below them. */
  #readAgain(folder: string): string[] {
    const before = this.#folders.get(folder);
    const now = entriesOf(folder);
    if (!now) {
      this.#forget(folder);
      // What is missing now may be back, the same, when the folder above is read.
      this.#folders.get(dirname(folder))?.delete(basename(folder));
      return [];
    }
    if (!before && folder !== this.root) return [];
    this.#folders.set(folder, now);
    const added: string[] = [];
    for (const [name, what] of now) {
      if (before?.get(name) === what || !what.startsWith('folder')) continue;
      this.#forget(join(folder, name));
      added.push(...this.#read(join(folder, name)));
    }
    for (const name of before?.keys() ?? []) if (!now.has(name)) this.#forget(join(folder, name));
    return added;
  }

  #read(folder: string): string[] {
    const entries = entriesOf(folder);
    if (!entries) return [];
    this.#folders.set(folder, entries);
    const below = [...entries].filter(([, what]) => what.startsWith('folder'));
    return [folder, ...below.flatMap(([name]) => this.#read(join(folder, name)))];
  }

  #forget(folder: string): void {
    for (const path of this.#folders.keys()) {
      if (path === folder || path.startsWith(`${folder}/`)) this.#folders.delete(path);
    }
  }

  #shown(): string[] {
    const lines = [...this.#folders].flatMap(([folder, entries]) =>
      [...entries].map(([name, what]) => `${join(folder, name)} ${what}`),
    );
    return lines.sort();
  }

  #onDisk(): string[] {
    const lines: string[] = [];
    const walk = (folder: string) => {
      for (const [name, what] of entriesOf(folder) ?? []) {
        lines.push(`${join(folder, name)} ${what}`);
        if (what.startsWith('folder')) walk(join(folder, name));
      }
    };
    walk(this.root);
    return lines.sort();
  }
}

function entriesOf(folder: string): Map<string, string> | null {
  try {
    return new Map(readdirSync(folder).flatMap((name) => describe(folder, name)));
  } catch {
    return null;
  }
}

function describe(folder: string, name: string): [string, string][] {
  const stats = lstatSync(join(folder, name), { bigint: true, throwIfNoEntry: false });
  if (!stats) return [];
  if (stats.isDirectory()) return [[name, `folder ${stats.ino} ${stats.birthtimeNs}`]];
  return [[name, `file ${stats.ino} ${stats.size} ${stats.mtimeNs}`]];
}
