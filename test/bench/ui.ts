// What the screens cost in Chromium, over the built host, the engine and the sandbox: frames, tasks, bytes on the WebSocket, and
// whether a page slows the engine.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from './report.ts';
import type { Bench } from './run-client.ts';
import { spreadOf } from './spread.ts';
import { startBrowsers, type Stretch } from './ui-browser.ts';
import { pageKinds, watchEngine, type PageKind } from './ui-engine.ts';
import { watchList } from './ui-list.ts';
import { watchParts } from './ui-parts.ts';

const leastFrames = 50;
const longestTaskMs = 100;
/** Of the engine's speed without a page, what is left beside one that nobody reads. */
const leastShare = 0.9;

const sizes = {
  whole: {
    list: { queued: 10_000, seconds: 5 },
    parts: { parts: 8192, seconds: 5 },
    engine: { files: 1500, turns: 3 },
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

function engineRows(rates: Record<PageKind, number[]>): Row[] {
  const names: Record<PageKind, string> = {
    none: 'no page',
    open: 'a page that is looked at',
    hidden: 'a hidden page, frozen by the browser',
    stopped: 'a page that has stopped to read',
  };
  return pageKinds.flatMap((kind): Row[] => {
    const name = `engine, ${names[kind]}`;
    const files: Row = { section: 'ui', name, value: spreadOf(rates[kind]), unit: 'files/s' };
    if (kind === 'none') return [files];
    // Each with its own turn: a machine that is busy for a while is busy for both.
    const share = spreadOf(rates[kind].map((rate, turn) => rate / (rates.none[turn] ?? rate)));
    const isUnread = kind !== 'open';
    const ratio: Row = { section: 'ui', name: `${name} / no page`, value: share, unit: 'ratio' };
    return [files, isUnread ? { ...ratio, budget: { limit: leastShare, direction: 'at least' } } : ratio];
  });
}
