import { execFile } from 'node:child_process';

const withinMs = 1500;

/**
 * Asks the desktop's message bus by the tools that systems have. The answer as they print it; undefined where there is no bus, no tool,
 * or no answer in time.
 */
export function askBus(bus: 'session' | 'system', words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const args = ['call', `--${bus}`, '--timeout', '1', ...words];
    execFile('gdbus', args, { timeout: withinMs, windowsHide: true }, (error, stdout) =>
      resolve(error ? undefined : stdout.trim()),
    );
  });
}
