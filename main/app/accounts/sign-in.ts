import { CallError } from '../../../shared/call-error.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import { newState, type OAuthApp, type OAuthClient, type TokenPair } from '../../box/auth/oauth.ts';
import { orAborted } from '../../platform/wait.ts';
import { isSame, listenForRedirect } from './redirect-listener.ts';
import type { Outcome } from './redirect-page.ts';

/** Long enough for a password, a second factor and a look at what is asked for. */
export const signInLimitMs = 5 * 60_000;
/** A code of Box lives as long. */
const codeLimitMs = 30_000;

/** A sign-in that waits for its person. */
export interface WaitingSignIn {
  /** Where they sign in. */
  url: string;
  /** The address that the browser was sent to, pasted where that browser is on another machine. @throws CallError `usage` for one that isn't of this sign-in. */
  paste: (redirect: string) => void;
}

export interface SignInOptions {
  oauth: OAuthClient;
  app: OAuthApp;
  /** Told when the address is known. */
  onWaiting: (waiting: WaitingSignIn) => void;
  /** What is done with the tokens before the browser is told that all is well. */
  accept: (pair: TokenPair) => Promise<void>;
  signal: AbortSignal;
  limitMs?: number;
}

/**
 * Signs in through the system's browser: listens on this machine until the browser comes back, and no longer. Rejects with the
 * signal's reason, or with a CallError that says why and what to do.
 */
export async function signIn(options: SignInOptions): Promise<void> {
  const { oauth, app, signal, limitMs = signInLimitMs } = options;
  const state = newState();
  const done = Promise.withResolvers<void>();
  done.promise.catch(() => undefined);
  let isUsed = false;

  const take = async (query: URLSearchParams): Promise<Outcome> => {
    isUsed = true;
    try {
      const soon = AbortSignal.any([signal, AbortSignal.timeout(codeLimitMs)]);
      await options.accept(await oauth.exchangeCode(app, { query, state, redirectUri: listener.redirectUri }, soon));
      done.resolve();
      return 'done';
    } catch (error) {
      done.reject(explained(error));
      return query.has('error') ? 'refused' : 'failed';
    }
  };

  const listener = await listenForRedirect({ state, onRedirect: take });
  const timer = setTimeout(
    () => done.reject(new CallError('refused', 'Nobody signed in within 5 minutes. Start again.')),
    limitMs,
  );
  try {
    const { redirectUri } = listener;
    options.onWaiting({
      url: oauth.authorizeUrl({ clientId: app.clientId, state, redirectUri }),
      paste: (redirect) => {
        const query = URL.parse(redirect.trim())?.searchParams;
        if (isUsed || !query || !isSame(query.getAll('state'), state)) {
          throw new CallError(
            'usage',
            `This is not the address that the browser was sent to: it begins with ${redirectUri}?`,
          );
        }
        void take(query);
      },
    });
    await orAborted(done.promise, signal);
  } finally {
    clearTimeout(timer);
    await listener.close();
  }
}

/** What Box said, as a person is told; the problem stays with it. */
function explained(error: unknown): unknown {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new CallError('refused', 'Box did not answer within the 30 s for which its code is good. Start again.');
  }
  if (!(error instanceof ProblemError)) return error;
  const { problem } = error;
  const said = problem.boxCode === 'access_denied' ? 'Box did not grant access: the request was denied' : error.message;
  return new CallError('problem', said, problem);
}
