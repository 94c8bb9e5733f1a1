import type { PairChanges, PairOptions } from '../../shared/pair-model.ts';
import { scrubDaysOf, settleMsOf } from './pair-numbers.ts';

/** What somebody has changed in the options of a pair and not saved yet, over the options as they stand. */
export class PairDraft {
  /** The numbers as they are being typed; null: as they stand. */
  settleText = $state<string | null>(null);
  scrubText = $state<string | null>(null);
  #changes = $state.raw<PairChanges>({});
  readonly #saved: () => PairOptions;

  /** `saved` is read again and again: options may change in another tab too. */
  constructor(saved: () => PairOptions) {
    this.#saved = saved;
  }

  /** The options as the form shows them. */
  readonly options = $derived.by((): PairOptions => ({ ...this.#saved(), ...defined(this.#changes) }));
  /** What differs from what is saved, and nothing else. */
  readonly changes = $derived.by((): PairChanges => differing(this.#changes, this.#saved()));
  readonly isSettleWrong = $derived(this.settleText !== null && settleMsOf(this.settleText) === undefined);
  readonly isScrubWrong = $derived(this.scrubText !== null && scrubDaysOf(this.scrubText) === undefined);
  readonly isValid = $derived(!this.isSettleWrong && !this.isScrubWrong);
  /** Also by what can't be saved as it is typed. */
  readonly isChanged = $derived(Object.keys(this.changes).length > 0 || !this.isValid);

  set(changes: PairChanges): void {
    this.#changes = { ...this.#changes, ...changes };
  }

  typeSettle(seconds: string): void {
    this.settleText = seconds;
    const settleMs = settleMsOf(seconds);
    if (settleMs !== undefined) this.set({ settleMs });
  }

  typeScrub(days: string): void {
    this.scrubText = days;
    const scrubDays = scrubDaysOf(days);
    if (scrubDays !== undefined) this.set({ scrubDays });
  }

  /** Forgets the changes: they are saved, or not wanted. */
  clear(): void {
    this.#changes = {};
    this.settleText = null;
    this.scrubText = null;
  }
}

function defined(changes: PairChanges): Partial<PairOptions> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

/** Those of the changes that say something else than the options do. */
export function differing(changes: PairChanges, options: PairOptions): PairChanges {
  return Object.fromEntries(
    Object.entries(changes).filter(
      ([name, value]) => value !== undefined && value !== options[name as keyof PairOptions],
    ),
  );
}
