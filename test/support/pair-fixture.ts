// Folder pairs in an engine of this process, with the real watcher, and the sandbox they are kept up to date on.
import { mkdirSync, readdirSync, readFileSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createWatcher, type Watcher, type WatchTimes } from '../../main/app/watch/watcher.ts';
import type { WatchLink } from '../../main/engine/pair/pair-run.ts';
import type { PairEvent, PairOptions } from '../../shared/pair-model.ts';
import {
  openEngine,
  sha1Of,
  TestBox,
  writeTree,
  type Commands,
  type OpenOptions,
  type TestEngine,
} from './engine-fixture.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface PairEngine extends TestEngine {
  commands: Commands;
  events: PairEvent[];
  /** Resolves at the first `synced` that is told after this call. */
  synced(): Promise<void>;
  /** Resolves once an event for which it is true has been told, from the beginning on. */
  told(isIt: (event: PairEvent) => boolean): Promise<PairEvent>;
}

export interface PairEngineOptions extends OpenOptions {
  /** Folders are watched (default); else changes are found by `rescan` alone. */
  watch?: boolean;
  /** How often the watcher tries again, where that is what a test waits for. */
  watchTimes?: Partial<WatchTimes>;
}

const quiet = () => undefined;
const silent = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, fatal: quiet } as never;

/** Opens an engine that keeps pairs; closed when the test ends. */
export async function openPairEngine(box: TestBox, options: PairEngineOptions = {}): Promise<PairEngine> {
  const events: PairEvent[] = [];
  const waiting = new Set<() => void>();
  const { link, attach, close: closeWatcher } = watching(options.watch ?? true, options.watchTimes);
  const engine = await openEngine(box, {
    ...options,
    watchLink: options.watchLink ?? link,
    onBatch: (batch) => {
      if (batch.kind !== 'pair-events') return;
      events.push(...batch.events);
      for (const wake of waiting) wake();
    },
  });
  attach(engine.commands);
  await engine.commands.subscribe({ view: { kind: 'pair-events' } });
  const until = async <T>(find: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const woken = Promise.withResolvers<void>();
      waiting.add(woken.resolve);
      await woken.promise;
      waiting.delete(woken.resolve);
    }
  };
  return {
    ...engine,
    events,
    synced: async () => {
      const from = events.length;
      await until(() => events.slice(from).find(({ type }) => type === 'synced'));
    },
    told: (isIt) => until(() => events.find(isIt)),
    close: async () => {
      await engine.close();
      await closeWatcher();
    },
  };
}

function watching(
  isOn: boolean,
  times: Partial<WatchTimes> = {},
): {
  link: WatchLink;
  attach: (commands: Commands) => void;
  close: () => Promise<void>;
} {
  if (!isOn) {
    return { link: { watch: quiet, unwatch: quiet }, attach: quiet, close: () => Promise.resolve() };
  }
  const ids = new Map<string, number>();
  let commands: Commands | undefined;
  const watcher: Watcher = createWatcher({
    onHints: ({ root, folders, overflow }) => void commands?.hints({ pairId: ids.get(root)!, folders, overflow }),
    onReport: (root, report) => void commands?.watchReport({ pairId: ids.get(root)!, report }).catch(quiet),
    log: silent,
    times,
  });
  onTestFinished(() => watcher.close());
  return {
    link: {
      watch: ({ id, path }, folders) => {
        ids.set(path, id);
        if (folders.length > 0) void watcher.add(path, folders).catch(quiet);
      },
      unwatch: ({ path }, folders) => void watcher.unwatch(path, folders ?? undefined).catch(quiet),
    },
    attach: (given) => (commands = given),
    close: () => watcher.close(),
  };
}

/** A folder and a pair of it, kept up to date from now on; resolves when nothing is left to do. */
export async function startPair(
  engine: PairEngine,
  folder: string,
  target = '/Pair',
  options: Partial<PairOptions> = {},
): Promise<number> {
  mkdirSync(folder, { recursive: true });
  const { pairId } = await engine.commands.addPair({ path: folder, target, options: { settleMs: 100, ...options } });
  const synced = engine.synced();
  await engine.commands.startPairs({});
  await synced;
  return pairId;
}

export interface PairScene {
  box: TestBox;
  engine: PairEngine;
  /** The pair's folder here; on Box it is `/Pair`. */
  folder: string;
  pairId: number;
  /** The data folder of the engine. */
  home: string;
}

/** A pair of some files that is in sync, in an engine that finds changes by `rescan` alone; the box counts from now on. */
export async function pairScene(
  files: Record<string, string | Uint8Array>,
  options: Partial<PairOptions> = {},
  engineOptions: PairEngineOptions = {},
): Promise<PairScene> {
  const box = await TestBox.start();
  const home = engineOptions.home ?? temporaryFolder();
  const engine = await openPairEngine(box, { watch: false, ...engineOptions, home });
  const folder = pairFolder();
  writeTree(folder, files);
  const pairId = await startPair(engine, folder, '/Pair', options);
  box.requests = [];
  return { box, engine, folder, pairId, home };
}

/** Every file below a folder by its path with its SHA-1, and every folder with null. */
export function localTree(root: string, prefix = ''): Map<string, string | null> {
  const found = new Map<string, string | null>();
  for (const name of readdirSync(join(root, prefix))) {
    const path = `${prefix}${name}`;
    const facts = lstatSync(join(root, path));
    if (facts.isFile()) found.set(path, sha1Of(readFileSync(join(root, path))));
    if (!facts.isDirectory()) continue;
    found.set(path, null);
    for (const [below, sha1] of localTree(root, `${path}/`)) found.set(below, sha1);
  }
  return found;
}

/** A new folder for a pair. */
export function pairFolder(): string {
  return join(temporaryFolder(), 'pair');
}

/** What stands on Box in a folder, as `localTree` has it. */
export async function boxTree(box: TestBox, path = 'Pair'): Promise<Map<string, string | null>> {
  return box.tree(await box.idOf(path));
}
