import { spawn, type SpawnOptions } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A process that holds or writes a ledger, killed at the latest when the test ends. */
export function startChild(
  mode: 'hold' | 'write',
  home: string,
  options: { first?: number; networkFileSystem?: boolean; spawn?: SpawnOptions } = {},
) {
  const script = fileURLToPath(new URL('ledger-child.ts', import.meta.url));
  const network = options.networkFileSystem ? 'network' : 'local';
  const child = spawn(process.execPath, [script, mode, home, String(options.first ?? 0), network], {
    ...options.spawn,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const kill = () => {
    child.kill('SIGKILL');
    return ended;
  };
  onTestFinished(kill);
  return { lines: createInterface({ input: child.stdout }), kill, ended };
}

export async function firstLine(child: { lines: AsyncIterable<string> }): Promise<string> {
  for await (const line of child.lines) return line;
  throw new Error('the child ended without a word');
}
