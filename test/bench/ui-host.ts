// `boxcar ui` as people start it, on a sandbox of its own, and a client beside the page that says what is to be uploaded.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { attachBoxcar, type Boxcar } from '../../main/app/open-boxcar.ts';
import { environmentTokens } from '../../main/app/token-provider.ts';
import { batchSchema, type Batch, type View } from '../../shared/progress-contract.ts';
import { descendantEntries } from '../support/process-tree.ts';
import { endpointsOf } from './client-task.ts';
import type { Bench } from './run-client.ts';
import { cpuMs } from './processes.ts';
import { startSandbox, type BenchSandbox } from './sandbox.ts';

const readySchema = z.object({ event: z.literal('ready'), url: z.url() });

export interface BenchHost {
  /** The link with the one-time token. */
  url: string;
  sandbox: BenchSandbox;
  commands: Boxcar['commands'];
  /** CPU that host and engine have used so far, in ms. */
  cpuMs(): number;
  /** Resolves when a batch of a view fits. */
  until(view: View, fits: (batch: Batch) => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Starts both on empty folders named `name`. */
export async function startHost(
  { bundles, folder, boxFolder }: Bench,
  name: string,
  sandboxOptions: { partSize?: number } = {},
): Promise<BenchHost> {
  const sandbox = await startSandbox(bundles, join(boxFolder, name), sandboxOptions);
  const home = join(folder, name, 'home');
  const { origin: _, ...endpoints } = endpointsOf(sandbox.address);
  const env = {
    ...process.env,
    BOXCAR_API_URL: endpoints.api,
    BOXCAR_UPLOAD_URL: endpoints.upload,
    BOXCAR_AUTH_URL: endpoints.auth,
    BOXCAR_TOKEN: sandbox.address.token,
  };
  const args = [join(bundles, 'boxcar.cjs'), 'ui', '--no-open', '--json', '--home', home];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = () => child.kill('SIGTERM');
  process.once('exit', kill);
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = readySchema.safeParse(JSON.parse(line));
      if (said.success) resolve(said.data.url);
    });
    child.once('exit', (code) => reject(new Error(`boxcar ui ended with ${code}`)));
  });
  const tokens = environmentTokens({ BOXCAR_TOKEN: sandbox.address.token });
  const options = { home, endpoints, readOnly: false, logLevel: 'silent' as const, tokens, env: process.env };
  // The link is told before the ledger is open.
  let boxcar: Boxcar | undefined;
  while (!(boxcar = await attachBoxcar(options))) await sleep(50);
  const attached = boxcar;
  const root = child.pid ?? 0;
  const ours = descendantEntries(root).filter(({ command }) => /\/(cli|engine)\.js/.test(command));
  const pids = [root, ...ours.map(({ pid }) => pid)];
  return {
    url,
    sandbox,
    commands: attached.commands,
    cpuMs: () => pids.reduce((sum, pid) => sum + cpuMs(pid), 0),
    until: async (view, fits) => {
      const found = Promise.withResolvers<void>();
      const opened = await attached.subscribe(view, (unopened) => {
        const { data, error } = batchSchema.safeParse(unopened);
        if (!data) found.reject(error);
        else if (fits(data)) found.resolve();
      });
      await found.promise.finally(() => opened.close());
    },
    close: async () => {
      process.off('exit', kill);
      await attached.close();
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGINT');
      await ended;
      await sandbox.close();
    },
  };
}
