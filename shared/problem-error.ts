import { classOf, describeProblem } from './describe-problem.ts';
import type { Problem } from './problem.ts';
import type { ProblemClass } from './problem-table.ts';

/** A failure that is already classified. Everything thrown across a layer is one of these, or a defect of ours. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: { cause?: unknown }) {
    super(describeProblem(problem), options);
    this.name = 'ProblemError';
    this.problem = problem;
  }

  get class(): ProblemClass {
    return classOf(this.problem);
  }

  /** It concerns the one item that was asked about, and neither waiting nor another try helps. */
  get isOfItem(): boolean {
    return this.class === 'needs-user' || this.class === 'give-up';
  }
}
