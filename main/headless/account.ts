import { realpathSync } from 'node:fs';
import { keptProxy } from '../app/shell/kept-proxy.ts';
import { openAccounts, type Accounts } from '../app/accounts/accounts.ts';
import type { Account } from '../app/accounts/accounts-file.ts';
import { openStores } from '../app/accounts/open-stores.ts';
import { chosenAccountId } from '../app/shell/shell-file.ts';
import { dataFolderPath } from '../platform/data-folder.ts';
import { trustSystemCertificates } from '../platform/certificates.ts';
import { silentLogger } from '../platform/log.ts';
import { askHidden, canAskHidden } from './ask.ts';
import { endpointsFrom } from '../app/endpoints.ts';
import { Output, type Io } from './output.ts';
import { printable } from './text.ts';

/** The options of a command that say whose it is. */
export interface AccountChoice {
  home?: string;
  account?: string;
}

/** The accounts of a command's data folder. */
export function commandAccounts(io: Io, options: AccountChoice): Accounts {
  const home = realHome(io, options);
  const output = new Output(io, true);
  const stores = openStores({
    home,
    env: io.env,
    ask: async ({ isNew }) => {
      if (!canAskHidden(output)) return undefined;
      if (!isNew) return askHidden('Passphrase of the sign-in:', output);
      const passphrase = await askHidden('A passphrase for the sign-in:', output);
      if (passphrase === undefined || passphrase === (await askHidden('Once more:', output))) return passphrase;
      output.note('These are two different passphrases.');
      return undefined;
    },
  });
  const endpoints = endpointsFrom(io.env);
  // Reading the system's takes a moment, and a sandbox of this machine needs none.
  if (endpoints.auth.startsWith('https:')) trustSystemCertificates(io.env);
  const accounts = openAccounts({
    home,
    endpoints,
    stores,
    logger: silentLogger(),
    proxyFor: keptProxy(home, io.env),
  });
  const told = new Set<string>();
  accounts.onChange(() => {
    for (const { id, label, signIn, store } of accounts.views()) {
      if (signIn !== 'locked' || store !== 'keychain' || told.has(id)) continue;
      told.add(id);
      output.note(`boxcar: the keyring with the sign-in of ${printable(label)} does not open; waiting for it.`);
    }
  });
  return accounts;
}

/** The account that a command is about: the one it names, or without BOXCAR_TOKEN the one that was chosen last; undefined: none, as with a token. */
export function chosenAccount(io: Io, options: AccountChoice): { accounts: Accounts; account: Account } | undefined {
  if (options.account === undefined && io.env['BOXCAR_TOKEN']?.trim()) return undefined;
  const accounts = commandAccounts(io, options);
  if (options.account !== undefined) return { accounts, account: accounts.find(options.account) };
  const known = accounts.list();
  const chosen = chosenAccountId(realHome(io, options));
  const signedIn = known.filter(({ signIn }) => signIn === 'in');
  const account = chosen === undefined ? (signedIn.length === 1 ? signedIn[0] : undefined) : known.find(({ id }) => id === chosen); // prettier-ignore
  return account && { accounts, account };
}

/** Keychains are keyed by it: two names of one folder are one. */
export function realHome(io: Io, { home }: AccountChoice): string {
  const path = dataFolderPath(home, io.env);
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
