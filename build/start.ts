// `npm start`: the desktop app where this machine can show one, else `boxcar ui`. What stands behind -- goes to either.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runtimeProgram, whyNoDesktop } from './start-target.ts';

const { env, platform, argv } = process;
const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
// Never `import 'electron'`: under Node it would download the runtime without asking.
const runtime = runtimeProgram(env['ELECTRON_OVERRIDE_DIST_PATH'] || at('node_modules/electron/dist'), platform);
const reason = whyNoDesktop({ platform, env, runtime, hasRuntime: existsSync(runtime) });
if (reason !== null) process.stderr.write(`${reason}\n`);
const words = argv.slice(2);
const [program, args] =
  reason === null ? [runtime, [at('.'), ...words]] : [process.execPath, [at('out/main/boxcar.cjs'), 'ui', ...words]];
const child = spawn(program, args, { stdio: 'inherit' });
// Ctrl-C reaches it too: it ends in its own time, and this with it.
for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', (error) => {
  process.stderr.write(`${program} could not be started: ${error.message}\n`);
  process.exitCode = 1;
});
child.on('exit', (code, signal) => (process.exitCode = signal === null ? (code ?? 1) : 1));
