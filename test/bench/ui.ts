// What the screens cost in Chromium, over the built host, the engine and the sandbox: frames, tasks, bytes on the WebSocket, and
// whether a page slows the engine.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from './report.ts';
import type { Bench } from './run-client.ts';
import { spreadOf } from './spread.ts';
import { startBrowsers, type Stretch } from './ui-browser.ts';
import { pageKinds, watchEngine, type EngineRun, type PageKind } from './ui-engine.ts';
import { watchList } from './ui-list.ts';
import { watchParts } from './ui-parts.ts';

const leastFrames = 50;
const longestTaskMs = 100;
/** Of host and engine beside a page that nobody reads, over that without a page: their speed is also what Chromium leaves of the cores. */
const mostCpu = 1.1;

const sizes = {
  whole: {
    list: { queued: 10_000, seconds: 5 },
    parts: { parts: 8192, seconds: 5 },
    engine: { files: 1500, turns: 5 },
  },
  quick: { list: { queued: 1000, seconds: 2 }, parts: { parts: 5120, seconds: 2 }, engine: { files: 300, turns: 1 } },
};

export async function benchUi(bench: Bench, quick: boolean): Promise<Row[]> {
  const folder = join(bench.folder, 'ui');
  mkdirSync(folder);
  const own = { ...bench, folder };
  const { list, parts, engine } = sizes[quick ? 'quick' : 'whole'];
  const browsers = await startBrowsers();
  const rows: Row[] = [];
  try {
    const add = (what: string, stretches: [string, Stretch][]) => {
      for (const [name, stretch] of stretches) {
        bench.note(`ui: ${what}, ${name}: ${describe(stretch)}`);
        rows.push(...rowsOf(`${what}, ${name}`, stretch));
      }
    };
    add(`list of ${list.queued}`, await watchList(own, browsers, list));
    add(`${parts.parts} parts`, await watchParts(own, browsers, parts));
    rows.push(...engineRows(await watchEngine(own, browsers, engine)));
  } finally {
    await browsers.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}

function rowsOf(name: string, { page, blank, busy, longestTaskCpu, receivedBytesPerSecond }: Stretch): Row[] {
  const row = (what: string, values: number[], unit: NonNullable<Row['unit']>, budget?: Row['budget']): Row => ({
    section: 'ui',
    name: `${name}: ${what}`,
    value: spreadOf(values.map((value) => Math.round(value * 10) / 10)),
    unit,
    ...(budget ? { budget } : {}),
  });
  return [
    row('frames a second', page.framesPerSecond, 'count', { limit: leastFrames, direction: 'at least' }),
    row('  of an empty page meanwhile', blank.framesPerSecond, 'count'),
    row('longest frame of each second', page.longestFrames, 'ms'),
    row('  of an empty page meanwhile', blank.longestFrames, 'ms'),
    row('longest task (0: none over 50)', [page.longestTask], 'ms', { limit: longestTaskMs, direction: 'at most' }),
    row('CPU of the longest task', [longestTaskCpu], 'ms', { limit: longestTaskMs, direction: 'at most' }),
    row('CPU of the main thread', [busy * 100], '%'),
    row('over the WebSocket', [receivedBytesPerSecond / 1000], 'KB/s'),
  ];
}

function describe({ page, blank, busy }: Stretch): string {
  const one = (what: string, { frameP99, longestFrames, longTasks }: Stretch['page']) =>
    `${what} frame p99 ${frameP99.toFixed(1)} ms, longest ${Math.max(...longestFrames).toFixed(1)} ms, ` +
    `${longTasks} tasks over 50 ms`;
  return `${one('page:', page)}, CPU ${(busy * 100).toFixed(0)} %; ${one('empty page:', blank)}`;
}

function engineRows(runs: Record<PageKind, EngineRun[]>): Row[] {
  const names: Record<PageKind, string> = {
    none: 'no page',
    open: 'a page that is looked at',
    stopped: 'a page that has stopped to read',
  };
  return pageKinds.flatMap((kind): Row[] => {
    const name = `engine, ${names[kind]}`;
    const rates = spreadOf(runs[kind].map(({ filesPerSecond }) => filesPerSecond));
    const files: Row = { section: 'ui', name, value: rates, unit: 'files/s' };
    if (kind === 'none') return [files];
    // Each with its own turn: a machine that is busy for a while is busy for both.
    const ratio = (what: keyof EngineRun) =>
      spreadOf(runs[kind].map((run, turn) => run[what] / (runs.none[turn] ?? run)[what]));
    const [speed, cpu] = [ratio('filesPerSecond'), ratio('cpuMs')];
    const limit = kind === 'open' ? {} : { budget: { limit: mostCpu, direction: 'at most' as const } };
    return [
      files,
      { section: 'ui', name: `${name} / no page: files a second`, value: speed, unit: 'ratio' },
      { section: 'ui', name: `${name} / no page: CPU of host and engine`, value: cpu, unit: 'ratio', ...limit },
    ];
  });
}
