import type { Place } from '../../shared/page-contract.ts';
import type { RulesPreview } from '../../shared/rules-preview.ts';
import type { Session } from './session.svelte.ts';
import { messageOf } from './toasts.svelte.ts';

const quietMs = 350;

/** Whose content the rules are tried on. */
export type RulesSubject = { place: Place } | { pairId: number };

/** What rules leave out, asked for anew once somebody has stopped typing. The last answer stays until the next is there. */
export class RulesPreviewState {
  result = $state.raw<RulesPreview | null>(null);
  failure = $state<string | null>(null);
  isReading = $state(false);
  readonly #session: Session;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  ask(of: RulesSubject, rules: string, useBuiltInRules: boolean): void {
    this.stop();
    const asked = this.#asked;
    this.isReading = true;
    this.#timer = setTimeout(() => void this.#read(asked, { of, rules, useBuiltInRules }), quietMs);
  }

  /** Forgets what is under way. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.isReading = false;
  }

  async #read(asked: number, args: Parameters<Session['commands']['previewRulesOf']>[0]): Promise<void> {
    try {
      const result = await this.#session.commands.previewRulesOf(args);
      if (asked !== this.#asked) return;
      this.result = result;
      this.failure = null;
    } catch (error) {
      // The engine ends an earlier look at the same folder when a later one begins: nobody waits for that any more.
      if (asked === this.#asked) this.failure = messageOf(error);
    } finally {
      if (asked === this.#asked) this.isReading = false;
    }
  }
}
