import { join } from 'node:path';
import type { Row } from './report.ts';
import { runClient, type Bench, type ClientRun } from './run-client.ts';
import { spreadOf } from './spread.ts';
import { makeTree } from './trees.ts';

const folders = 20;
const fileBytes = 20_000;

/** Many small files, by Boxcar and by the SDK with four at a time; the making of their folders counts for both. */
export async function benchSmall(bench: Bench, files: number): Promise<{ rows: Row[]; boxcar: ClientRun[] }> {
  const path = join(bench.folder, 'small');
  makeTree(path, { folders, files, fileBytes });
  const turns: { boxcar: ClientRun; sdk: ClientRun }[] = [];
  for (let turn = 1; turn <= bench.runs; turn += 1) {
    const boxcar = await runClient(bench, 'boxcar', path);
    const sdk = await runClient(bench, 'sdk', path);
    turns.push({ boxcar, sdk });
    bench.note(
      `small, run ${turn} of ${bench.runs}: Boxcar ${Math.round(rate(boxcar, files))}, SDK ${Math.round(rate(sdk, files))} files/s`,
    );
  }
  const row = (name: string, results: ClientRun[]): Row => ({
    section: 'small',
    name: `${files} files of 20 kB: ${name}`,
    wallMs: spreadOf(results.map(({ wallMs }) => wallMs)),
    clientCpuMs: spreadOf(results.map(({ cpuMs }) => cpuMs)),
    sandboxCpuMs: spreadOf(results.map(({ sandboxCpuMs }) => sandboxCpuMs)),
    value: spreadOf(results.map((result) => rate(result, files))),
    unit: 'files/s',
  });
  const rows: Row[] = [
    row(
      'Boxcar',
      turns.map(({ boxcar }) => boxcar),
    ),
    row(
      'box-node-sdk, 4 at a time',
      turns.map(({ sdk }) => sdk),
    ),
    {
      section: 'small',
      name: 'rate: Boxcar / box-node-sdk',
      value: spreadOf(turns.map(({ boxcar, sdk }) => sdk.wallMs / boxcar.wallMs)),
      unit: 'ratio',
      budget: { limit: 2, direction: 'at least' },
    },
  ];
  return { rows, boxcar: turns.map(({ boxcar }) => boxcar) };
}

function rate({ wallMs }: ClientRun, files: number): number {
  return (files * 1000) / wallMs;
}
