import { CallError } from '../../shared/call-error.ts';

/** A short notice at the edge of the window. */
export interface Toast {
  id: number;
  tone: 'plain' | 'failure';
  text: string;
  /** What to do about it or how to take it back. */
  action: { label: string; run: () => void } | null;
  until: number;
  /** Shows the seconds that are left: for what can be taken back only so long. */
  countdown: boolean;
}

const plainMs = 5000;
const failureMs = 12_000;

/** The notices that are shown now, the newest last. */
export class Toasts {
  all = $state.raw<Toast[]>([]);
  #lastId = 0;

  /** Shows a notice; returns its id. `durationMs` is how long it stays by itself. */
  show(
    text: string,
    options: { tone?: Toast['tone']; action?: Toast['action']; durationMs?: number; countdown?: boolean } = {},
  ): number {
    const { tone = 'plain', action = null, countdown = false } = options;
    const { durationMs = tone === 'failure' ? failureMs : plainMs } = options;
    const id = (this.#lastId += 1);
    this.all = [...this.all.slice(-3), { id, tone, text, action, until: Date.now() + durationMs, countdown }];
    setTimeout(() => this.dismiss(id), durationMs);
    return id;
  }

  dismiss(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }

  /** Carries a command out and shows why it failed; undefined then. */
  async attempt<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      this.show(messageOf(error), { tone: 'failure' });
      return undefined;
    }
  }
}

/** What went wrong, in words for a person. */
export function messageOf(error: unknown): string {
  if (error instanceof CallError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
