import { join } from 'node:path';
import type { AccountStores } from './accounts.ts';
import { accountHome } from './accounts-file.ts';
import { keychainService, openKeychain } from './keychain.ts';
import { passphraseFile, type PassphraseFileOptions } from './passphrase-file.ts';
import { memorySecrets } from './secret-store.ts';

/**
 * The stores of a data folder. Nothing is asked of a keychain, and no passphrase of anybody, before a secret is needed.
 * @param home its real path
 * @param ask where BOXCAR_PASSPHRASE is not set
 */
export function openStores(options: {
  home: string;
  env: NodeJS.ProcessEnv;
  ask: PassphraseFileOptions['passphrase'];
}): AccountStores {
  const { home, env, ask } = options;
  return {
    keychain: openKeychain({ service: keychainService(home) }),
    file: passphraseFile({
      pathOf: (accountId) => join(accountHome(home, accountId), 'sign-in.sealed'),
      passphrase: (asked) => {
        const given = env['BOXCAR_PASSPHRASE'];
        return given ? Promise.resolve(given) : ask(asked);
      },
    }),
    memory: memorySecrets(),
  };
}
