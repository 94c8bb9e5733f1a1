import { CallError } from '../../../shared/call-error.ts';
import type { ShellSettings, ShellSettingsChanges, ShellState } from '../../../shared/shell-model.ts';
import type { Logger } from '../../platform/log.ts';
import { chosenProxy, environmentProxy, type ProxyFor } from '../../platform/proxy.ts';
import { boxcarVersion } from '../../platform/version.ts';
import { openAccounts, type Accounts } from '../accounts/accounts.ts';
import { boxAccounts } from '../accounts/box-accounts.ts';
import { openStores } from '../accounts/open-stores.ts';
import { pageSignIn, type PageSignIn } from '../accounts/page-sign-in.ts';
import type { Boxcar } from '../open-boxcar.ts';
import { runAccount, type AccountRun, type Opening, type RunPhase } from './account-run.ts';
import type { AccountSource } from './account-source.ts';
import { goOnAfterSignIn } from './continue-work.ts';
import { createPlaces } from './places.ts';
import { sandboxAccountId, sandboxAccounts } from './sandbox-accounts.ts';
import type { Current, DesktopAbilities, Shell } from './shell.ts';
import { openShellFile, type ShellFile } from './shell-file.ts';
import { openSpool, type Spool } from './spool.ts';
import { followSpool } from './spool-jobs.ts';
import { tokenAccountId, tokenAccounts, type TokenAccounts } from './token-accounts.ts';

export interface ShellOptions {
  kind: ShellState['kind'];
  /** The data folder's real path, as {@link openDataFolder} gives it. */
  home: string;
  /** Its `proxyFor` says how the system does it; a person may have set another way. Without it the environment says. */
  opening: Opening;
  sandbox: { entry: URL; options?: Record<string, unknown> };
  logger: Logger;
  desktop?: DesktopAbilities;
  /** Opens the person's browser for a sign-in; absent where the page has to. */
  openBrowser?: (url: string) => void;
}

/** Opens the shell of a data folder and goes on with the account of the last time; doesn't wait until that is open. */
export async function openShell(options: ShellOptions): Promise<Shell> {
  const file = await openShellFile(options.home);
  const spool = await openSpool({ home: options.home, logger: options.logger });
  return new AppShell(options, file, spool);
}

class AppShell implements Shell {
  readonly home: string;
  readonly desktop: DesktopAbilities | undefined;
  readonly places = createPlaces();
  readonly spool: Spool;
  readonly logger: Logger;
  readonly notice: string | null;
  readonly signIn: PageSignIn;
  readonly #accounts: Accounts;
  readonly #options: ShellOptions;
  readonly #file: ShellFile;
  readonly #proxyFor: ProxyFor;
  readonly #tokens: TokenAccounts;
  /** In the order in which a person sees their accounts. */
  readonly #sources: AccountSource[];
  readonly #changed = new Set<() => void>();
  readonly #opened = new Set<(current: Current) => void>();
  #run: AccountRun | undefined;
  #phase: RunPhase | { phase: 'first-run' } = { phase: 'first-run' };
  /** Changes of the account happen one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  /** Of the account that is shown, as it was told last. */
  #signInBefore: string | undefined;

  constructor(options: ShellOptions, file: ShellFile, spool: Spool) {
    const { home, opening, logger } = options;
    const { account, sandboxPort } = file.read();
    this.#options = options;
    const system = opening.proxyFor ?? environmentProxy(opening.env);
    this.#proxyFor = chosenProxy(() => this.settings().proxy, system);
    this.#file = file;
    this.home = home;
    this.desktop = options.desktop;
    this.spool = spool;
    this.logger = logger;
    this.notice = file.notice;
    this.#tokens = tokenAccounts({
      home,
      endpoints: opening.endpoints,
      env: opening.env,
      known: account === tokenAccountId,
    });
    const sandbox = sandboxAccounts({
      ...options.sandbox,
      home,
      known: account === sandboxAccountId,
      port: sandboxPort,
      onPort: (port) => void this.#keep({ sandboxPort: port }),
      logger,
      fork: opening.fork,
    });
    this.#accounts = openAccounts({
      home,
      endpoints: opening.endpoints,
      // Nobody is asked on a terminal: the page asks.
      stores: openStores({ home, env: opening.env, ask: () => Promise.resolve(undefined) }),
      logger,
      proxyFor: this.#proxyFor,
    });
    this.signIn = pageSignIn({
      accounts: this.#accounts,
      openBrowser: options.openBrowser,
      onSignedIn: (accountId) => this.#signedIn(accountId),
      onChange: () => this.#tell(),
    });
    this.#sources = [this.#tokens, sandbox, boxAccounts(this.#accounts, opening.endpoints)];
    this.#accounts.onChange(() => this.#goOnWhenOpened());
    for (const source of this.#sources) source.onChange(() => this.#tell());
    spool.onChange(() => this.#tell());
    followSpool(this);
    // Signed out stays signed out; a token of the environment is a wish where nothing was chosen yet.
    const first = account === undefined ? this.#tokens.accounts()[0]?.id : account;
    if (first && this.#sourceOf(first)) this.#begin(first);
  }

  state(): ShellState {
    const { kind, desktop } = this.#options;
    const accounts = this.#sources.flatMap((source) => source.accounts());
    const phase = this.#phase;
    return {
      version: boxcarVersion(),
      kind,
      platform: platformName(),
      nativeDialogs: desktop !== undefined,
      dataFolder: this.home,
      phase: phase.phase,
      message: 'message' in phase ? phase.message : this.notice,
      problem: phase.phase === 'failed' ? phase.problem : null,
      account: accounts.find(({ id }) => id === this.#run?.accountId) ?? null,
      accounts,
      signIn: this.signIn.state(),
      lost: this.spool.lost(),
      kept: this.spool.kept(),
    };
  }

  onChange(callback: () => void): () => void {
    this.#changed.add(callback);
    return () => void this.#changed.delete(callback);
  }

  account(): { id: string; source: AccountSource } | undefined {
    return this.#run && { id: this.#run.accountId, source: this.#run.source };
  }

  boxcar(): Promise<Boxcar> {
    if (this.#closing) return Promise.reject(new CallError('link-lost', 'Boxcar is ending.'));
    return this.#run?.boxcar() ?? Promise.reject(new CallError('refused', 'Sign in to Box or try the sandbox first.'));
  }

  onBoxcar(callback: (current: Current) => void): () => void {
    this.#opened.add(callback);
    return () => void this.#opened.delete(callback);
  }

  trySandbox(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#run?.accountId !== sandboxAccountId || this.#phase.phase === 'failed')
        await this.#change(sandboxAccountId);
      await this.boxcar();
    });
  }

  signInWithToken(token: string): Promise<void> {
    return this.#inTurn(async () => {
      const isCurrent = this.#run?.accountId === tokenAccountId && this.#phase.phase !== 'failed';
      const now = isCurrent ? await this.boxcar() : undefined;
      if (now?.kind === 'attached') {
        throw new CallError(
          'refused',
          `The Boxcar that runs on this data folder (process ${now.pid}) has its own sign-in. End it, then sign in here.`,
        );
      }
      this.#tokens.setToken(token);
      if (!now) return this.#change(tokenAccountId);
      await this.#keep({ account: tokenAccountId });
      void goOnAfterSignIn(now, this.logger, this.#endOf(now));
    });
  }

  async unlockAccount(accountId: string, passphrase: string): Promise<void> {
    await this.#accounts.unlock(accountId, passphrase);
  }

  signOut(): Promise<void> {
    return this.#inTurn(async () => {
      const run = this.#run;
      await this.#change(null);
      await run?.source.forget(run.accountId);
    });
  }

  switchAccount(accountId: string): Promise<void> {
    return this.#inTurn(async () => {
      const isKnown = this.#sources.some((source) => source.accounts().some(({ id }) => id === accountId));
      if (!isKnown) throw new CallError('usage', 'There is no such account here any more.');
      if (this.#run?.accountId !== accountId || this.#phase.phase === 'failed') await this.#change(accountId);
    });
  }

  settings(): ShellSettings {
    return this.#file.read().settings;
  }

  async setSettings(changes: ShellSettingsChanges): Promise<ShellSettings> {
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    await this.#file.change({ settings: { ...this.settings(), ...given } });
    this.#tell();
    return this.settings();
  }

  close(graceMs?: number): Promise<void> {
    this.#closing ??= (async () => {
      this.signIn.cancel();
      const ended = this.#run?.close(graceMs);
      await this.spool.close();
      await Promise.allSettled([ended, this.#turn]);
      await this.#run?.close(graceMs);
    })();
    return this.#closing;
  }

  /** The account that was signed in is shown, and what waited for the sign-in goes on. */
  #signedIn(accountId: string): Promise<void> {
    return this.#inTurn(async () => {
      const isCurrent = this.#run?.accountId === accountId && this.#phase.phase !== 'failed';
      if (isCurrent) await this.#goOn();
      else await this.#change(accountId);
    });
  }

  /** A keyring that was locked has opened: nobody has to do more. */
  #goOnWhenOpened(): void {
    const now = this.#accounts.views().find(({ id }) => id === this.#run?.accountId)?.signIn;
    const wasLocked = this.#signInBefore === 'locked';
    this.#signInBefore = now;
    if (wasLocked && now === 'ok') void this.#goOn();
  }

  async #goOn(): Promise<void> {
    const now = await this.boxcar().catch(() => undefined);
    if (now) void goOnAfterSignIn(now, this.logger, this.#endOf(now));
  }

  /** Ends the account of now and begins with another; null: with none. */
  async #change(accountId: string | null): Promise<void> {
    const ended = this.#run;
    this.#run = undefined;
    this.#setPhase({ phase: accountId === null ? 'first-run' : 'starting' });
    await ended?.close();
    await this.#keep({ account: accountId });
    if (accountId !== null) this.#begin(accountId);
  }

  #begin(accountId: string): void {
    const source = this.#sourceOf(accountId);
    if (!source || this.#closing) return;
    const run: AccountRun = runAccount({
      source,
      accountId,
      opening: { ...this.#options.opening, proxyFor: this.#proxyFor },
      logger: this.logger,
      // What an account that was left still says concerns nobody.
      onPhase: (phase) => queueMicrotask(() => this.#run === run && this.#setPhase(phase)),
      onBoxcar: (boxcar) => this.#opened.forEach((callback) => callback({ accountId, boxcar })),
    });
    this.#run = run;
    this.#setPhase({ phase: 'starting' });
  }

  #sourceOf(accountId: string): AccountSource | undefined {
    if (accountId === sandboxAccountId) return this.#sources[1];
    return this.#sources.find((source) => source.accounts().some(({ id }) => id === accountId));
  }

  #setPhase(phase: RunPhase | { phase: 'first-run' }): void {
    this.#phase = phase;
    this.#tell();
  }

  #tell(): void {
    this.#changed.forEach((callback) => callback());
  }

  /** Aborted when a Boxcar is gone. */
  #endOf(boxcar: Boxcar): AbortSignal {
    const gone = new AbortController();
    const abort = () => gone.abort();
    boxcar.over.then(abort, abort);
    return gone.signal;
  }

  async #keep(changes: Parameters<ShellFile['change']>[0]): Promise<void> {
    await this.#file.change(changes).catch((error: unknown) => {
      this.logger.error({ err: error }, 'what was chosen could not be kept');
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing) return Promise.reject(new CallError('link-lost', 'Boxcar is ending.'));
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

function platformName(): ShellState['platform'] {
  if (process.platform === 'win32') return 'windows';
  return process.platform === 'darwin' ? 'macos' : 'linux';
}
