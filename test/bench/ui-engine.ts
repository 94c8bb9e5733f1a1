// Whether pages slow the engine: the same files go up with no page, with one, and with one that has stopped to read.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from './run-client.ts';
import { makeTree } from './trees.ts';
import type { BenchPage, Browsers } from './ui-browser.ts';
import { startHost, type BenchHost } from './ui-host.ts';

export const pageKinds = ['none', 'open', 'stopped'] as const;
export type PageKind = (typeof pageKinds)[number];

/** What a run of uploads took: files a second, and CPU of host and engine in ms. */
export interface EngineRun {
  filesPerSecond: number;
  cpuMs: number;
}

/** In turns, so that what the machine does meanwhile falls on all of them alike. */
export async function watchEngine(
  bench: Bench,
  browsers: Browsers,
  { files, turns }: { files: number; turns: number },
): Promise<Record<PageKind, EngineRun[]>> {
  const tree = join(bench.folder, 'ui-engine-files');
  makeTree(tree, { folders: 20, files, fileBytes: 20_000 });
  const host = await startHost(bench, 'ui-engine');
  const runs: Record<PageKind, EngineRun[]> = { none: [], open: [], stopped: [] };
  try {
    const opened = await browsers.open(host.url);
    // The first run warms what later ones find warm.
    await upload(host, tree);
    for (let turn = 0; turn < turns; turn += 1) {
      for (const kind of turn % 2 === 0 ? pageKinds : pageKinds.toReversed()) {
        const back = await turnInto(opened, kind, host.url);
        const before = host.cpuMs();
        const filesPerSecond = (files * 1000) / (await upload(host, tree));
        runs[kind].push({ filesPerSecond, cpuMs: host.cpuMs() - before });
        await back();
      }
    }
    await opened.close();
    return runs;
  } finally {
    await host.close();
    rmSync(tree, { recursive: true, force: true });
  }
}

/** Takes the page to a state. Returns what takes it back. */
async function turnInto({ page, protocol }: BenchPage, kind: PageKind, url: string): Promise<() => Promise<void>> {
  if (kind === 'none') {
    await page.goto('about:blank');
    return async () => {
      await page.goto(new URL('/', url).href);
      await page.getByRole('grid').getByRole('row').first().waitFor();
    };
  }
  if (kind === 'stopped') {
    await protocol.send('Debugger.enable');
    await protocol.send('Debugger.pause');
    return async () => {
      await protocol.send('Debugger.resume').catch(() => undefined);
      await protocol.send('Debugger.disable');
    };
  }
  return () => Promise.resolve();
}

/** ms until all of a tree has arrived in a new folder, which is removed. */
async function upload(host: BenchHost, tree: string): Promise<number> {
  const { sandbox, commands } = host;
  const target = await sandbox.makeFolder('ui-engine');
  const begun = performance.now();
  const { jobId } = await commands.upload({ paths: [tree], target, ifExists: 'version' });
  await host.until({ kind: 'job', jobId }, (batch) => batch.kind === 'job' && batch.progress.job.state === 'done');
  const tookMs = performance.now() - begun;
  const { counts } = await commands.job({ jobId });
  if (counts.sent !== counts.files) throw new Error(`not everything was sent: ${JSON.stringify(counts)}`);
  await sandbox.removeFolder(target);
  return tookMs;
}
