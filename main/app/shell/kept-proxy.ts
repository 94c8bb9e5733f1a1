import { join } from 'node:path';
import { shellSettingsSchema } from '../../../shared/shell-model.ts';
import { readJson } from '../../platform/atomic-file.ts';
import { chosenProxy, environmentProxy, type ProxyFor } from '../../platform/proxy.ts';

/**
 * The proxies of a command without a shell of its own: what was set in the interface on the same data folder, else the environment's.
 * The file is read at each question, since it may change while a command runs.
 * @param home the data folder of all accounts.
 */
export function keptProxy(home: string, env: NodeJS.ProcessEnv): ProxyFor {
  return chosenProxy(() => keptSetting(home), environmentProxy(env));
}

async function keptSetting(home: string): Promise<string> {
  try {
    const file = (await readJson(join(home, 'shell.json'))) as { settings?: { proxy?: unknown } } | undefined;
    return shellSettingsSchema.shape.proxy.parse(file?.settings?.proxy);
  } catch {
    // The shell says what is wrong with its file when it is opened.
    return 'system';
  }
}
