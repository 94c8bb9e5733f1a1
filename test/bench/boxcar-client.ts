// Boxcar as it runs: the app in this process, the built engine in its own, progress followed as a command follows it.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openBoxcar, type Boxcar } from '../../main/app/open-boxcar.ts';
import { environmentTokens } from '../../main/app/token-provider.ts';
import { ProcessMeter } from '../../main/engine/commands/metrics.ts';
import { batchSchema } from '../../shared/progress-contract.ts';
import { endpointsOf, readTask, tell } from './client-task.ts';
import { cpuMs } from './processes.ts';

const { path, folderId, sandbox, home, bundles } = readTask();
const { origin: _, ...endpoints } = endpointsOf(sandbox);
const boxcar = await openBoxcar({
  home,
  endpoints,
  readOnly: false,
  logLevel: 'info',
  tokens: environmentTokens({ BOXCAR_TOKEN: sandbox.token }),
  env: process.env,
  engineEntry: pathToFileURL(join(bundles, 'engine.js')),
});
const { engine } = boxcar;
const enginePid = engine?.pid();
if (!engine || enginePid === undefined) throw new Error('the engine is another process’s');
const pids = [process.pid, enginePid];

const meter = new ProcessMeter();
meter.read({ reset: true });
await engine.metrics({ reset: true });
await tell({ event: 'started', pids });
const cpuBefore = pids.map(cpuMs);
const begun = performance.now();
await upload(boxcar);
const wallMs = performance.now() - begun;
const cpu = pids.map((pid, index) => cpuMs(pid) - (cpuBefore[index] ?? 0)).reduce((sum, ms) => sum + ms, 0);
const engineMetrics = await engine.metrics({ reset: false });
await tell({
  event: 'result',
  wallMs,
  cpuMs: cpu,
  delays: { app: meter.read({ reset: false }).eventLoopDelayMs, engine: engineMetrics.eventLoopDelayMs },
  enginePeakRssBytes: engineMetrics.peakRssBytes,
});
await boxcar.close();
process.disconnect();

async function upload(opened: Boxcar): Promise<void> {
  const { jobId } = await opened.commands.upload({ paths: [path], target: folderId, ifExists: 'version' });
  const ended = Promise.withResolvers<void>();
  await opened.subscribe({ kind: 'outcomes', jobId }, (batch) => void batchSchema.parse(batch));
  await opened.subscribe({ kind: 'job', jobId }, (batch) => {
    const parsed = batchSchema.parse(batch);
    if (parsed.kind !== 'job') return;
    const { state, counts, problem } = parsed.progress.job;
    if (state === 'blocked') ended.reject(new Error(`blocked: ${JSON.stringify(problem)}`));
    if (state !== 'done') return;
    // Every file must have gone over the wire, or there is nothing to compare.
    if (counts.sent === counts.files && counts.files > 0) ended.resolve();
    else ended.reject(new Error(`not everything was sent: ${JSON.stringify(counts)}`));
  });
  await ended.promise;
}
