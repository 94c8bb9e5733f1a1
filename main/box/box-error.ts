import { ProblemError } from '../../shared/problem-error.ts';
import type { Problem } from '../../shared/problem.ts';
import type { ConflictItem } from './schema/errors.ts';
import type { UploadSession } from './schema/sessions.ts';

/** What a failed call told beyond its problem. */
export interface BoxErrorFacts {
  conflicts?: readonly ConflictItem[] | undefined;
  session?: UploadSession | undefined;
  ambiguous?: boolean | undefined;
  cause?: unknown;
}

/** A call to Box that failed: classified, with all that Box said and nothing that must stay secret. */
export class BoxError extends ProblemError {
  readonly conflicts: readonly ConflictItem[];
  /** The live session that a `session_conflict` names. */
  readonly session: UploadSession | undefined;
  /**
   * The effect may have happened: the connection broke, time ran out, Box had trouble, or a part overlaps. A limit of
   * rate, a refused token or connection and a bad digest are not ambiguous: nothing was stored.
   */
  readonly ambiguous: boolean;
  /** An earlier try of the same call was ambiguous, so a conflict may be with our own effect. Set by the connection. */
  maybeOurs = false;

  constructor(problem: Problem, facts: BoxErrorFacts = {}) {
    super(problem, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'BoxError';
    this.conflicts = facts.conflicts ?? [];
    this.session = facts.session;
    this.ambiguous = facts.ambiguous ?? false;
  }

  get status(): number | undefined {
    return this.problem.status;
  }

  get boxCode(): string | undefined {
    return this.problem.boxCode;
  }

  get requestId(): string | undefined {
    return this.problem.requestId;
  }

  get retryAfterMs(): number | undefined {
    return this.problem.retryAfterMs;
  }
}
