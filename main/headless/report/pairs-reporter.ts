import type { PairEvent, PairsProgress, PairSummary } from '../../../shared/pair-model.ts';

/** Shows folder pairs while they are kept up to date. */
export interface PairsReporter {
  progress(progress: PairsProgress): void;
  events(events: readonly PairEvent[]): void;
  /** Once: all pairs that are kept are watched, or read again each minute where that can't be. */
  watching(pairs: readonly PairSummary[]): void;
  /** A line that stays: on stderr, above the live display where there is one. */
  note(text: string): void;
  /** Takes the display away; what is written next stands below what stays. */
  end(): void;
}
