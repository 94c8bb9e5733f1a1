// Process entry: `sandbox.js '{"root":"/some/folder","port":0}'`. Speaks to its parent and ends with it.
import { findParent } from './parent.ts';
import { startSandbox } from './server.ts';
import { SandboxError } from './sandbox-error.ts';
import { parseSandboxOptions } from './options.ts';

// Electron would take a file called *.asar for a folder; Node knows nothing of it.
Object.assign(process, { noAsar: true });

function parseArgument(): unknown {
  try {
    return JSON.parse(process.argv[2] ?? '{}') as unknown;
  } catch {
    throw new SandboxError('bad-option', 'The options must be one JSON object');
  }
}

const parent = await findParent();

async function main(): Promise<void> {
  const options = parseSandboxOptions(parseArgument());
  const onFault = (error: unknown): void => {
    process.stderr.write(`sandbox: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  };
  const sandbox = await startSandbox({ ...options, onFault });
  const stop = (): void => {
    void sandbox.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  parent.onGone(stop);
  parent.report({ event: 'ready', ...sandbox.ready });
}

main().catch((error: unknown) => {
  const code = error instanceof SandboxError ? error.code : 'internal';
  const message = error instanceof Error ? error.message : String(error);
  parent.report({ event: 'error', code, message });
  process.exitCode = 1;
  parent.leave();
});
