import { sep } from 'node:path';
import type { JobRow } from '../ledger/jobs.ts';

/** A job as judging it needs it. */
export type JudgedJob = Pick<JobRow, 'id' | 'paths' | 'target' | 'targetFolderId' | 'state' | 'finishedAt'>;

/**
 * What later runs of jobs have looked at again, by the job (one of `of`) that it is old news for: paths to the same folder on Box. Only what has
 * ended is old: a job that goes on, or could, says what it knows. One that was aborted as a whole looks at nothing.
 */
export function supersededPaths(jobs: readonly JudgedJob[], of: ReadonlySet<number>): Map<number, string[]> {
  const byTarget = Map.groupBy(jobs, targetOf);
  const paths = new Map<number, string[]>();
  for (const job of jobs) {
    if (job.state !== 'done' || !of.has(job.id)) continue;
    const later = byTarget.get(targetOf(job))!.filter((other) => other.id !== job.id && isLater(other, job));
    const roots = later.flatMap((other) => other.paths).filter((root) => job.paths.some((own) => meet(own, root)));
    if (roots.length > 0) paths.set(job.id, roots);
  }
  return paths;
}

/** Whether a path is one of some, or lies below one. */
export function isBelowAny(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => isBelow(path, root));
}

function targetOf({ target, targetFolderId }: JudgedJob): string {
  return targetFolderId ?? target;
}

function isLater(other: JudgedJob, job: JudgedJob): boolean {
  if (other.state === 'scanning' || other.state === 'active') return true;
  if (other.state !== 'done') return false;
  const [a, b] = [other.finishedAt ?? 0, job.finishedAt ?? 0];
  return a === b ? other.id > job.id : a > b;
}

function meet(a: string, b: string): boolean {
  return isBelow(a, b) || isBelow(b, a);
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}
