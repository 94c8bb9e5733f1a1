import { endStates } from '../../../shared/transfer-state.ts';
import type { TransferRow } from '../../../shared/model.ts';
import { count, moment } from '../../text/format.ts';
import { text } from '../../text/text.svelte.ts';

/** The state of a transfer with its reason, in one line. */
export function stateLine({ state, wait, commit, problem, attempts }: TransferRow): string {
  const words = text.now.transfer;
  const again = attempts > 1 && !endStates.includes(state) ? ` · ${words.attempts(attempts)}` : '';
  if (state === 'needs-you' && problem)
    return `${text.now.states.transfer[state]}: ${text.now.problems[problem.code].title}`;
  if (state === 'committing' && commit) return words.finishing(count(commit.processed), count(commit.total));
  if (wait && (state === 'waiting' || state === 'queued')) {
    const until = wait.lengthMs > 0 ? ` ${words.until(moment(wait.startedAt + wait.lengthMs))}` : '';
    const why = problem ? ` · ${text.now.problems[problem.code].title}` : '';
    return `${text.now.states.wait[wait.reason]}${until}${why}${again}`;
  }
  return `${text.now.states.transfer[state]}${again}`;
}
