import type { JobProgress, Outcome } from '../../../shared/progress-contract.ts';
import type { TrafficRule } from '../../../shared/settings.ts';

/** Shows a job while it goes on. */
export interface Reporter {
  /** @param rule whether everything is paused, of which the job itself says nothing */
  progress(progress: JobProgress, rule: TrafficRule): void;
  outcomes(outcomes: readonly Outcome[]): void;
  /** A line that stays: on stderr, above the live display where there is one. */
  note(text: string): void;
  /** Takes the display away; what is written next stands below what stays. */
  end(): void;
}
