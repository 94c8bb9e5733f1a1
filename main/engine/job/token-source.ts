import { CallError } from '../../../shared/call-error.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { TokenSource } from '../../box/connection.ts';
import type { Clock } from '../../platform/clock.ts';

/** Asks the app; `refused` is the token that Box did not accept, `twice`: it was given again and refused again. */
export type AskForToken = (args: { refused?: string; twice?: boolean }) => Promise<{ token: string }>;

/** How long a token is used before the app is asked for it again: the app renews early, and a refused one is asked for at once. */
const tokenKeptMs = 30_000;

/** The tokens of a connection, from the app: one question for all calls that need one meanwhile. Rejects with the app's problem. */
export function tokenSource(clock: Pick<Clock, 'monotonic'>, accessToken: AskForToken): TokenSource {
  const ask = async (args: { refused?: string; twice?: boolean }) => {
    try {
      return (await accessToken(args)).token;
    } catch (error) {
      if (error instanceof CallError && error.problem) throw new ProblemError(error.problem, { cause: error });
      throw error;
    }
  };
  let kept: { token: Promise<string>; untilMs: number } | undefined;
  const keep = (args: { refused?: string; twice?: boolean }) => {
    const token = ask(args);
    kept = { token, untilMs: clock.monotonic() + tokenKeptMs };
    token.catch(() => {
      if (kept?.token === token) kept = undefined;
    });
    return token;
  };
  return {
    // Another call's question may have been about a token that is no longer the one: its end is not ours.
    get: () => (kept && clock.monotonic() < kept.untilMs ? kept.token.catch(() => keep({})) : keep({})),
    renew: async (refused, _signal, twice = false) => {
      // Another call may have renewed it already.
      const current = await kept?.token.catch(() => undefined);
      return current !== undefined && current !== refused ? current : keep({ refused, twice });
    },
  };
}
