import type { JobProgress, Outcome } from '../../../shared/progress-contract.ts';

/** Shows a job while it goes on. */
export interface Reporter {
  progress(progress: JobProgress): void;
  outcomes(outcomes: readonly Outcome[]): void;
  /** A line that stays: on stderr, above the live display where there is one. */
  note(text: string): void;
  /** Takes the display away; what is written next stands below what stays. */
  end(): void;
}
