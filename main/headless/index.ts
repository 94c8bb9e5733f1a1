// The process of the `boxcar` command, on Node 24.
import { obeyLauncher } from './launched.ts';
import { flush, isReaderGone } from './output.ts';
import { runCommandLine } from './program.ts';

obeyLauncher();
const { stdin, stdout, stderr, env } = process;
// A reader that has gone (`boxcar receipts | head`) ends the text, not the work.
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!isReaderGone(error)) throw error;
  });
}
const exitCode = await runCommandLine(process.argv.slice(2), { stdin, stdout, stderr, env });
await Promise.all([flush(stdout), flush(stderr)]);
process.exit(exitCode);
