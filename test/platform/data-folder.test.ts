import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readJson, writeFileAtomic, writeJsonAtomic } from '../../main/platform/atomic-file.ts';
import { dataFolderPath, isNetworkFileSystem, openDataFolder } from '../../main/platform/data-folder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('which folder', () => {
  test('--home, then BOXCAR_HOME, then the place of the system', () => {
    expect(dataFolderPath('/a/b', { BOXCAR_HOME: '/c' })).toBe('/a/b');
    expect(dataFolderPath(undefined, { BOXCAR_HOME: '/c' })).toBe('/c');
    expect(dataFolderPath(undefined, { BOXCAR_HOME: '' })).toMatch(/boxcar/);
    expect(dataFolderPath('rel', {})).toBe(join(process.cwd(), 'rel'));
    expect(dataFolderPath('~/x', {})).toBe(join(homedir(), 'x'));
  });

  test.runIf(process.platform === 'linux').each([
    [{ HOME: '' }, undefined],
    [{ HOME: '' }, '~/x'],
    [{ HOME: '/home/somebody', XDG_DATA_HOME: 'relative' }, undefined],
  ])('is never the working folder, with %j and --home %s', (env, asked) => {
    const script = `import { dataFolderPath } from ${JSON.stringify(new URL('../../main/platform/data-folder.ts', import.meta.url).href)};
      try { console.log(dataFolderPath(${JSON.stringify(asked)}, process.env)); } catch (error) { console.log(error.code, error.message); }`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' });
    expect(stdout).toMatch(/^usage There is no place for the data folder: .* choose one with --home\.\n$/);
  });
});

describe('opening', () => {
  test('makes it for the owner alone, leaves nothing in it, and knows it under every name', async () => {
    const root = temporaryFolder();
    const path = join(root, 'deep', 'home');
    expect(await openDataFolder(path)).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(readdirSync(path)).toEqual([]);
    symlinkSync(path, join(root, 'link'));
    expect(await openDataFolder(join(root, 'link'))).toBe(path);
  });

  test('a file, and a folder that is not writable, are refused by name', async () => {
    const root = temporaryFolder();
    const file = join(root, 'file');
    writeFileSync(file, '');
    await expect(openDataFolder(file)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(file) as string,
    });
    await expect(openDataFolder(join(file, 'x'))).rejects.toMatchObject({ code: 'usage' });
    await expect(openDataFolder('/proc/boxcar')).rejects.toMatchObject({ code: 'usage' });
    if (process.getuid?.() === 0) return;
    chmodSync(root, 0o500);
    await expect(openDataFolder(root)).rejects.toMatchObject({ code: 'usage' });
  });

  test('a local folder is no network file system', async () => {
    expect(await isNetworkFileSystem(temporaryFolder())).toBe(false);
    expect(await isNetworkFileSystem('/does/not/exist')).toBe(false);
  });
});

describe('atomic files', () => {
  test('replace the old content, for the owner alone, and leave nothing else', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.json');
    expect(await readJson(path)).toBeUndefined();
    await writeJsonAtomic(path, { a: 1 });
    await writeJsonAtomic(path, { a: 2 });
    expect(await readJson(path)).toEqual({ a: 2 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['a.json']);
  });

  test('a write that fails leaves the old content and no rest', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a');
    await writeFileAtomic(join(folder, 'b'), 'old');
    await writeFileAtomic(path, 'x');
    await expect(writeFileAtomic(join(path, 'below-a-file'), 'new')).rejects.toThrow();
    await expect(writeFileAtomic(folder, 'new')).rejects.toThrow();
    expect(readFileSync(path, 'utf8')).toBe('x');
    expect(readdirSync(join(folder)).sort()).toEqual(['a', 'b']);
  });
});
