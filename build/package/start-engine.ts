import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { startEngine } from '../../main/app/engine-process.ts';
import { silentLogger } from '../../main/platform/log.ts';

const stopWithinMs = 5000;
const nowhere = 'http://127.0.0.1:9';

/**
 * Starts the engine of a package that was laid out in a folder, under Node and in a process of its own, as the app starts it; asks it
 * for its jobs and ends it. Nothing is asked of Box. @returns what went wrong
 */
export async function tryEngine(packageFolder: string, home: string): Promise<string[]> {
  const starting = startEngine(
    {
      entry: pathToFileURL(join(packageFolder, 'out/main/engine.js')),
      options: {
        home,
        endpoints: { api: nowhere, upload: nowhere, auth: nowhere, authorize: nowhere },
        readOnly: true,
        logLevel: 'silent',
      },
      tokens: { hasToken: () => false, accessToken: () => Promise.reject(new Error('not signed in')) },
      logger: silentLogger(),
      // No NODE_PATH and the like: it has to find all it needs in the package.
      env: { PATH: process.env['PATH'], HOME: home },
    },
    () => Promise.resolve({}),
  );
  try {
    const engine = await starting.ready;
    const jobs = await engine.remote.jobs({ unfinishedOnly: false });
    await engine.stop(stopWithinMs);
    return jobs.length === 0 ? [] : ['its new ledger is not empty'];
  } catch (error) {
    await starting.cancel();
    return [error instanceof Error ? error.message : String(error)];
  }
}
