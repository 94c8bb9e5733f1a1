import type { PairEvent, PairsProgress, PairSummary } from '../../../shared/pair-model.ts';
import type { TrafficRule } from '../../../shared/settings.ts';

/** Shows folder pairs while they are kept up to date. */
export interface PairsReporter {
  /** @param rule whether everything is paused, of which the pairs themselves say nothing */
  progress(progress: PairsProgress, rule: TrafficRule): void;
  events(events: readonly PairEvent[]): void;
  /** Once: all pairs that are kept are watched, or read again each minute where that can't be. */
  watching(pairs: readonly PairSummary[]): void;
  /** A line that stays: on stderr, above the live display where there is one. */
  note(text: string): void;
  /** Takes the display away; what is written next stands below what stays. */
  end(): void;
}
