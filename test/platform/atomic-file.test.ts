import { readdirSync, readFileSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { replaceFile, writeFileAtomic } from '../../main/platform/atomic-file.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const refusal = (code: string) => Object.assign(new Error(`${code}: rename`), { code });

/** The system's rename, after it has refused so often. */
function refusing(code: string, times: number) {
  const asked = { times: 0 };
  const refusingRename = async (from: string, to: string) => {
    asked.times += 1;
    if (asked.times <= times) throw refusal(code);
    await rename(from, to);
  };
  return { asked, rename: refusingRename };
}

test('a file is replaced as a whole, for its owner alone, and nothing is left beside it', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'a.json');
  await writeFileAtomic(path, 'old');
  await writeFileAtomic(path, 'new');
  expect(readFileSync(path, 'utf8')).toBe('new');
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['a.json']);
});

test.each(['EPERM', 'EACCES', 'EBUSY'])(
  'on Windows %s passes: a scanner or an indexer has the file open',
  async (code) => {
    const path = join(temporaryFolder(), 'a.json');
    await writeFileAtomic(path, 'old');
    await writeFileAtomic(`${path}.tmp`, 'new');
    const system = refusing(code, 3);
    await replaceFile(`${path}.tmp`, path, { platform: 'win32', rename: system.rename, pauseMs: 1 });
    expect(system.asked.times).toBe(4);
    expect(readFileSync(path, 'utf8')).toBe('new');
  },
);

test('what does not pass is thrown: after some tries on Windows, at once elsewhere and for any other reason', async () => {
  const tries = async (code: string, platform: NodeJS.Platform) => {
    const system = refusing(code, Infinity);
    await expect(replaceFile('a', 'b', { platform, rename: system.rename, pauseMs: 0 })).rejects.toThrow(code);
    return system.asked.times;
  };
  expect(await tries('EPERM', 'win32')).toBeGreaterThan(5);
  expect(await tries('ENOSPC', 'win32')).toBe(1);
  expect(await tries('EPERM', 'linux')).toBe(1);
  expect(await tries('EACCES', 'darwin')).toBe(1);
});
