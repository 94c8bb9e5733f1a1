import { fork, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { ProcessMeter } from '../../main/engine/commands/metrics.ts';
import { pairsAnswerSchema, type Again, type First, type PairsTask, type Restarted } from './pairs-task.ts';
import { watchPss } from './processes.ts';
import { logRequests } from './request-log.ts';
import type { Row } from './report.ts';
import type { Bench } from './run-client.ts';
import { startSandbox } from './sandbox.ts';
import { spreadOf } from './spread.ts';
import { makeTree } from './trees.ts';

const clientName = 'pairs-client';
const fileBytes = 100;
const changesCount = 10;
const idleMs = 30_000;
const loopBudgetMs = 50;
const walkBudgetMs = 4000;
const rescanBudgetMs = 1500;

type Delays = First['delays']['walk'];

/** A folder pair of many small files: walked, sent once, started again with nothing changed, idle, and changed in single files. */
export async function benchPairs(bench: Bench, { files, folders }: { files: number; folders: number }): Promise<Row[]> {
  const path = join(bench.folder, 'pairs');
  const home = join(bench.folder, 'home-pairs');
  mkdirSync(home);
  makeTree(path, { folders, files, fileBytes });
  const find = findMs(path);
  bench.note(`pairs: ${files} files made, find ${find.names.toFixed(0)} ms, find -size ${find.facts.toFixed(0)} ms`);
  const sandbox = await startSandbox(bench.bundles, join(bench.boxFolder, 'pairs'));
  const idle = new ProcessMeter();
  idle.read({ reset: true });
  try {
    const folderId = await sandbox.makeFolder('bench-pairs');
    const bundles = await bundleClient(bench);
    const task = { path, home, folderId, bundles, idleMs, changes: [] };
    const before = sandbox.cpuMs();
    const first = await runPhase({ ...task, phase: 'first', sandbox: sandbox.address });
    if (!first.first) throw new Error('no answer of the first sync');
    const sandboxCpuMs = sandbox.cpuMs() - before;
    bench.note(`pairs: all on Box after ${(first.first.syncedMs / 1000).toFixed(1)} s`);
    const findAgain = findMs(path);
    const log = await logRequests(sandbox.address.port);
    let atRestart: string[] = [];
    const changes = Array.from({ length: changesCount }, (_, index) =>
      join(path, `folder ${Math.floor((index * folders) / changesCount)}`, 'file 0.bin'),
    );
    const again = await runPhase(
      { ...task, phase: 'again', sandbox: { ...sandbox.address, port: log.port }, changes },
      () => (atRestart = log.requests.map(({ method, path: asked }) => `${method} ${asked.replace(/\?.*/, '')}`)),
    ).finally(() => log.close());
    if (!again.restarted || !again.again) throw new Error('no answer of the restart');
    bench.note(`pairs: requests at the restart: ${atRestart.join(', ')}`);
    const uploads = log.requests.filter(({ method, path: asked }) => method === 'POST' && asked.includes('/content'));
    const lateMs = again.again.writtenAtMs.map((writtenAtMs, index) => {
      const upload = uploads[index];
      if (!upload) throw new Error(`${uploads.length} uploads of ${changesCount} changes`);
      return upload.atMs - writtenAtMs - (again.again?.settleMs ?? 0);
    });
    return [
      ...findRows(files, [find, findAgain]),
      ...firstRows(files, folders, first.first, { sandboxCpuMs, pssBytes: first.pssBytes }),
      ...againRows(again.restarted, again.again, atRestart, { lateMs, pssBytes: again.pssBytes }),
      ...loopRows('first walk and watching', first.first.delays.walk),
      ...loopRows('first upload', first.first.delays.upload),
      ...loopRows('rescan and changes', again.again.delays),
      {
        ...ms(
          'event loop of an idle process meanwhile, p99.9 delay',
          idle.read({ reset: false }).eventLoopDelayMs.p999,
        ),
      },
    ];
  } finally {
    await sandbox.close();
    rmSync(path, { recursive: true, force: true });
  }
}

/** What every walk must do, warm: reading all names, and looking at every file. */
function findMs(path: string): { names: number; facts: number } {
  const run = (...tests: string[]) => {
    const begun = performance.now();
    const { status } = spawnSync('find', [path, ...tests], { stdio: 'ignore' });
    if (status !== 0) throw new Error(`find ended with ${status}`);
    return performance.now() - begun;
  };
  run('-size', '+1M');
  return { names: run(), facts: run('-size', '+1M') };
}

function findRows(files: number, finds: { names: number; facts: number }[]): Row[] {
  return [
    { section: 'pairs', name: `${files} files: find TREE`, wallMs: spreadOf(finds.map(({ names }) => names)) },
    {
      section: 'pairs',
      name: `${files} files: find TREE -size +1M`,
      wallMs: spreadOf(finds.map(({ facts }) => facts)),
    },
  ];
}

function firstRows(
  files: number,
  folders: number,
  { walk, watchingMs, syncedMs, cpuMs }: First,
  { sandboxCpuMs, pssBytes }: { sandboxCpuMs: number; pssBytes: number },
): Row[] {
  if (walk.files !== files) throw new Error(`the walk found ${walk.files} files of ${files}`);
  return [
    { ...ms('first walk, all recorded', walk.durationMs, walkBudgetMs), clientCpuMs: spreadOf([walk.cpuMs]) },
    ms(`${folders} folders watched, after the walk`, watchingMs, 5000),
    {
      section: 'pairs',
      name: 'first sync of all of it',
      wallMs: spreadOf([syncedMs]),
      clientCpuMs: spreadOf([cpuMs]),
      sandboxCpuMs: spreadOf([sandboxCpuMs]),
      value: spreadOf([(files * 1000) / syncedMs]),
      unit: 'files/s',
    },
    megabytes('first sync: app + engine (largest PSS)', pssBytes),
  ];
}

function againRows(
  { walk, readyMs }: Restarted,
  { idleCpuMs, idlePssBytes, rescan }: Again,
  requests: readonly string[],
  { lateMs, pssBytes }: { lateMs: number[]; pssBytes: number },
): Row[] {
  const sent = requests.filter((request) => !/^(GET|OPTIONS) /.test(request)).length;
  return [
    {
      ...ms('restart: walk, while folders are put under watch', walk.durationMs, walkBudgetMs),
      clientCpuMs: spreadOf([walk.cpuMs]),
    },
    { section: 'pairs', name: 'restart: from the start until all is watched and synced', wallMs: spreadOf([readyMs]) },
    count('restart: requests', requests.length),
    { ...count('restart: requests that send or change', sent), budget: { limit: 0, direction: 'at most' } },
    { ...ms('rescan with nothing changed', rescan.durationMs, rescanBudgetMs), clientCpuMs: spreadOf([rescan.cpuMs]) },
    ms('a change: from its settling to the upload’s arrival', spreadOf(lateMs).median, 50, lateMs),
    ms(`idle for ${idleMs / 1000} s: CPU of app + engine`, idleCpuMs, idleMs / 1000),
    megabytes('idle: app + engine (PSS)', idlePssBytes),
    megabytes('restart, rescan and changes: app + engine (largest PSS)', pssBytes),
  ];
}

function loopRows(what: string, delays: Delays): Row[] {
  return (['app', 'engine'] as const).map((name) =>
    ms(`${what}: event loop of the ${name}, p99.9 delay`, delays[name].p999, loopBudgetMs),
  );
}

function ms(name: string, value: number, limit?: number, values: number[] = [value]): Row {
  return {
    section: 'pairs',
    name,
    value: spreadOf(values),
    unit: 'ms',
    ...(limit === undefined ? {} : { budget: { limit, direction: 'at most' as const } }),
  };
}

function megabytes(name: string, bytes: number): Row {
  const budget = { limit: 300, direction: 'at most' as const };
  return { section: 'pairs', name, value: spreadOf([bytes / 1e6]), unit: 'MB', budget };
}

function count(name: string, value: number): Row {
  return { section: 'pairs', name, value: spreadOf([value]), unit: 'count' };
}

interface PhaseResult {
  first?: First;
  restarted?: Restarted;
  again?: Again;
  pssBytes: number;
}

/** The client beside the built bundles, as one of them: Node's reading of TypeScript would be counted as the app's memory. */
async function bundleClient({ bundles, folder }: Bench): Promise<string> {
  const outDir = join(folder, 'out', 'main');
  cpSync(bundles, outDir, { recursive: true });
  // Where the app looks for its version.
  cpSync(new URL('../../package.json', import.meta.url), join(folder, 'package.json'));
  await build({
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: true,
      target: 'node24',
      outDir,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: {
        input: { [clientName]: fileURLToPath(new URL('./pairs-client.ts', import.meta.url)) },
        external: [/^node:/, ...builtinModules],
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'client-[name]-[hash].js' },
      },
    },
  });
  return outDir;
}

/** Runs the client in a process of its own. Rejects when it ends without its last answer. */
async function runPhase(task: PairsTask, onRestarted: () => void = () => undefined): Promise<PhaseResult> {
  const child = fork(join(task.bundles, `${clientName}.js`), [JSON.stringify(task)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const result: PhaseResult = { pssBytes: 0 };
  let pss: ReturnType<typeof watchPss> | undefined;
  child.on('message', (message) => {
    const answer = pairsAnswerSchema.parse(message);
    if (answer.event === 'started') pss = watchPss(answer.pids);
    else if (answer.event === 'first') result.first = answer;
    else if (answer.event === 'again') result.again = answer;
    else {
      result.restarted = answer;
      onRestarted();
    }
  });
  const how = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  result.pssBytes = pss?.stop() ?? 0;
  if (!result[task.phase]) throw new Error(`the client of pairs ended without a result: ${how}`);
  return result;
}
