import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('npm pack, installed into an empty prefix, gives a working command', { timeout: 180_000 }, () => {
  const folder = temporaryFolder();
  // Without its scripts: the bundles are built already, and other tests are using them.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: root });
  const [tarball] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const prefix = join(folder, 'prefix');
  const install = ['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', '--silent'];
  execFileSync('npm', [...install, join(folder, tarball!)], { cwd: folder });
  // The system's own Node, whatever it is: the command finds the one that came with it.
  const env = { ...process.env, PATH: '/usr/local/bin:/usr/bin:/bin', BOXCAR_HOME: join(folder, 'home') };
  const boxcar = (...args: string[]) => execFileSync(join(prefix, 'bin/boxcar'), args, { env, encoding: 'utf8' });
  expect(boxcar('--version').trim()).toMatch(/^\d+\.\d+\.\d+/);
  expect(boxcar('status')).toContain('No Boxcar is running');
});
