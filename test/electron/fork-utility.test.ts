// How processes are forked in the desktop app, on the stand-in's utility processes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { forkUtility } from '../../main/electron/fork-utility.ts';
import { setAppReady } from '../support/electron/main/lifecycle.ts';

vi.mock('electron', async () => ({
  utilityProcess: (await import('../support/electron/main/utility-process.ts')).utilityProcess,
  MessageChannelMain: (await import('../support/electron/message-port.ts')).MessageChannelModel,
}));
beforeAll(setAppReady);

function forkOf(code: string, execArgv: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'boxcar-utility-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const entry = join(folder, 'entry.mjs');
  writeFileSync(entry, code);
  return forkUtility({ entry: pathToFileURL(entry), args: [], env: {}, name: 'Test', execArgv });
}

test('one that is given up before it has spawned ends too', async () => {
  const child = forkOf('setInterval(() => undefined, 1000)');
  child.kill('SIGKILL');
  expect(await child.ended).toMatch(/^exit code/);
});

test('its end is told once its last words are read, though Electron takes the listeners off them with the end', async () => {
  // Nothing is waited for.
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const child = forkOf(`process.stderr.write('a'.repeat(50_000) + ' the very last words'); process.exit(3)`);
  expect(await child.ended).toMatch(/^exit code 3: a+ the very last words$/);
});

test('flags of V8 reach it', async () => {
  const child = forkOf('process.stderr.write(typeof gc); process.exit(0)', ['--expose-gc', '--stack-size=500']);
  expect(await child.ended).toBe('exit code 0: function');
});
