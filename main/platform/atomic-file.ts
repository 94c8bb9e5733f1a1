import { randomUUID } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sleep } from './wait.ts';

/**
 * Replaces a file as a whole: after a crash at any moment there stands the old content or the new one, never half of it. The text
 * goes to a file beside it, to the disk, and then under the name.
 */
export async function writeFileAtomic(path: string, text: string, mode = 0o600): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomUUID().slice(0, 8)}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await replaceFile(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** What Windows says while another program has one of the two files open, a virus scanner or an indexer for some moments. */
const passing = new Set(['EPERM', 'EACCES', 'EBUSY']);
/** With the pauses between them, which grow to a tenth of a second, some three seconds. */
const mostTries = 40;

/**
 * Renames a file over another. Windows refuses that while a program has either open: it is tried again for some seconds.
 * @throws what the system said last
 */
export async function replaceFile(
  from: string,
  to: string,
  options: { platform?: NodeJS.Platform; rename?: (from: string, to: string) => Promise<void>; pauseMs?: number } = {},
): Promise<void> {
  const { platform = process.platform, rename: renameNow = rename, pauseMs = 10 } = options;
  for (let tries = 1; ; tries += 1) {
    try {
      return await renameNow(from, to);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (platform !== 'win32' || !passing.has(code) || tries >= mostTries) throw error;
      await sleep(pauseMs * Math.min(tries, 10));
    }
  }
}

/** Replaces a file by the JSON of a value, atomically. */
export function writeJsonAtomic(path: string, value: unknown, mode = 0o600): Promise<void> {
  return writeFileAtomic(path, JSON.stringify(value, null, 2) + '\n', mode);
}

/**
 * What a JSON file holds, to be parsed by the caller; undefined where there is no file.
 * @throws SyntaxError where it is no JSON.
 */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes a rename durable where folders can be synced (not on Windows, and not on every network file system). */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch {
    // The content itself is safe; only the moment at which the name is durable is left to the system.
  }
}
