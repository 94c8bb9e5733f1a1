import type { Outcome } from '../../../shared/progress-contract.ts';
import type { Problem } from '../../../shared/problem.ts';

/** The outcome of a file or folder that did not go up, for who follows the job. */
export function failureOf(
  path: string,
  outcome: 'failed' | 'special' | 'aborted',
  sizeBytes: number,
  problem: Problem | null,
  transferId: number | null = null,
): Outcome {
  return {
    path,
    outcome,
    sizeBytes,
    transferId,
    sha1: null,
    fileId: null,
    versionId: null,
    sentBytes: 0,
    boxName: null,
    problem: problem && { ...problem, item: path },
  };
}
