// `npm test`: everything, one runner after the other, and one closing line. With arguments: these tests alone, by vitest.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureChromium } from './ensure-chromium.ts';
import { ensureKeyring } from './ensure-keyring.ts';
import { closing, countsVariable, sumOf } from './counts.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function run(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', env });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

async function main(args: string[]): Promise<number> {
  ensureChromium();
  ensureKeyring();
  const folder = mkdtempSync(join(tmpdir(), 'boxcar-test-run-'));
  const counts = join(folder, 'counts');
  // Hundreds of tests start the command line from its sources: compiled once, each start takes half as long.
  const env = { ...process.env, [countsVariable]: counts, NODE_COMPILE_CACHE: join(folder, 'compiled') };
  try {
    const codes = [await run('vitest', ['run', '-c', 'test/vitest.config.ts', ...args], env)];
    if (args.length === 0) {
      codes.push(await run('playwright', ['test', '-c', 'test/playwright.config.ts'], env));
      const desktop = ['test', '-c', 'test/desktop/playwright.config.ts', '--project', 'stand-in'];
      codes.push(await run('playwright', desktop, env));
    }
    const sum = sumOf(counts);
    // A runner that ended badly without a count (it could not start) is a failure too.
    const failed = codes.some((code) => code !== 0) && sum.failed === 0 ? 1 : sum.failed;
    process.stdout.write(`\n${closing({ ...sum, failed })}\n`);
    return failed > 0 ? 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main(process.argv.slice(2));
