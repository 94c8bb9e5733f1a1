import { join } from 'node:path';
import type { Row } from './report.ts';
import { runClient, type Bench, type Client, type ClientRun } from './run-client.ts';
import { spreadOf } from './spread.ts';
import { makeRandomFile, warm } from './trees.ts';

const names: Record<Client, string> = {
  boxcar: 'Boxcar',
  sdk: 'box-node-sdk, uploadBigFile',
  bare: 'bare PUTs, 4 at a time',
  sha1: 'SHA-1, two passes',
};

/**
 * One large file by every client, in turn and not client by client: what disturbs the machine then disturbs all of them.
 * Ratios are taken within each turn.
 */
export async function benchLarge(bench: Bench, sizeBytes: number): Promise<{ rows: Row[]; boxcar: ClientRun[] }> {
  const path = join(bench.folder, 'large.bin');
  makeRandomFile(path, sizeBytes);
  const clients: Client[] = ['sha1', 'bare', 'boxcar', 'sdk'];
  const turns: Record<Client, ClientRun>[] = [];
  for (let turn = 1; turn <= bench.runs; turn += 1) {
    const results: Partial<Record<Client, ClientRun>> = {};
    for (const client of clients) {
      warm(path);
      results[client] = await runClient(bench, client, path);
      bench.note(
        `large, run ${turn} of ${bench.runs}: ${names[client]}, ${(results[client].wallMs / 1000).toFixed(2)} s`,
      );
    }
    turns.push(results as Record<Client, ClientRun>);
  }
  const size = `${Math.round(sizeBytes / 2 ** 20)} MiB`;
  const rows = clients.map((client): Row => {
    const results = turns.map((turn) => turn[client]);
    return {
      section: 'large',
      name: `${size}: ${names[client]}`,
      wallMs: spreadOf(results.map(({ wallMs }) => wallMs)),
      clientCpuMs: spreadOf(results.map(({ cpuMs }) => cpuMs)),
      ...(client === 'sha1' ? {} : { sandboxCpuMs: spreadOf(results.map(({ sandboxCpuMs }) => sandboxCpuMs)) }),
    };
  });
  const cpuRatios = turns.map(({ boxcar, sha1, bare }) => boxcar.cpuMs / (sha1.cpuMs + bare.cpuMs));
  const wallRatios = turns.map(({ boxcar, sdk }) => boxcar.wallMs / sdk.wallMs);
  rows.push(
    ratio('CPU: Boxcar / (two SHA-1 passes + bare PUTs)', cpuRatios, 1.35),
    ratio('wall: Boxcar / box-node-sdk', wallRatios, 0.35),
    ratio(
      'wall: Boxcar / bare PUTs',
      turns.map(({ boxcar, bare }) => boxcar.wallMs / bare.wallMs),
    ),
  );
  return { rows, boxcar: turns.map(({ boxcar }) => boxcar) };
}

function ratio(name: string, values: number[], limit?: number): Row {
  const row: Row = { section: 'large', name, value: spreadOf(values), unit: 'ratio' };
  return limit === undefined ? row : { ...row, budget: { limit, direction: 'at most' } };
}
