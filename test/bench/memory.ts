import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { watchPss } from './processes.ts';
import type { Row } from './report.ts';
import { runClient, type Bench, type ClientRun } from './run-client.ts';
import { startSandbox } from './sandbox.ts';
import { spreadOf } from './spread.ts';
import { makeSparseFile, makeTree } from './trees.ts';

const partSize = 64 * 2 ** 20;
const engineBudgetMb = 200;
const allBudgetMb = 300;

/** Memory of Boxcar with a huge file in large parts, and with a large tree: once each, on a sandbox with such parts. */
export async function benchMemory(
  bench: Bench,
  { sizeBytes, files }: { sizeBytes: number; files: number },
): Promise<{ rows: Row[]; boxcar: ClientRun[] }> {
  const path = join(bench.folder, 'memory');
  mkdirSync(path);
  const sandbox = await startSandbox(bench.bundles, join(bench.boxFolder, 'memory'), { partSize });
  const rows: Row[] = [];
  const boxcar: ClientRun[] = [];
  const measure = async (what: string, name: string) => {
    let pss: ReturnType<typeof watchPss> | undefined;
    let most: number | undefined;
    const result = await runClient({ ...bench, sandbox }, 'boxcar', join(path, name), (pids) => {
      pss = watchPss(pids);
    }).finally(() => {
      most = pss?.stop();
    });
    bench.note(`memory: ${what}, ${(result.wallMs / 1000).toFixed(1)} s`);
    boxcar.push(result);
    rows.push(
      {
        ...megabytes(`${what}: peak of the engine (VmHWM)`, result.enginePeakRssBytes ?? 0, engineBudgetMb),
        wallMs: spreadOf([result.wallMs]),
        clientCpuMs: spreadOf([result.cpuMs]),
        sandboxCpuMs: spreadOf([result.sandboxCpuMs]),
      },
      megabytes(`${what}: app + engine (largest PSS)`, most ?? 0, allBudgetMb),
    );
  };
  try {
    makeSparseFile(join(path, 'sparse.bin'), sizeBytes);
    await measure(`${Math.round(sizeBytes / 2 ** 20)} MiB in parts of 64 MiB`, 'sparse.bin');
    makeTree(join(path, 'tree'), { folders: 100, files, fileBytes: 1000 });
    await measure(`${files} small files`, 'tree');
  } finally {
    await sandbox.close();
    rmSync(path, { recursive: true, force: true });
  }
  return { rows, boxcar };
}

function megabytes(name: string, bytes: number, limit: number): Row {
  return {
    section: 'memory',
    name,
    value: spreadOf([bytes / 1e6]),
    unit: 'MB',
    budget: { limit, direction: 'at most' },
  };
}
