import type { Problem } from './problem.ts';
import { problems, type ProblemClass } from './problem-table.ts';

/** The class of a problem. */
export function classOf(problem: Pick<Problem, 'code'>): ProblemClass {
  return problems[problem.code].class;
}

/**
 * What a person can do about a problem that ended something: Boxcar has tried again by itself for long enough, so what promises
 * another try would be wrong.
 */
export function lastRemedy(problem: Pick<Problem, 'code'>): string {
  const problemClass = classOf(problem);
  if (problemClass !== 'retry' && problemClass !== 'retry-after') return problems[problem.code].remedy;
  return 'Boxcar has tried several times and stopped. Retry, or run the same command again, once the cause is over.';
}

/** One paragraph for a person: what, where, what Box said, what to do. */
export function describeProblem(problem: Problem): string {
  const { title, remedy } = problems[problem.code];
  const box = [problem.status, problem.boxCode, problem.requestId && `request ${problem.requestId}`].filter(Boolean);
  const said = [problem.detail, box.length > 0 ? `(${box.join(', ')})` : ''].filter(Boolean).join(' ');
  return `${title} [${problem.operation}]${said ? `: ${said}` : ''}. ${remedy}`;
}
