import type { Overview } from '../../shared/list-model.ts';
import type { Session } from './session.svelte.ts';

/** The totals around every screen. A hidden page asks for them once a second alone. */
export class OverviewState {
  now = $state.raw<Overview | null>(null);
  readonly #session: Session;
  #close: () => void = () => undefined;

  constructor(session: Session) {
    this.#session = session;
    this.#open();
    document.addEventListener('visibilitychange', () => {
      this.#close();
      this.#open();
    });
  }

  #open(): void {
    this.#close = this.#session.watch({ kind: 'overview', hidden: document.hidden }, (batch) => {
      if (batch.kind === 'overview') this.now = batch.overview;
    });
  }
}
