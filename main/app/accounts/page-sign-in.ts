import { CallError } from '../../../shared/call-error.ts';
import type { SignInRequest, SignInState } from '../../../shared/shell-model.ts';
import type { OAuthApp } from '../../box/auth/oauth.ts';
import type { Accounts } from './accounts.ts';
import { builtInApp } from './built-in-app.ts';
import type { WaitingSignIn } from './sign-in.ts';

/** The sign-in that pages of a shell see: one at a time, whichever page began it. */
export interface PageSignIn {
  state(): SignInState;
  /** Settles when the person can go to Box, or a keyring is waited for; how it goes on stands in the state. */
  start(request: SignInRequest): Promise<void>;
  /** @throws CallError `usage` for an address of another sign-in */
  paste(redirect: string): void;
  cancel(): void;
}

/** @param onSignedIn told once an account is signed in */
export function pageSignIn(options: {
  accounts: Accounts;
  /** Opens the person's browser; absent where the page does. */
  openBrowser?: ((url: string) => void) | undefined;
  onSignedIn: (accountId: string) => Promise<void>;
  onChange: () => void;
}): PageSignIn {
  const { accounts, openBrowser, onSignedIn, onChange } = options;
  const idle = { phase: 'idle', url: null, detail: null } as const;
  let now: Pick<SignInState, 'phase' | 'url' | 'detail'> = idle;
  let keychain: SignInState['keychain'] = 'unknown';
  let waiting: WaitingSignIn | undefined;
  let running = new AbortController();
  const set = (next: typeof now) => {
    now = next;
    onChange();
  };

  const cancel = () => {
    running.abort(new CallError('refused', 'The sign-in was taken back.'));
    waiting = undefined;
    if (now.phase !== 'idle') set(idle);
  };

  async function begin(request: SignInRequest, signal: AbortSignal, onBegun: () => void): Promise<void> {
    const { store = 'keychain', passphrase } = request;
    if (store === 'keychain') {
      ({ state: keychain } = await accounts.stores.keychain.probe());
      onChange();
    }
    if (store === 'file') {
      if (!passphrase) throw new CallError('usage', 'The file needs a passphrase.');
      accounts.stores.file.usePassphrase(passphrase);
    }
    const app = await appFor(request);
    const account = await accounts.signIn(app, {
      store,
      signal,
      onKeyring: (detail) => {
        set({ phase: 'keyring', url: null, detail });
        onBegun();
      },
      onWaiting: (begun) => {
        waiting = begun;
        set({ phase: 'waiting', url: begun.url, detail: null });
        openBrowser?.(begun.url);
        onBegun();
      },
    });
    signal.throwIfAborted();
    await onSignedIn(account.id);
  }

  async function appFor({ clientId, clientSecret }: SignInRequest): Promise<OAuthApp> {
    if (clientId && clientSecret) return { clientId, clientSecret };
    const built = builtInApp();
    if (built) return built;
    for (const { id, kind, signIn } of accounts.list()) {
      const app = kind === 'token' || signIn === 'out' ? undefined : await accounts.appOf(id).catch(() => undefined);
      if (app) return app;
    }
    throw new CallError('usage', 'Sign-in needs the client id and the client secret of a Box app.');
  }

  return {
    state: () => ({
      ...now,
      keychain,
      knowsApp:
        builtInApp() !== undefined || accounts.list().some(({ kind, signIn }) => kind !== 'token' && signIn !== 'out'),
    }),
    start: async (request) => {
      cancel();
      const controller = (running = new AbortController());
      const { signal } = controller;
      const begun = Promise.withResolvers<void>();
      let isBegun = false;
      const ended = begin(request, signal, () => {
        isBegun = true;
        begun.resolve();
      });
      ended.then(
        () => signal.aborted || set(idle),
        (error: unknown) => {
          // Before that the page that asked is told.
          const detail = isBegun && error instanceof Error ? error.message : null;
          if (!signal.aborted) set({ ...idle, detail });
        },
      );
      await Promise.race([begun.promise, ended]);
    },
    paste: (redirect) => {
      if (!waiting) throw new CallError('refused', 'There is no sign-in under way. Start again.');
      waiting.paste(redirect);
    },
    cancel,
  };
}
