import type { Difference, VerifyResult } from '../../../shared/pair-model.ts';
import type { VerifyProgress } from './model.ts';

const mostDifferences = 10_000;

/** The counts of one verification, and its first differences. */
export class Tally {
  folders = 0;
  readonly result: VerifyResult = {
    files: 0, hashed: 0, equal: 0, missing: 0, different: 0, extra: 0, unreadable: 0, differences: [],
  }; // prettier-ignore

  add(what: Difference['what'], path: string, detail: string): void {
    this.result[what] += 1;
    if (this.result.differences.length < mostDifferences) this.result.differences.push({ path, what, detail });
  }

  get progress(): VerifyProgress {
    const { files, hashed, missing, different, extra, unreadable } = this.result;
    return { files, folders: this.folders, hashed, differences: missing + different + extra + unreadable };
  }
}
