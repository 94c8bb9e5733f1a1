// A folder pair as it is kept up to date: the app in this process, the built engine in its own, events followed as `run` does.
import { writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { openBoxcar, type Boxcar } from '../../main/app/open-boxcar.ts';
import { environmentTokens } from '../../main/app/token-provider.ts';
import { ProcessMeter } from '../../main/engine/commands/metrics.ts';
import type { PairEvent } from '../../shared/pair-model.ts';
import { batchSchema } from '../../shared/progress-contract.ts';
import { endpointsOf } from './client-task.ts';
import { pairsTaskSchema, type PairsAnswer, type PairsTask } from './pairs-task.ts';
import { cpuMs, pssBytes } from './processes.ts';

const settleMs = 2000;
const waitLimitMs = 20 * 60_000;

const task = pairsTaskSchema.parse(JSON.parse(process.argv[2] ?? ''));
const { origin: _, ...endpoints } = endpointsOf(task.sandbox);
const openedAt = performance.now();
const boxcar = await openBoxcar({
  home: task.home,
  endpoints,
  readOnly: false,
  logLevel: 'info',
  tokens: environmentTokens({ BOXCAR_TOKEN: task.sandbox.token }),
  env: process.env,
  engineEntry: pathToFileURL(join(task.bundles, 'engine.js')),
});
const { engine } = boxcar;
const enginePid = engine?.pid();
if (!engine || enginePid === undefined) throw new Error('the engine is another process’s');
const pids = [process.pid, enginePid];
const cpuNow = () => pids.map(cpuMs).reduce((sum, ms) => sum + ms, 0);
const feed = await follow(boxcar);
await tell({ event: 'started', pids });
await (task.phase === 'first' ? first() : again(task));
await boxcar.close();
process.disconnect();

async function first(): Promise<void> {
  await boxcar.commands.addPair({ path: task.path, target: task.folderId, options: { settleMs } });
  const meter = await meters();
  const cpuBefore = cpuNow();
  const begun = performance.now();
  await boxcar.commands.startPairs({});
  const walk = await walked(cpuBefore);
  const walkedAt = performance.now();
  await feed.until((event) => event.type === 'watching' && event.report.mode === 'watching');
  const watchingMs = performance.now() - walkedAt;
  const whileWalking = await meter();
  await feed.until((event) => event.type === 'synced');
  const syncedMs = performance.now() - begun;
  const delays = { walk: whileWalking, upload: await meter() };
  await tell({ event: 'first', walk, watchingMs, syncedMs, cpuMs: cpuNow() - cpuBefore, delays });
}

/** Nothing is sampled before the time of idleness is over: sampling wakes the process a hundred times a second. */
async function again({ idleMs, changes }: PairsTask): Promise<void> {
  const cpuBefore = cpuNow();
  await boxcar.commands.startPairs({});
  const walk = await walked(cpuBefore);
  await feed.until((event) => event.type === 'watching' && event.report.mode === 'watching');
  await feed.until((event) => event.type === 'synced');
  const readyMs = performance.now() - openedAt;
  // What was watched only now is read once more: a moment for it.
  await delay(5000);
  await tell({ event: 'restarted', walk, readyMs });
  const idleBefore = cpuNow();
  await delay(idleMs);
  const idleCpuMs = cpuNow() - idleBefore;
  const idlePssBytes = pids.reduce((sum, pid) => sum + pssBytes(pid), 0);

  const meter = await meters();
  feed.forget();
  const cpuBeforeRescan = cpuNow();
  await boxcar.commands.rescan({ pairId: null });
  const rescan = await walked(cpuBeforeRescan);
  await feed.until((event) => event.type === 'synced');
  const writtenAtMs: number[] = [];
  for (const path of changes) {
    feed.forget();
    writeFileSync(path, randomBytes(100));
    writtenAtMs.push(performance.timeOrigin + performance.now());
    await feed.until((event) => event.type === 'file' && event.outcome.outcome === 'sent');
    await feed.until((event) => event.type === 'synced');
  }
  await tell({ event: 'again', idleCpuMs, idlePssBytes, rescan, writtenAtMs, settleMs, delays: await meter() });
}

async function walked(cpuBefore: number) {
  const event = await feed.until(({ type }) => type === 'scanned');
  if (event.type !== 'scanned') throw new Error('not a walk');
  const { files, folders, durationMs } = event;
  return { files, folders, durationMs, cpuMs: cpuNow() - cpuBefore };
}

/** Delays of both event loops since the call before, or since this one. */
async function meters() {
  const app = new ProcessMeter();
  const read = async () => ({
    app: app.read({ reset: true }).eventLoopDelayMs,
    engine: (await engine!.metrics({ reset: true })).eventLoopDelayMs,
  });
  await read();
  return read;
}

interface Feed {
  /** The first event for which it is true, from the beginning or the last `forget` on. */
  until(isIt: (event: PairEvent) => boolean): Promise<PairEvent>;
  forget(): void;
}

async function follow(opened: Boxcar): Promise<Feed> {
  let events: PairEvent[] = [];
  let arrived = Promise.withResolvers<void>();
  await opened.subscribe({ kind: 'pair-events' }, (batch) => {
    const parsed = batchSchema.parse(batch);
    if (parsed.kind !== 'pair-events') return;
    for (const event of parsed.events) {
      if (event.type === 'problem') throw new Error(`stands still: ${JSON.stringify(event.problem)}`);
      // A hundred thousand of them would be this process's memory and not the app's.
      if (event.type !== 'file' || task.phase === 'again') events.push(event);
    }
    arrived.resolve();
    arrived = Promise.withResolvers();
  });
  return {
    until: async (isIt) => {
      const signal = AbortSignal.timeout(waitLimitMs);
      for (;;) {
        signal.throwIfAborted();
        const found = events.find(isIt);
        if (found) return found;
        await Promise.race([arrived.promise, delay(waitLimitMs, undefined, { ref: false })]);
      }
    },
    forget: () => (events = []),
  };
}

function tell(answer: PairsAnswer): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(answer, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}
