import type { EngineOptions } from '../../../shared/engine-contract.ts';
import { signInNeeded, type TokenProvider } from '../token-provider.ts';
import type { AccountSource } from './account-source.ts';

export const tokenAccountId = 'token';

/** The one account of a token: that of BOXCAR_TOKEN, or one that a person has given, which is kept in memory alone. */
export interface TokenAccounts extends AccountSource {
  /** Replaces the token that is in use, at once. */
  setToken(token: string): void;
  /** Whether there is a token that Box has not refused. */
  isSignedIn(): boolean;
}

/** @param known whether the account was chosen before: it is then shown without a token too, to sign in again. */
export function tokenAccounts(options: {
  home: string;
  endpoints: EngineOptions['endpoints'];
  env: NodeJS.ProcessEnv;
  known: boolean;
}): TokenAccounts {
  const { home, endpoints, env } = options;
  const ofEnvironment = env['BOXCAR_TOKEN']?.trim() ?? '';
  const changes: (() => void)[] = [];
  const tell = () => changes.forEach((callback) => callback());
  let isKnown = options.known || ofEnvironment !== '';
  let token = ofEnvironment;
  let refusedToken: string | undefined;
  const isSignedIn = () => token !== '' && token !== refusedToken;

  const tokens: TokenProvider = {
    hasToken: () => token !== '',
    accessToken: ({ refused, twice }) => {
      if (token === '') return Promise.reject(signInNeeded('There is no access token'));
      if (token !== refused || !twice) return Promise.resolve(token);
      if (refusedToken !== token) {
        refusedToken = token;
        tell();
      }
      return Promise.reject(signInNeeded('Box does not accept the token'));
    },
  };

  return {
    ownsBox: false,
    webPages: endpoints.api.startsWith('https://api.box.com/') ? 'https://app.box.com' : null,
    accounts: () => {
      if (!isKnown) return [];
      const label = token !== '' && token === ofEnvironment ? 'BOXCAR_TOKEN' : 'Box';
      return [{ id: tokenAccountId, kind: 'token', label, signIn: isSignedIn() ? 'ok' : 'needed' }];
    },
    homeOf: () => home,
    open: () =>
      Promise.resolve({ endpoints, tokens, lost: new Promise(() => undefined), close: () => Promise.resolve() }),
    forget: () => {
      token = ofEnvironment;
      isKnown = ofEnvironment !== '';
      tell();
      return Promise.resolve();
    },
    onChange: (callback) => void changes.push(callback),
    setToken: (given) => {
      token = given;
      isKnown = true;
      tell();
    },
    isSignedIn,
  };
}
