import { CallError } from '../../../shared/call-error.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { AccountView } from '../../../shared/shell-model.ts';
import type { OAuthApp, OAuthClient, TokenPair } from '../../box/auth/oauth.ts';
import { systemClock, type Clock } from '../../platform/clock.ts';
import { backoffMs, sleep } from '../../platform/wait.ts';
import { signInNeeded, type TokenProvider } from '../token-provider.ts';
import type { Account } from './accounts-file.ts';
import { SecretsLocked, SecretsUnavailable, type SecretStore } from './secret-store.ts';
import { isFresh, isValid, readSecret, withPair, writeSecret, type SignInSecret } from './sign-in-secret.ts';
import { withinMs } from './within.ts';

export interface AccountTokensOptions {
  account: Pick<Account, 'id' | 'kind' | 'clientId' | 'subject'>;
  store: SecretStore;
  oauth: OAuthClient;
  /** Told each time it changes, with what is wrong. */
  onSignIn: (state: AccountView['signIn'], detail: string) => void;
  clock?: Clock;
  /** How long a call waits for a keyring that doesn't open; the engine gives up after 120 s. */
  waitMs?: number;
  /** The first of the growing pauses between looks at a keyring that doesn't open. */
  retryMs?: number;
}

/** The tokens of an account, until they are closed. */
export interface AccountTokens extends TokenProvider {
  close(): void;
}

/**
 * Access tokens of an account whose secrets are in a store: renewed before their end, by one call at a time, and stored before they are
 * used. The store is the truth and is read before each renewal, since `boxcar login` in another process may have replaced what is in it.
 */
export function accountTokens(options: AccountTokensOptions): AccountTokens {
  const tokens = new Tokens(options);
  return {
    hasToken: () => true,
    // One that a person has given can't be renewed, and is tried once more.
    accessToken: ({ refused, twice }) =>
      tokens.accessToken(options.account.kind === 'token' && !twice ? undefined : refused),
    close: () => tokens.closing.abort(new CallError('link-lost', 'The account is closed.')),
  };
}

class Tokens {
  readonly closing = new AbortController();
  readonly #options: AccountTokensOptions;
  readonly #clock: Clock;
  /** As it is in the store, but for tokens of client credentials, which are worth nothing there. */
  #secret: SignInSecret | undefined;
  #renewing: Promise<SignInSecret> | undefined;
  #refusedRefreshToken: string | undefined;
  #state: AccountView['signIn'] = 'ok';

  constructor(options: AccountTokensOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async accessToken(refused: string | undefined): Promise<string> {
    for (;;) {
      const known = this.#secret;
      if (known?.accessToken !== undefined && known.accessToken !== refused && isFresh(known, this.#clock.now())) {
        return known.accessToken;
      }
      const { accessToken } = await this.#waitedFor(this.#renewOnce(refused));
      // One that another call had begun may end with just the token that was refused here.
      if (accessToken !== undefined && accessToken !== refused) return accessToken;
    }
  }

  #renewOnce(refused: string | undefined): Promise<SignInSecret> {
    if (this.#renewing) return this.#renewing;
    const renewing = this.#renew(refused).finally(() => (this.#renewing = undefined));
    renewing.catch(() => undefined);
    return (this.#renewing = renewing);
  }

  /** A keyring may stay locked for hours: who asks is told, and the waiting goes on. */
  async #waitedFor(renewing: Promise<SignInSecret>): Promise<SignInSecret> {
    const { waitMs = 100_000, store } = this.#options;
    try {
      const answer = await withinMs(renewing, waitMs);
      if (answer === 'late') throw keyringProblem(`The ${store.kind} is still not open`);
      return answer.value;
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      throw new CallError('problem', error.message, error.problem);
    }
  }

  /** What is in the store, renewed where it has to be; its access token is never the refused one. */
  async #renew(refused: string | undefined): Promise<SignInSecret> {
    const { account, store } = this.#options;
    const stored = await this.#opened(() => readSecret(store, account.id));
    if (stored === undefined) throw this.#needed('Nothing is kept for this account');
    const kept = account.kind === 'client-credentials' ? { ...this.#secret, ...stored } : stored;
    if (kept.accessToken !== refused && isFresh(kept, this.#clock.now())) return this.#use(kept);
    let pair: TokenPair | 'another';
    try {
      pair = await this.#ask(kept);
    } catch (error) {
      if (isNo(error)) throw this.#needed(error.problem.detail);
      // Renewing early failed, and the token has minutes left: Box may be back by then.
      if (kept.accessToken !== refused && isValid(kept, this.#clock.now())) return this.#use(kept);
      throw error;
    }
    if (pair === 'another') return this.#renew(refused);
    const next = withPair(kept, pair, this.#clock.now());
    // Before the first use: a crash in between leaves the old refresh token, which Box may take once more as long as the new one is unused.
    if (account.kind === 'oauth') await this.#opened(() => writeSecret(store, account.id, next));
    return this.#use(next);
  }

  /** A new pair; `another` where somebody else has replaced what is stored meanwhile. */
  async #ask(kept: SignInSecret): Promise<TokenPair | 'another'> {
    const { account, store, oauth } = this.#options;
    const app = appOf(account, kept);
    if (!app || account.kind === 'token') throw this.#needed('Box does not accept the token');
    const { signal } = this.closing;
    if (account.kind === 'client-credentials') return oauth.clientCredentials(app, account.subject!, signal);
    const { refreshToken } = kept;
    if (refreshToken === undefined) throw this.#needed('There is no refresh token');
    if (refreshToken === this.#refusedRefreshToken) throw this.#needed('Box has ended this sign-in');
    try {
      return await oauth.refresh(app, refreshToken, signal);
    } catch (error) {
      if (!isNo(error)) throw error;
      const now = await this.#opened(() => readSecret(store, account.id));
      if (now?.refreshToken !== undefined && now.refreshToken !== refreshToken) return 'another';
      this.#refusedRefreshToken = refreshToken;
      throw error;
    }
  }

  /** The outcome of a call to the store; one that doesn't open is asked again and again. A passphrase is asked for once: nobody else opens a file. */
  async #opened<T>(work: () => Promise<T>): Promise<T> {
    const { store, retryMs = 1000 } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof SecretsLocked || error instanceof SecretsUnavailable)) throw error;
        this.#tell('locked', error.message);
        if (store.kind === 'file') throw keyringProblem(error.message);
        await sleep(
          backoffMs(attempt, () => this.#clock.random(), retryMs, 30 * retryMs),
          this.closing.signal,
        );
      }
    }
  }

  #use(secret: SignInSecret): SignInSecret {
    this.#secret = secret;
    this.#tell('ok', '');
    return secret;
  }

  #needed(detail: string): CallError {
    this.#secret = undefined;
    this.#tell('needed', detail);
    return signInNeeded(detail);
  }

  #tell(state: AccountView['signIn'], detail: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onSignIn(state, detail);
  }
}

/** The app at Box that an account was signed in with. */
export function appOf({ clientId }: Pick<Account, 'clientId'>, { clientSecret }: SignInSecret): OAuthApp | undefined {
  return clientId === null || clientSecret === undefined ? undefined : { clientId, clientSecret };
}

/** Whether Box has said no, for good. */
function isNo(error: unknown): error is ProblemError {
  return error instanceof ProblemError && error.problem.code === 'account.sign-in';
}

function keyringProblem(said: string): CallError {
  const detail = said.replace(/\.$/, '');
  const problem = { code: 'account.keyring' as const, operation: 'sign in', detail, at: Date.now() };
  return new CallError('problem', detail, problem);
}
