// `npm run bench`: what Boxcar costs, beside Box's SDK and the limit of the machine. A measurement and not a test: it fails
// only when something can't be measured.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchLarge } from './large.ts';
import { benchLedger } from './ledger.ts';
import { benchMemory } from './memory.ts';
import { parseOptions, usage, type BenchOptions } from './options.ts';
import { benchPairs } from './pairs.ts';
import { formatTable, machineFacts, verdictOf, type Row } from './report.ts';
import type { Bench, ClientRun } from './run-client.ts';
import { startSandbox } from './sandbox.ts';
import { benchSmall } from './small.ts';
import { spreadOf } from './spread.ts';
import { benchUi } from './ui.ts';
import { benchViews } from './views.ts';

const loopBudgetMs = 50;
const out = new URL('../../out/', import.meta.url);

async function main(options: BenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'boxcar-bench-'));
  const boxFolder = mkdtempSync(join(options.boxFolder, 'boxcar-bench-box-'));
  const remove = () => [folder, boxFolder].forEach((path) => rmSync(path, { recursive: true, force: true }));
  const stop = () => {
    remove();
    process.exit(130);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const machine = machineFacts();
  try {
    const rows = await measure({ ...options, boxFolder }, folder);
    const facts = `${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ${machine.kernel}, ${machine.date}`;
    process.stdout.write(`\n${facts}\nMedians of ${options.runs} runs (least-largest).\n\n${formatTable(rows)}\n`);
    mkdirSync(out, { recursive: true });
    const judged = rows.map((row) => ({ ...row, verdict: verdictOf(row) }));
    const { only, ...rest } = options;
    const report = { machine, options: { ...rest, only: [...only], bundles: undefined }, rows: judged };
    writeFileSync(new URL('bench.json', out), JSON.stringify(report, undefined, 2) + '\n');
  } finally {
    remove();
  }
}

async function measure(
  { only, runs, quick, memorySizeBytes, bundles, boxFolder }: BenchOptions,
  folder: string,
): Promise<Row[]> {
  const note = (text: string) => void process.stderr.write(`${text}\n`);
  const sandbox = await startSandbox(bundles, join(boxFolder, 'main'));
  const bench: Bench = { sandbox, folder, boxFolder, bundles, runs, note };
  const rows: Row[] = [];
  const loops: Row[] = [];
  const add = (section: string, measured: { rows: Row[]; boxcar: ClientRun[] }) => {
    rows.push(...measured.rows);
    loops.push(...loopRows(section, measured.boxcar));
  };
  try {
    if (only.has('large')) add('large', await benchLarge(bench, quick ? 128 * 2 ** 20 : 2 ** 30));
    if (only.has('small')) add('small', await benchSmall(bench, quick ? 200 : 2000));
    if (only.has('memory')) {
      add('memory', await benchMemory(bench, { sizeBytes: memorySizeBytes, files: quick ? 1000 : 20_000 }));
    }
    if (only.has('pairs')) {
      rows.push(
        ...(await benchPairs(bench, quick ? { files: 5000, folders: 500 } : { files: 100_000, folders: 10_000 })),
      );
    }
    if (only.has('loop')) rows.push(...loops);
    if (only.has('ledger')) rows.push(...(await ledgerRows(join(folder, 'ledger'))));
    if (only.has('views')) rows.push(...(await viewRows(join(folder, 'views'))));
    if (only.has('ui')) rows.push(...(await benchUi(bench, quick)));
  } finally {
    await sandbox.close();
  }
  return rows;
}

/** Event loops during the runs of Boxcar, and that of a process that only waited: on a busy machine all of them are late. */
function loopRows(section: string, runs: readonly ClientRun[]): Row[] {
  const rows = (['app', 'engine'] as const).map((name): Row => ({
    section: 'loop',
    name: `${section}: event loop of the ${name}, p99.9 delay`,
    value: spreadOf(runs.flatMap(({ delays }) => delays?.[name].p999 ?? [])),
    unit: 'ms',
    budget: { limit: loopBudgetMs, direction: 'at most' },
  }));
  const idle = spreadOf(runs.map(({ idleDelayMs }) => idleDelayMs));
  return [...rows, { section: 'loop', name: `${section}: of an idle process meanwhile`, value: idle, unit: 'ms' }];
}

async function ledgerRows(folder: string): Promise<Row[]> {
  mkdirSync(folder);
  const measured = await benchLedger(folder);
  return measured.map(({ name, value, unit, budget }) => ({
    section: 'ledger',
    name,
    value: spreadOf([value]),
    unit: unit as 'ms',
    ...(budget === undefined ? {} : { budget: { limit: budget, direction: 'at most' as const } }),
  }));
}

async function viewRows(folder: string): Promise<Row[]> {
  mkdirSync(folder);
  return (await benchViews(folder)).map(({ name, value, unit, budget }) => ({
    section: 'views',
    name,
    value: spreadOf([Math.round(value * 100) / 100]),
    unit,
    ...(budget === undefined ? {} : { budget: { limit: budget, direction: 'at most' as const } }),
  }));
}

let options: BenchOptions | undefined;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 2;
}
if (options) await main(options);
