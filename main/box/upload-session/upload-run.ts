import type { CallOptions } from '../call.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import type { Problem } from '../../../shared/problem.ts';
import { backoffMs } from '../../platform/wait.ts';
import { UploadControl } from './control.ts';
import type { Grid } from './grid.ts';
import type { SentPart, SessionRecord } from './journal.ts';
import { usualLimits } from './limits.ts';
import type { PartGate, SessionUploadOptions, UploadLimits } from './options.ts';

/** One upload's options with nothing left open. */
export interface UploadRun extends SessionUploadOptions {
  limits: UploadLimits;
  parallelParts: number;
  partGate: PartGate;
  control: UploadControl;
}

export function prepareRun(options: SessionUploadOptions): UploadRun {
  return {
    ...options,
    limits: { ...usualLimits, ...options.limits },
    parallelParts: Math.max(1, Math.min(16, Math.floor(options.parallelParts ?? 4))),
    partGate: options.partGate ?? openGate,
    control: options.control ?? new UploadControl(),
  };
}

const openGate: PartGate = { acquire: () => Promise.resolve(() => undefined) };

/** A session in use: what of the grid is on Box, what must be compared first, and what is to be sent. */
export interface ActiveSession {
  record: SessionRecord;
  grid: Grid;
  done: Map<number, SentPart>;
  compare: SentPart[];
  missing: number[];
}

/** What goes with each call of the upload. */
export function callOptions(run: Pick<UploadRun, 'signal' | 'headers'>, signal: AbortSignal = run.signal): CallOptions {
  return { signal, headers: run.headers };
}

/** Box holds bytes that are not ours, or not where they belong: nothing can come of this session. */
export class SessionUnusable extends ProblemError {
  constructor(detail: string, run: Pick<UploadRun, 'clock'>) {
    super({ code: 'content.digest', operation: 'compare parts', detail, at: run.clock.now() });
    this.name = 'SessionUnusable';
  }
}

/** How long to wait before a try: the backoff with jitter, and never less than Box asked for. */
export function retryDelayMs(run: UploadRun, attempt: number, problem: Problem): number {
  const { backoffBaseMs, backoffMaxMs } = run.limits;
  const delayMs = backoffMs(attempt, () => run.clock.random(), backoffBaseMs, backoffMaxMs);
  const asked = problem.retryAfterMs;
  // All waiting parts would come back in the same instant otherwise.
  return asked === undefined ? delayMs : Math.max(delayMs, asked + Math.round(run.clock.random() * backoffBaseMs));
}
