import { CallError } from '../../shared/call-error.ts';

/** Where access tokens come from: the environment here; accounts with a keychain fit the same seam. */
export interface TokenProvider {
  /** Whether there is anything to sign in with, as far as that is known without asking Box. */
  hasToken(): boolean;
  /**
   * A token to use now. `refused` is one that Box did not take: another is given, or once more the same where there is no other, since
   * one 401 may be a proxy's or a passing fault. `twice`: that one was refused too, and is never given again for it.
   * @throws CallError `problem` with account.sign-in when a person has to sign in.
   */
  accessToken(options: { refused?: string | undefined; twice?: boolean | undefined }): Promise<string>;
}

/** The token of BOXCAR_TOKEN. It can't be refreshed: refused twice in a row, the person is asked for another. */
export function environmentTokens(env: NodeJS.ProcessEnv): TokenProvider {
  const token = env['BOXCAR_TOKEN']?.trim() ?? '';
  return {
    hasToken: () => token !== '',
    accessToken: ({ refused, twice }) => {
      if (token === '') return Promise.reject(signInNeeded('BOXCAR_TOKEN is not set'));
      if (token === refused && twice)
        return Promise.reject(signInNeeded('Box does not accept the token in BOXCAR_TOKEN'));
      return Promise.resolve(token);
    },
  };
}

/** The error that asks a person to sign in. */
export function signInNeeded(detail: string): CallError {
  return new CallError('problem', detail, { code: 'account.sign-in', operation: 'sign in', detail, at: Date.now() });
}
