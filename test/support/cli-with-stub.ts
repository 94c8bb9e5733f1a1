// The command line with the stub engine in the place of the real one.
import { obeyLauncher } from '../../main/headless/launched.ts';
import { flush } from '../../main/headless/output.ts';
import { runCommandLine } from '../../main/headless/program.ts';

obeyLauncher();
const { stdin, stdout, stderr, env } = process;
const engine = new URL('./stub-engine.ts', import.meta.url);
const exitCode = await runCommandLine(process.argv.slice(2), { stdin, stdout, stderr, env, entries: { engine } });
await Promise.all([flush(stdout), flush(stderr)]);
process.exit(exitCode);
