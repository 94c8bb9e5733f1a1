import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { request } from 'undici';
import { z } from 'zod';
import { endpointsOf, type Task } from './client-task.ts';
import { cpuMs } from './processes.ts';

const startTimeoutMs = 30_000;

const messageSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('ready'), port: z.int(), token: z.string() }),
  z.object({ event: z.literal('error'), message: z.string() }),
]);

/** The server that all rows of a run speak to, in a process of its own. */
export interface BenchSandbox {
  address: Task['sandbox'];
  cpuMs(): number;
  /** Makes an empty folder on it, and gives its id. */
  makeFolder(name: string): Promise<string>;
  /** Removes a folder and what is in it for good, so that the disk doesn't fill. */
  removeFolder(id: string): Promise<void>;
  /** Ends it and removes its files. */
  close(): Promise<void>;
}

/** Starts the built sandbox on an empty folder. */
export async function startSandbox(
  bundles: string,
  root: string,
  more: { partSize?: number } = {},
): Promise<BenchSandbox> {
  mkdirSync(root, { recursive: true });
  const child = fork(pathToFileURL(join(bundles, 'sandbox.js')), [JSON.stringify({ root, port: 0, ...more })], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [said] = (await once(child, 'message', { signal: AbortSignal.timeout(startTimeoutMs) })) as [unknown];
  const message = messageSchema.parse(said);
  if (message.event === 'error') throw new Error(`the sandbox did not start: ${message.message}`);
  const { port, token } = message;
  const { api } = endpointsOf(message);
  const call = async (method: 'POST' | 'DELETE', path: string, body?: object) => {
    const answer = await request(api + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: body ? JSON.stringify(body) : null,
      headersTimeout: 300_000,
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return text;
  };
  return {
    address: { port, token },
    cpuMs: () => cpuMs(child.pid ?? 0),
    makeFolder: async (name) => {
      const text = await call('POST', '/folders', { name, parent: { id: '0' } });
      return z.object({ id: z.string() }).parse(JSON.parse(text)).id;
    },
    removeFolder: async (id) => {
      await call('DELETE', `/folders/${id}?recursive=true`);
      await call('DELETE', `/folders/${id}/trash`);
    },
    close: async () => {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGTERM');
      await ended;
      rmSync(root, { recursive: true, force: true });
    },
  };
}
