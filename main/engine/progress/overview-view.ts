import type { Batch } from '../../../shared/progress-contract.ts';
import type { Overview } from '../../../shared/list-model.ts';
import type { StateView } from './state-view.ts';

/** Nobody looks: once a second is enough. */
const hiddenMs = 1000;

/** The totals as one subscription sees them. */
export class OverviewView implements StateView {
  readonly #make: () => Overview;
  readonly #now: () => number;
  readonly #isHidden: boolean;
  #last = '';
  #sentMs = -Infinity;
  /** It was asked too early, and there may be something. */
  #owes = false;

  /** @param now monotonic ms */
  constructor(make: () => Overview, now: () => number, isHidden: boolean) {
    this.#make = make;
    this.#now = now;
    this.#isHidden = isHidden;
  }

  get againMs(): number {
    return this.#owes ? Math.max(0, this.#sentMs + hiddenMs - this.#now()) : Infinity;
  }

  next(): Batch | undefined {
    const now = this.#now();
    this.#owes = this.#isHidden && now - this.#sentMs < hiddenMs;
    if (this.#owes) return undefined;
    const overview = this.#make();
    const text = JSON.stringify(overview);
    if (text === this.#last) return undefined;
    this.#last = text;
    this.#sentMs = now;
    return { kind: 'overview', overview };
  }

  lost(): void {
    this.#last = '';
    this.#sentMs = -Infinity;
  }
}
