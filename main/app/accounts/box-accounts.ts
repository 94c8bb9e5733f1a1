import type { EngineOptions } from '../../../shared/engine-contract.ts';
import type { AccountSource } from '../shell/account-source.ts';
import type { Accounts } from './accounts.ts';

/** The accounts of {@link Accounts} for the shell. @param endpoints of the Box where new ones sign in */
export function boxAccounts(accounts: Accounts, endpoints: EngineOptions['endpoints']): AccountSource {
  return {
    ownsBox: false,
    webPages: endpoints.api.startsWith('https://api.box.com/') ? 'https://app.box.com' : null,
    accounts: () => accounts.views(),
    homeOf: (accountId) => accounts.homeOf(accountId),
    open: (accountId) => {
      const { endpoints: own, tokens } = accounts.open(accountId);
      const close = () => Promise.resolve(tokens.close());
      return Promise.resolve({ endpoints: own, tokens, lost: new Promise(() => undefined), close });
    },
    forget: async (accountId) => {
      await accounts.signOut(accountId, AbortSignal.timeout(15_000));
    },
    onChange: (callback) => accounts.onChange(callback),
  };
}
