import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { watchPairs, type PairWatchesOptions, type WatchingEngine } from '../../main/app/watch-pairs.ts';
import { silentLogger } from '../../main/platform/log.ts';
import { CallError } from '../../shared/call-error.ts';
import { watchCommands } from '../../shared/pair-commands.ts';
import type { PairWatchReport } from '../../shared/pair-model.ts';
import { until } from '../support/open-stub.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type HintArgs = Parameters<WatchingEngine['hints']>[0];

function tree(...folders: string[]): string {
  const root = join(temporaryFolder(), 'root');
  mkdirSync(root);
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
  return root;
}

/** The engine's end: keeps what it was told, and answers hints when `answer` lets it. */
class FakeEngine implements WatchingEngine {
  readonly hinted: HintArgs[] = [];
  readonly reports: { pairId: number; report: PairWatchReport }[] = [];
  inFlight = 0;
  mostInFlight = 0;
  answer: () => Promise<void> = () => Promise.resolve();

  async hints(args: HintArgs): Promise<Record<string, never>> {
    this.hinted.push(watchCommands.hints.args.parse(args));
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    try {
      await this.answer();
    } finally {
      this.inFlight -= 1;
    }
    return {};
  }

  watchReport(args: { pairId: number; report: PairWatchReport }): Promise<Record<string, never>> {
    this.reports.push(watchCommands.watchReport.args.parse(args));
    return Promise.resolve({});
  }

  modeOf(pairId: number): string | undefined {
    return this.reports.findLast((one) => one.pairId === pairId)?.report.mode;
  }

  /** Whether a folder of a pair is to be read again, since the last `forget`. */
  isHinted(pairId: number, folder: string): boolean {
    return this.hinted.some((one) => one.pairId === pairId && (one.overflow || one.folders.includes(folder)));
  }

  forget(): void {
    this.hinted.length = 0;
  }
}

function open(engine: FakeEngine, more: Partial<PairWatchesOptions> = {}) {
  const watches = watchPairs({
    engine: Promise.resolve(engine),
    logger: silentLogger(),
    watcher: { limits: { quietMs: 10, maxMs: 50, maxFolders: 1000 }, times: { countMs: 5, rescanMs: 20 } },
    retryMs: 1,
    ...more,
  });
  onTestFinished(() => watches.close());
  return watches;
}

async function watched(engine: FakeEngine, pairId: number, ...folders: string[]): Promise<void> {
  await until('it is watched', () => engine.modeOf(pairId) === 'watching');
  await until('the walk is followed by a hint', () => folders.every((folder) => engine.isHinted(pairId, folder)));
  engine.forget();
}

describe('what the engine has watched', () => {
  test('a walk in batches is one start, later folders are added without another', async () => {
    const root = tree('a', 'b');
    const engine = new FakeEngine();
    const { handlers } = open(engine);
    for (const [folders, more] of [
      [[root], true],
      [[join(root, 'a')], true],
      [[join(root, 'b')], false],
    ] as const) {
      await handlers.watch({ pairId: 3, root, folders: [...folders], more });
    }
    await watched(engine, 3, root, join(root, 'a'), join(root, 'b'));
    expect(engine.reports.map(({ pairId }) => pairId)).toEqual(engine.reports.map(() => 3));
    expect(engine.reports.findLast(() => true)?.report).toMatchObject({ watches: 3, fallbackFolders: [] });
    const reported = engine.reports.length;
    mkdirSync(join(root, 'a/new'));
    await handlers.watch({ pairId: 3, root, folders: [join(root, 'a/new')], more: false });
    await until('it is counted', () => engine.reports.at(-1)?.report.watches === 4);
    expect(engine.reports.slice(reported).map(({ report }) => report.mode)).not.toContain('starting');
    await until('it is read after it is watched', () => engine.isHinted(3, join(root, 'a/new')));
    engine.forget();
    writeFileSync(join(root, 'a/new/file'), 'x');
    await until('a change in it is told', () => engine.isHinted(3, join(root, 'a/new')));
  });

  test('two pairs are kept apart; one that is given up tells nothing more', async () => {
    const [one, two] = [tree(), tree()];
    const engine = new FakeEngine();
    const { handlers } = open(engine);
    await handlers.watch({ pairId: 1, root: one, folders: [one], more: false });
    await handlers.watch({ pairId: 2, root: two, folders: [two], more: false });
    await watched(engine, 1, one);
    await watched(engine, 2);
    await handlers.unwatch({ pairId: 1, root: one, folders: null });
    await handlers.watch({ pairId: 5, root: one, folders: [one], more: false });
    await handlers.unwatch({ pairId: 1, root: one, folders: null });
    await watched(engine, 5, one);
    writeFileSync(join(one, 'file'), 'x');
    await until('the new pair hears of it', () => engine.isHinted(5, one));
    expect(engine.hinted.map(({ pairId }) => pairId)).not.toContain(1);
  });

  test('a folder given up in the middle of a walk is not watched, the rest of the walk is', async () => {
    const root = tree('a', 'b');
    const engine = new FakeEngine();
    const { handlers } = open(engine);
    await handlers.watch({ pairId: 1, root, folders: [root, join(root, 'a')], more: true });
    await handlers.unwatch({ pairId: 1, root, folders: [join(root, 'a')] });
    await handlers.watch({ pairId: 1, root, folders: [join(root, 'b')], more: false });
    await watched(engine, 1, join(root, 'b'));
    expect(engine.reports.at(-1)?.report.watches).toBe(2);
  });

  test('a pair given up in the middle of its walk can be watched again', async () => {
    const root = tree('a');
    const engine = new FakeEngine();
    const { handlers } = open(engine);
    await handlers.watch({ pairId: 1, root, folders: [root], more: true });
    await handlers.unwatch({ pairId: 1, root, folders: null });
    await handlers.watch({ pairId: 1, root, folders: [root, join(root, 'a')], more: false });
    await watched(engine, 1, join(root, 'a'));
    await handlers.unwatch({ pairId: 1, root, folders: null });
    engine.reports.length = 0;
    await handlers.watch({ pairId: 1, root, folders: [root, join(root, 'a')], more: false });
    await watched(engine, 1, join(root, 'a'));
    expect(engine.reports.map(({ report }) => report.mode)).toContain('starting');
  });

  test('a pair that goes on in another folder leaves the old one', async () => {
    const [old, now] = [tree(), tree()];
    const engine = new FakeEngine();
    const { handlers } = open(engine);
    await handlers.watch({ pairId: 1, root: old, folders: [old], more: false });
    await watched(engine, 1, old);
    await handlers.watch({ pairId: 1, root: now, folders: [now], more: false });
    await until('the new one is watched', () => engine.isHinted(1, now));
    engine.forget();
    writeFileSync(join(old, 'file'), 'x');
    writeFileSync(join(now, 'file'), 'x');
    await until('the new one is told of', () => engine.isHinted(1, now));
    expect(engine.isHinted(1, old)).toBe(false);
  });

  test('a folder outside the root stops nothing', async () => {
    const root = tree('a');
    const engine = new FakeEngine();
    const { handlers } = open(engine);
    await handlers.watch({ pairId: 1, root, folders: [temporaryFolder()], more: true });
    await handlers.watch({ pairId: 1, root, folders: [root, join(root, 'a')], more: false });
    await until('the others are watched', () => engine.reports.at(-1)?.report.watches === 2);
  });

  test('a root that goes away is told with the remedy', async () => {
    const root = tree('a');
    const engine = new FakeEngine();
    const { handlers } = open(engine);
    await handlers.watch({ pairId: 1, root, folders: [root, join(root, 'a')], more: false });
    await watched(engine, 1);
    renameSync(root, `${root}-away`);
    await until('it is told', () => engine.modeOf(1) === 'polling');
    const { fallbackFolders } = engine.reports.at(-1)!.report;
    expect(fallbackFolders).toEqual([
      { path: root, reason: 'The folder is not there.', remedy: 'Connect the drive, or put the folder back.' },
    ]);
    renameSync(`${root}-away`, root);
    await until('it is watched again', () => engine.modeOf(1) === 'watching');
  });
});

describe('what the engine is told', () => {
  test('one call at a time; what comes meanwhile is merged', async () => {
    const root = tree('a', 'b');
    const engine = new FakeEngine();
    const { handlers } = open(engine);
    await handlers.watch({ pairId: 1, root, folders: [root, join(root, 'a'), join(root, 'b')], more: false });
    await watched(engine, 1, root);
    const gate = Promise.withResolvers<void>();
    engine.answer = () => gate.promise;
    writeFileSync(join(root, 'file'), 'x');
    await until('the first is on its way', () => engine.hinted.length === 1);
    for (const folder of ['a', 'b']) writeFileSync(join(root, folder, 'file'), 'x');
    // A change in the root is told last: the two above have been noticed by then.
    rmSync(join(root, 'a'), { recursive: true });
    await until('that is noticed', () => engine.reports.at(-1)?.report.watches === 2);
    expect(engine.hinted).toHaveLength(1);
    engine.answer = () => Promise.resolve();
    gate.resolve();
    await until('the rest follows', () => engine.isHinted(1, join(root, 'b')));
    expect(engine.mostInFlight).toBe(1);
  });

  test('hints that were not answered become an overflow; those that were refused are dropped', async () => {
    const root = tree();
    const engine = new FakeEngine();
    const { handlers } = open(engine);
    await handlers.watch({ pairId: 1, root, folders: [root], more: false });
    await watched(engine, 1, root);
    let fails = 2;
    engine.answer = () =>
      (fails -= 1) >= 0 ? Promise.reject(new CallError('timeout', 'no answer')) : Promise.resolve();
    writeFileSync(join(root, 'file'), 'x');
    await until('it is told again', () => engine.hinted.length >= 3);
    expect(engine.hinted[0]).toMatchObject({ folders: [root], overflow: false });
    expect(engine.hinted.slice(1)).toEqual(
      engine.hinted.slice(1).map(() => ({ pairId: 1, folders: [], overflow: true })),
    );
    engine.forget();
    engine.answer = () => Promise.reject(new CallError('usage', 'There is no pair p1.'));
    writeFileSync(join(root, 'other'), 'x');
    await until('it is told once', () => engine.hinted.length === 1);
    engine.answer = () => Promise.resolve();
    writeFileSync(join(root, 'third'), 'x');
    await until('the next is told as it is', () => engine.hinted.length >= 2);
    expect(engine.hinted.some(({ overflow }) => overflow)).toBe(false);
  });

  test('more than 1,000 folders are an overflow', async () => {
    const folders = Array.from({ length: 1001 }, (_, n) => `f${n}`);
    const root = tree(...folders);
    const engine = new FakeEngine();
    const { handlers } = open(engine);
    await handlers.watch({ pairId: 1, root, folders: [root, ...folders.map((name) => join(root, name))], more: false });
    await until('it is watched', () => engine.modeOf(1) === 'watching');
    await until('all is to be read', () => engine.hinted.some(({ overflow }) => overflow));
    expect(engine.reports.at(-1)?.report.watches).toBe(1002);
  });

  test('nothing after the end, whatever waits', async () => {
    const root = tree('a');
    const engine = new FakeEngine();
    const watches = open(engine);
    await watches.handlers.watch({ pairId: 1, root, folders: [root], more: true });
    await until('the walk has begun', () => engine.reports.length > 0);
    await watches.close();
    const told = engine.reports.length + engine.hinted.length;
    await watches.handlers.watch({ pairId: 1, root, folders: [join(root, 'a')], more: false });
    writeFileSync(join(root, 'file'), 'x');
    // The next engine has watches of its own: what it hears of, the old one would have heard of before.
    const next = new FakeEngine();
    const nextWatches = open(next);
    await nextWatches.handlers.watch({ pairId: 1, root, folders: [root, join(root, 'a')], more: false });
    await watched(next, 1, root);
    writeFileSync(join(root, 'second'), 'x');
    await until('the next hears of it', () => next.isHinted(1, root));
    expect(engine.reports.length + engine.hinted.length).toBe(told);
  });
});
