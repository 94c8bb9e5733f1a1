import { fork } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ProcessMeter } from '../../main/engine/commands/metrics.ts';
import { answerSchema, type Result } from './client-task.ts';
import type { BenchSandbox } from './sandbox.ts';

export type Client = 'boxcar' | 'sdk' | 'bare' | 'sha1';

/** Where a section of the benchmark works. */
export interface Bench {
  sandbox: BenchSandbox;
  /** A folder of its own, removed at the end. */
  folder: string;
  /** Where sandboxes keep their files, each in a folder of its own; removed at the end. */
  boxFolder: string;
  bundles: string;
  runs: number;
  /** A line on stderr about what is being done. */
  note(text: string): void;
}

export interface ClientRun extends Result {
  /** What the server used between the client's start and its end. */
  sandboxCpuMs: number;
  /** How late the event loop of this process was meanwhile, which only waited: what the machine itself adds, p99.9. */
  idleDelayMs: number;
}

const idle = new ProcessMeter();

/** Runs a client on a file or a tree, into a new folder on the sandbox that is removed afterwards. Rejects when it fails. */
export async function runClient(
  bench: Bench,
  client: Client,
  path: string,
  onStarted?: (pids: number[]) => void,
): Promise<ClientRun> {
  const { sandbox, bundles, folder } = bench;
  const folderId = await sandbox.makeFolder(`bench-${client}`);
  const home = join(folder, `home-${client}`);
  mkdirSync(home, { recursive: true });
  const before = sandbox.cpuMs();
  try {
    const task = { sandbox: sandbox.address, path, folderId, home, bundles };
    const result = await started(client, JSON.stringify(task), (pids) => {
      idle.read({ reset: true });
      onStarted?.(pids);
    });
    const idleDelayMs = idle.read({ reset: false }).eventLoopDelayMs.p999;
    return { ...result, sandboxCpuMs: sandbox.cpuMs() - before, idleDelayMs };
  } finally {
    await sandbox.removeFolder(folderId);
    rmSync(home, { recursive: true, force: true });
  }
}

/** Settles when the process has ended. */
async function started(client: Client, task: string, onStarted?: (pids: number[]) => void): Promise<Result> {
  const entries = {
    boxcar: new URL('./boxcar-client.ts', import.meta.url),
    sdk: new URL('./sdk-client.ts', import.meta.url),
    bare: new URL('./bare-client.ts', import.meta.url),
    sha1: new URL('./sha1-client.ts', import.meta.url),
  };
  const child = fork(entries[client], [task], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  let result: Result | undefined;
  child.on('message', (message) => {
    const answer = answerSchema.parse(message);
    if (answer.event === 'started') onStarted?.(answer.pids);
    else result = answer;
  });
  const how = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  if (!result) throw new Error(`the client "${client}" ended without a result: ${how}`);
  return result;
}
