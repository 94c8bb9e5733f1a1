import { realpath } from 'node:fs/promises';
import { CallError } from '../../../shared/call-error.ts';

/**
 * Refuses to upload the data folder itself, by whatever path: it is written all the time. One that lies in a folder is left out
 * of it by the walk, and what was dropped on Boxcar goes up from within.
 * @throws CallError `usage`
 */
export async function refuseDataFolder(paths: readonly string[], dataFolder: string): Promise<void> {
  const own = await realpath(dataFolder);
  for (const path of paths) {
    // What can't be looked at is told by the walk.
    if ((await realpath(path).catch(() => null)) !== own) continue;
    throw new CallError('usage', `${path} is the data folder of Boxcar (${own}), which is never uploaded.`);
  }
}
