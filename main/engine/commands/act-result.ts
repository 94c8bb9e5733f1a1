import { CallError } from '../../../shared/call-error.ts';
import type { Target } from '../../../shared/ids.ts';
import { ProblemError } from '../../../shared/problem-error.ts';
import { problems } from '../../../shared/problem-table.ts';

const mostRefused = 100;

export interface ActResult {
  done: number;
  undoUntil: number | null;
  refused: { target: Target; message: string }[];
  refusedCount: number;
}

/** What became of an action on many. */
export class Result {
  done = 0;
  undoUntil: number | null = null;
  readonly #refused: ActResult['refused'] = [];
  #refusedCount = 0;
  /** What has queued transfers now. */
  readonly owners = new Set<number>();
  /** Transfers whose abort has begun. */
  readonly aborting: number[] = [];

  told(): ActResult {
    const { done, undoUntil } = this;
    return { done, undoUntil, refused: this.#refused, refusedCount: this.#refusedCount };
  }

  refuse(target: Target, message: string): void {
    this.#refusedCount += 1;
    if (this.#refused.length < mostRefused) this.#refused.push({ target, message });
  }

  /** Whether the work was done; a refusal is noted, and a defect thrown on. */
  async unless(target: Target, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (error instanceof CallError) this.refuse(target, error.message);
      else if (error instanceof ProblemError) this.refuse(target, textOf(error));
      else throw error;
      return false;
    }
  }
}

function textOf({ problem: { code, detail } }: ProblemError): string {
  const { title, remedy } = problems[code];
  return `${title}${detail ? `: ${detail}` : ''}. ${remedy}`;
}
