// The process of the `boxcar` command, on Node 24.
import { ExitCode } from './exit-code.ts';
import { obeyLauncher } from './launched.ts';
import { flush, isReaderGone } from './output.ts';
import { runCommandLine } from './program.ts';

obeyLauncher();
const { stdin, stdout, stderr, env } = process;
let isTextLost = false;
// A reader that has gone (`boxcar receipts | head`) or a full disk under a log ends the text, not the work.
stderr.on('error', () => undefined);
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (isReaderGone(error) || isTextLost) return;
  isTextLost = true;
  stderr.write(`boxcar: What this command says is lost in part: ${error.message}\n`);
});
const exitCode = await runCommandLine(process.argv.slice(2), { stdin, stdout, stderr, env });
await Promise.all([flush(stdout), flush(stderr)]);
process.exit(isTextLost && exitCode === ExitCode.ok ? ExitCode.failed : exitCode);
