import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkPackages, type Row } from '../../build/package/check-package.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test(
  'npm run package:check: the packages of all three systems are what they should be',
  { timeout: 120_000 },
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['build/package-check.ts'], { cwd: root });
    const lines = stdout.trim().split('\n');
    expect(lines.filter((line) => line.startsWith('FAIL'))).toEqual([]);
    const rows = lines
      .filter((line) => line.startsWith('ok'))
      .map((line) =>
        line
          .split(/\s{2,}/)
          .slice(1, 3)
          .join(': '),
      );
    for (const system of ['linux', 'win32', 'darwin'])
      for (const name of ['packed', 'files', 'size', 'imports', 'unpacked', 'fuses', 'metadata'])
        expect(rows).toContain(`${system}: ${name}`);
    expect(rows).toContain(`${process.platform}: engine`);
    expect(lines.at(-1)).toContain(`${rows.length} of ${rows.length} checks passed`);
  },
);

test(
  'a package with files too many, another fuse, another program and no engine is seen',
  { timeout: 60_000 },
  async () => {
    const rows: Row[] = [];
    await checkPackages((row) => rows.push(row), {
      systems: ['linux'],
      changes: {
        files: ['out/main/*.map', 'test/vitest.config.ts', '!out/main/scan-worker.js', '!out/main/schemas-*.js'],
        asarUnpack: ['**/package.json'],
        electronFuses: { runAsNode: true },
        extraMetadata: { main: 'out/main/engine.js' },
        linux: { executableName: 'another' },
      },
    });
    const problemsOf = (name: string) => rows.find((row) => row.name === name)?.problems.join('\n');
    expect(problemsOf('configuration')).toBe('');
    expect(problemsOf('packed')).toBe('');
    expect(problemsOf('files')).toContain('out/main/engine.js.map has no business there');
    expect(problemsOf('files')).toContain('test/vitest.config.ts has no business there');
    expect(problemsOf('files')).toContain('out/main/scan-worker.js is missing');
    expect(problemsOf('size')).toContain('more than');
    expect(problemsOf('imports')).toContain('which is not in the package');
    expect(problemsOf('unpacked')).toContain('package.json is unpacked');
    expect(problemsOf('fuses')).toBe('RunAsNode is on and should be off');
    expect(problemsOf('metadata')).toContain('main is "out/main/engine.js"');
    expect(problemsOf('desktop entry')).toContain('Exec is "/opt/Boxcar/another %U"');
    expect(problemsOf('engine')).toContain('ERR_MODULE_NOT_FOUND');
  },
);

test('a configuration outside the schema is seen, and nothing is packed from it', { timeout: 60_000 }, async () => {
  const rows: Row[] = [];
  await checkPackages((row) => rows.push(row), { systems: ['linux'], changes: { asarr: true } as object });
  expect(rows.find((row) => row.name === 'configuration')?.problems.join()).toContain("unknown property 'asarr'");
  expect(rows.find((row) => row.name === 'packed')?.problems).toHaveLength(1);
});
