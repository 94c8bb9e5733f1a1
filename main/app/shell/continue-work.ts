import { CallError } from '../../../shared/call-error.ts';
import { classOf } from '../../../shared/describe-problem.ts';
import type { ProblemCode } from '../../../shared/problem-table.ts';
import type { Target } from '../../../shared/ids.ts';
import type { Logger } from '../../platform/log.ts';
import { backoffMs, sleep } from '../../platform/wait.ts';
import type { Boxcar } from '../open-boxcar.ts';

/**
 * Lets everything go on that was under way when Boxcar last ended, and has the folder pairs kept. Of another app that is attached to
 * only the pairs are asked for: it keeps them already, or does from now on; its jobs are its own. A job that can't go on while
 * Box is out of reach is tried again until it can; what is refused for good says why itself. Never rejects.
 */
export async function continueWork(boxcar: Boxcar, logger: Logger, signal: AbortSignal): Promise<void> {
  const { kind, commands } = boxcar;
  try {
    await commands.startPairs({});
    if (kind === 'attached') return;
    const jobs = await commands.jobs({ unfinishedOnly: true });
    const targets = jobs.filter(({ state }) => state === 'stopped').map(({ id }) => ({ kind: 'job', id }) as const);
    await Promise.all(targets.map((target) => resumeInTime(boxcar, target, logger, signal)));
  } catch (error) {
    if (!signal.aborted) logger.warn({ err: error }, 'not everything goes on');
  }
}

/** After a new sign-in: what was stopped for want of one goes on. Never rejects. */
export async function goOnAfterSignIn(boxcar: Boxcar, logger: Logger, signal: AbortSignal): Promise<void> {
  const { commands } = boxcar;
  const isHeld = ({ state, problem }: { state: string; problem: { code: ProblemCode } | null }) =>
    state === 'stopped' || (state === 'blocked' && problem?.code.startsWith('account.') === true);
  try {
    const jobs = (await commands.jobs({ unfinishedOnly: true })).filter(isHeld);
    const pairs = (await commands.pairs({})).filter(
      ({ state, problem }) => state === 'blocked' && isHeld({ state, problem }),
    );
    const targets: Target[] = [
      ...jobs.map(({ id }) => ({ kind: 'job', id }) as const),
      ...pairs.map(({ id }) => ({ kind: 'pair', id }) as const),
    ];
    await Promise.all(targets.map((target) => resumeInTime(boxcar, target, logger, signal)));
  } catch (error) {
    if (!signal.aborted) logger.warn({ err: error }, 'not everything goes on after the sign-in');
  }
}

async function resumeInTime({ commands }: Boxcar, target: Target, logger: Logger, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    try {
      await commands.resume({ target });
      return;
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ err: error, target }, 'it does not go on');
      if (!isPassing(error)) return;
      await sleep(backoffMs(attempt, Math.random), signal).catch(() => undefined);
    }
  }
}

/** Whether the same may succeed later without anybody doing anything. A sign-in has its own way of going on. */
function isPassing(error: unknown): boolean {
  const problem = error instanceof CallError ? error.problem : undefined;
  if (!problem) return false;
  const { code } = problem;
  return code.startsWith('network.') || ['retry', 'retry-after'].includes(classOf(problem));
}
