import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { openBoxcar, type Boxcar, type OpenBoxcarOptions } from '../../main/app/open-boxcar.ts';
import { environmentTokens } from '../../main/app/token-provider.ts';

export const stubEntry = new URL('./stub-engine.ts', import.meta.url);

export const endpoints = {
  api: 'http://127.0.0.1:9/2.0',
  upload: 'http://127.0.0.1:9/api/2.0',
  auth: 'http://127.0.0.1:9/oauth2',
  authorize: 'http://127.0.0.1:9/authorize',
};

/** Says how the stub engine of a data folder behaves from its next start on. */
export function tellStub(home: string, behaviour: Record<string, unknown>): void {
  writeFileSync(join(home, 'stub.json'), JSON.stringify(behaviour));
}

/** Opens a data folder with the stub engine; closed when the test ends. */
export async function openStub(home: string, more: Partial<OpenBoxcarOptions> = {}): Promise<Boxcar> {
  const boxcar = await openBoxcar({
    home,
    endpoints,
    readOnly: false,
    logLevel: 'silent',
    tokens: environmentTokens({ BOXCAR_TOKEN: 'stub-token' }),
    env: process.env,
    engineEntry: stubEntry,
    ...more,
  });
  onTestFinished(() => boxcar.close());
  return boxcar;
}

/** Whether a process runs; one that has ended and waits to be reaped does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Waits until something is so, and fails after 10 s: for what another process does without telling. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await delay(20)) if (await isSo()) return;
  throw new Error(`not within 30 s: ${what}`);
}
