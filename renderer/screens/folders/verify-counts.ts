import type { VerifyResult } from '../../../shared/pair-model.ts';

/** What a comparison may find, the worst first. */
export const differenceKinds = ['missing', 'different', 'unreadable', 'extra'] as const;

/** How many files are not as they should be, listed or not. */
export function differencesOf(result: VerifyResult): number {
  return differenceKinds.reduce((sum, kind) => sum + result[kind], 0);
}
