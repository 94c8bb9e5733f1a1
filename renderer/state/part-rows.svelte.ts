import type { PartRow } from '../../shared/model.ts';
import type { Session } from './session.svelte.ts';
import { messageOf } from './toasts.svelte.ts';

/** Rows of some parts, as they are asked for: the latest question counts, and a new answer replaces the old in one go. */
export class PartRows {
  /** Of the range that was asked for last; of the one before until its answer is here. */
  rows = $state.raw<readonly PartRow[]>([]);
  error = $state<string | null>(null);
  readonly #session: Pick<Session, 'commands'>;
  readonly #transferId: number;
  #lastAsked = 0;

  constructor(session: Pick<Session, 'commands'>, transferId: number) {
    this.#session = session;
    this.#transferId = transferId;
  }

  /** `to` is not included; at most 500. */
  async ask({ from, to }: { from: number; to: number }): Promise<void> {
    const asked = (this.#lastAsked += 1);
    try {
      const count = Math.max(1, Math.min(500, to - from));
      const { parts } = await this.#session.commands.partRows({ transferId: this.#transferId, from, count });
      if (asked !== this.#lastAsked) return;
      this.rows = parts;
      this.error = null;
    } catch (error) {
      if (asked === this.#lastAsked) this.error = messageOf(error);
    }
  }

  at(index: number): PartRow | undefined {
    return this.rows.find((row) => row.index === index);
  }
}
