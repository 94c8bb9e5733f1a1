// `npm run package:check`: packs the app for each system around a stub of Electron's runtime and looks at what came out; needs neither
// the runtime nor a network. A row per check; exits with 1 when one fails.
import { checkPackages, type Row } from './package/check-package.ts';

const started = performance.now();
let failed = 0;
let rows = 0;

function print({ system, name, seen, problems }: Row): void {
  rows += 1;
  if (problems.length > 0) failed += 1;
  process.stdout.write(`${problems.length > 0 ? 'FAIL' : 'ok  '}  ${system.padEnd(6)}  ${name.padEnd(13)}  ${seen}\n`);
  for (const problem of problems) process.stdout.write(`        ${problem}\n`);
}

await checkPackages(print);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
process.stdout.write(
  `\n${rows - failed} of ${rows} checks passed in ${seconds} s. Not run: the app itself, which needs Electron's runtime.\n`,
);
// electron-builder ends a process that has nothing more to do with 0, whatever its exitCode says.
process.exit(failed > 0 ? 1 : 0);
