import { randomBytes } from 'node:crypto';
import { CallError } from '../../../shared/call-error.ts';
import type { EngineOptions } from '../../../shared/engine-contract.ts';
import type { AccountView } from '../../../shared/shell-model.ts';
import { createOAuthClient, type OAuthApp, type OAuthClient, type TokenPair } from '../../box/auth/oauth.ts';
import type { Logger } from '../../platform/log.ts';
import type { ProxyFor } from '../../platform/proxy.ts';
import { backoffMs, sleep } from '../../platform/wait.ts';
import { accountTokens, appOf, type AccountTokens } from './account-tokens.ts';
import { accountHome, accountsFile, type Account, type AccountsFile } from './accounts-file.ts';
import type { Keychain } from './keychain.ts';
import type { PassphraseFile } from './passphrase-file.ts';
import type { SecretStore, StoreKind } from './secret-store.ts';
import { signIn, type WaitingSignIn } from './sign-in.ts';
import { readSecret, withPair, writeSecret, type SignInSecret } from './sign-in-secret.ts';

export interface AccountStores {
  keychain: Keychain;
  file: PassphraseFile;
  memory: SecretStore;
}

export interface AccountsOptions {
  /** The data folder's real path. */
  home: string;
  /** The Box where new accounts sign in. */
  endpoints: EngineOptions['endpoints'];
  stores: AccountStores;
  logger: Logger;
  /** The proxy on the way to Box; without it there is none. */
  proxyFor?: ProxyFor | undefined;
}

/** How a new account is kept. */
export interface Keeping {
  /** Absent: its login on Box. */
  name?: string | undefined;
  store: StoreKind;
  signal: AbortSignal;
  /** Told while a keyring doesn't open, with what it said. */
  onKeyring?: (detail: string) => void;
}

/** The accounts of a data folder that are signed in to Box: who they are on the disk, their secrets in a store. */
export interface Accounts {
  readonly stores: AccountStores;
  list(): Account[];
  views(): AccountView[];
  /** By name, login or id. @throws CallError `usage` that names those there are. */
  find(name: string): Account;
  homeOf(accountId: string): string;
  /** Through the browser. The account of the same person at the same Box is signed in again, with its pairs and receipts. */
  signIn(app: OAuthApp, keeping: Keeping & { onWaiting: (waiting: WaitingSignIn) => void }): Promise<Account>;
  addClientCredentials(app: OAuthApp, subject: NonNullable<Account['subject']>, keeping: Keeping): Promise<Account>;
  addToken(token: string, keeping: Keeping): Promise<Account>;
  /** The app that an account was signed in with, entered once; undefined where its secret isn't kept any more. */
  appOf(accountId: string): Promise<OAuthApp | undefined>;
  /** Ends the sign-in at Box and forgets its secrets; pairs and receipts stay. `revoked`: whether Box was told. */
  signOut(accountId: string, signal: AbortSignal): Promise<{ revoked: boolean }>;
  /** Tries a passphrase on a sign-in that is kept in a file. @throws CallError `usage` for another one */
  unlock(accountId: string, passphrase: string): Promise<void>;
  open(accountId: string): { endpoints: EngineOptions['endpoints']; tokens: AccountTokens };
  onChange(callback: () => void): void;
}

/** Opens the accounts of a data folder; asks neither Box nor a keychain for anything yet. */
export function openAccounts(options: AccountsOptions): Accounts {
  return new BoxAccounts(options);
}

class BoxAccounts implements Accounts {
  readonly stores: AccountStores;
  readonly #options: AccountsOptions;
  readonly #file: AccountsFile;
  readonly #changes: (() => void)[] = [];
  /** As far as it is known in this process. */
  readonly #states = new Map<string, AccountView['signIn']>();

  constructor(options: AccountsOptions) {
    this.#options = options;
    this.stores = options.stores;
    this.#file = accountsFile(options.home);
  }

  list(): Account[] {
    return this.#file.read();
  }

  views(): AccountView[] {
    return this.list().map(({ id, kind, name, signIn: kept, store }) => {
      // What memory held is gone with the process that held it.
      const known = this.#states.get(id) ?? (store === 'memory' ? 'needed' : undefined);
      return { id, kind, label: name, signIn: kept === 'in' ? (known ?? 'ok') : 'needed', store };
    });
  }

  find(name: string): Account {
    const accounts = this.list();
    const fits = [...accounts.filter((one) => one.name === name), ...accounts.filter((one) => one.login === name)];
    const found = fits[0] ?? accounts.find(({ id }) => id === name);
    if (found) return found;
    const known = accounts.map((one) => one.name).join(', ');
    const hint = known === '' ? 'There are none yet: boxcar login' : `There are: ${known}.`;
    throw new CallError('usage', `There is no account "${name}". ${hint}`);
  }

  homeOf(accountId: string): string {
    return accountHome(this.#options.home, accountId);
  }

  async signIn(app: OAuthApp, keeping: Parameters<Accounts['signIn']>[1]): Promise<Account> {
    await this.#storeOpens(keeping);
    let account: Account | undefined;
    await this.#asking(this.#options.endpoints, (oauth) =>
      signIn({
        oauth,
        app,
        signal: keeping.signal,
        onWaiting: keeping.onWaiting,
        accept: async (pair) => {
          account = await this.#keep('oauth', { app, pair, subject: null }, keeping, oauth);
        },
      }),
    );
    return account!;
  }

  async addClientCredentials(app: OAuthApp, subject: NonNullable<Account['subject']>, keeping: Keeping) {
    await this.#storeOpens(keeping);
    return this.#asking(this.#options.endpoints, async (oauth) => {
      const pair = await oauth.clientCredentials(app, subject, keeping.signal);
      return this.#keep('client-credentials', { app, pair, subject }, keeping, oauth);
    });
  }

  async addToken(token: string, keeping: Keeping): Promise<Account> {
    await this.#storeOpens(keeping);
    const pair: TokenPair = { accessToken: token, refreshToken: undefined, expiresAt: Infinity };
    return this.#asking(this.#options.endpoints, (oauth) =>
      this.#keep('token', { app: undefined, pair, subject: null }, keeping, oauth),
    );
  }

  async appOf(accountId: string): Promise<OAuthApp | undefined> {
    const account = this.#account(accountId);
    const secret = await readSecret(this.stores[account.store], accountId);
    return secret && appOf(account, secret);
  }

  async signOut(accountId: string, signal: AbortSignal): Promise<{ revoked: boolean }> {
    const account = this.#account(accountId);
    const store = this.stores[account.store];
    const secret = await readSecret(store, accountId);
    const revoked = account.kind !== 'oauth' || secret === undefined || (await this.#revoke(account, secret, signal));
    await store.remove(accountId);
    await this.#change(accountId, { signIn: 'out' });
    this.#states.delete(accountId);
    this.#tell();
    return { revoked };
  }

  async unlock(accountId: string, passphrase: string): Promise<void> {
    const { store } = this.#account(accountId);
    if (store !== 'file') throw new CallError('usage', 'The sign-in of this account is not kept under a passphrase.');
    await this.stores.file.unlock(accountId, passphrase).catch((error: Error) => {
      throw new CallError('usage', error.message);
    });
    this.#states.set(accountId, 'ok');
    this.#tell();
  }

  open(accountId: string): { endpoints: EngineOptions['endpoints']; tokens: AccountTokens } {
    const account = this.#account(accountId);
    const { endpoints, store } = account;
    const oauth = createOAuthClient({ endpoints, proxyFor: this.#options.proxyFor });
    const tokens = accountTokens({
      account,
      store: this.stores[store],
      oauth,
      onSignIn: (state, detail) => {
        this.#options.logger.warn({ account: accountId, state, detail }, 'the sign-in changed');
        this.#states.set(accountId, state);
        if (state !== 'locked') this.#remember(accountId, state === 'ok' ? 'in' : 'refused');
        this.#tell();
      },
    });
    const close = () => {
      tokens.close();
      oauth.close().catch(() => undefined);
    };
    return { endpoints, tokens: { ...tokens, close } };
  }

  onChange(callback: () => void): void {
    this.#changes.push(callback);
  }

  #account(accountId: string): Account {
    const account = this.list().find(({ id }) => id === accountId);
    if (!account) throw new CallError('usage', 'There is no such account here any more.');
    return account;
  }

  /** Before a person is sent to Box: a sign-in that can't be kept helps nobody. A keyring that doesn't open is waited for. */
  async #storeOpens({ store, signal, onKeyring }: Keeping): Promise<void> {
    if (store === 'file') await this.stores.file.prepare();
    if (store !== 'keychain') return;
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      const { state, detail } = await this.stores.keychain.probe();
      if (state === 'available') return;
      if (state === 'none') throw noKeychain(detail);
      onKeyring?.(detail);
      await sleep(backoffMs(attempt, Math.random, 1000, 10_000), signal);
    }
  }

  /** Asks whose the tokens are, and keeps the secret first: an account in the list can always be worked with. */
  async #keep(
    kind: Account['kind'],
    { app, pair, subject }: { app: OAuthApp | undefined; pair: TokenPair; subject: Account['subject'] },
    { name, store, signal }: Keeping,
    oauth: OAuthClient,
  ): Promise<Account> {
    const { endpoints } = this.#options;
    const owner = await oauth.owner(endpoints.api, pair.accessToken, signal);
    const isSame = (one: Account) =>
      one.kind === kind && one.userId === owner.id && isSameBox(one.endpoints.api, endpoints.api);
    const before = this.list().find(isSame);
    const wanted = name ?? before?.name ?? (owner.login || `Box user ${owner.id}`);
    const account: Account = {
      id: before?.id ?? `box-${randomBytes(6).toString('hex')}`,
      kind,
      name: freeName(wanted, this.list(), before?.id),
      login: owner.login,
      userId: owner.id,
      clientId: app?.clientId ?? null,
      subject,
      endpoints,
      store,
      signIn: 'in',
    };
    const app_: SignInSecret = app ? { clientSecret: app.clientSecret } : {};
    const secret = kind === 'oauth' ? withPair(app_, pair, Date.now()) : app ? app_ : { accessToken: pair.accessToken };
    await writeSecret(this.stores[store], account.id, secret);
    await this.#file.change((accounts) => [...accounts.filter(({ id }) => id !== account.id), account]);
    if (before && before.store !== store) await this.#removeFrom(before);
    this.#states.set(account.id, 'ok');
    this.#tell();
    return account;
  }

  async #removeFrom({ id, store }: Account): Promise<void> {
    await this.stores[store].remove(id).catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, 'an older secret could not be removed');
    });
  }

  async #revoke(account: Account, secret: SignInSecret, signal: AbortSignal): Promise<boolean> {
    const app = appOf(account, secret);
    const token = secret.refreshToken ?? secret.accessToken;
    if (!app || token === undefined) return true;
    try {
      const soon = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
      await this.#asking(account.endpoints, (oauth) => oauth.revoke(app, token, soon));
      return true;
    } catch (error) {
      signal.throwIfAborted();
      this.#options.logger.warn({ err: error }, 'Box could not be told of the sign-out');
      return false;
    }
  }

  async #asking<T>(endpoints: EngineOptions['endpoints'], work: (oauth: OAuthClient) => Promise<T>): Promise<T> {
    const oauth = createOAuthClient({ endpoints, proxyFor: this.#options.proxyFor });
    try {
      return await work(oauth);
    } finally {
      await oauth.close();
    }
  }

  #change(accountId: string, changes: Partial<Account>): Promise<void> {
    return this.#file.change((accounts) =>
      accounts.map((one) => (one.id === accountId ? { ...one, ...changes } : one)),
    );
  }

  #remember(accountId: string, signInState: Account['signIn']): void {
    const kept = this.list().find(({ id }) => id === accountId);
    // What its person has ended is not to look like Box's doing.
    if (!kept || kept.signIn === signInState || kept.signIn === 'out') return;
    this.#change(accountId, { signIn: signInState }).catch((error: unknown) => {
      this.#options.logger.error({ err: error }, 'the state of an account could not be written');
    });
  }

  #tell(): void {
    this.#changes.forEach((callback) => callback());
  }
}

/** What to do where there is no keychain; each screen adds how that is asked for there. */
function noKeychain(detail: string): CallError {
  return new CallError(
    'refused',
    `${detail.replace(/\.$/, '')}. The sign-in can be kept in a file that is encrypted under a passphrase of yours, or in memory until Boxcar ends. ` +
      'It is never kept in plain.',
  );
}

/** The port of a sandbox on this machine changes from start to start. */
function isSameBox(one: string, other: string): boolean {
  const [a, b] = [new URL(one), new URL(other)];
  const isHere = ({ hostname }: URL) => ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  return isHere(a) ? isHere(b) : a.host === b.host;
}

function freeName(wanted: string, accounts: readonly Account[], own: string | undefined): string {
  const taken = new Set(accounts.filter(({ id }) => id !== own).map(({ name }) => name));
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted} (${number})`;
  return name;
}
