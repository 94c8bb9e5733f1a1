import type { Boxcar } from '../app/open-boxcar.ts';
import { CallError } from '../../shared/call-error.ts';
import { batchSchema, type JobProgress, type Outcome } from '../../shared/progress-contract.ts';
import type { JobState } from '../../shared/model.ts';
import type { Reporter } from './report/reporter.ts';

/** Files and bytes by outcome, as they were told in this run. */
export type Tally = Map<Outcome['outcome'], { files: number; bytes: number }>;

export interface Followed {
  /** Why it is not followed any more: the job's own end, or the person's wish. */
  end: 'done' | 'blocked' | 'stopped' | 'aborted' | 'interrupted';
  /** The last that was told; undefined where the interruption came first. */
  progress: JobProgress | undefined;
  tally: Tally;
  /** Outcomes that nobody took in time; the receipts have them. */
  lost: number;
}

const ends: readonly JobState[] = ['done', 'blocked', 'stopped', 'aborted'];
/** The feed of outcomes is drained when none came for so long: it ticks ten times a second and goes on at once while it is behind. */
const quietMs = 300;

/**
 * Shows a job until it ends, or until `signal` is aborted. A paused job is waited for: it goes on when somebody resumes it.
 * @throws CallError `link-lost` when the app that was attached to is gone, `internal` when the engine can't be kept running.
 */
export async function followJob(
  boxcar: Boxcar,
  jobId: number,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Followed> {
  const tally: Tally = new Map();
  const settled = Promise.withResolvers<Followed['end']>();
  let progress: JobProgress | undefined;
  let lost = 0;
  let lastOutcomeAt = performance.now();

  const onBatch = (unopened: unknown) => {
    const parsed = batchSchema.safeParse(unopened);
    if (!parsed.success) {
      // A view that can't be read would be followed for ever.
      settled.reject(new CallError('internal', `Progress is not understood: ${parsed.error.message}`));
      return;
    }
    const batch = parsed.data;
    if (batch.kind === 'outcomes') {
      lastOutcomeAt = performance.now();
      lost = batch.lost;
      batch.outcomes.forEach((outcome) => add(tally, outcome));
      reporter.outcomes(batch.outcomes);
    } else if (batch.kind === 'job') {
      progress = batch.progress;
      reporter.progress(batch.progress, batch.rule);
      const { state } = batch.progress.job;
      if (ends.includes(state)) settled.resolve(state as Followed['end']);
    }
  };
  const onAbort = () => settled.resolve('interrupted');
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  boxcar.over.catch((error: unknown) => settled.reject(error));
  settled.promise.catch(() => undefined);
  try {
    const outcomes = await Promise.race([boxcar.subscribe({ kind: 'outcomes', jobId }, onBatch), settled.promise]);
    const job = await Promise.race([boxcar.subscribe({ kind: 'job', jobId }, onBatch), settled.promise]);
    const end = await settled.promise;
    while (end !== 'interrupted' && !isComplete(tally, progress) && performance.now() - lastOutcomeAt < quietMs) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (end !== 'interrupted') {
      for (const view of [outcomes, job]) if (typeof view !== 'string') await view.close();
    }
    return { end, progress, tally, lost };
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function add(tally: Tally, { outcome, sizeBytes }: Outcome): void {
  const entry = tally.get(outcome) ?? { files: 0, bytes: 0 };
  entry.files += 1;
  entry.bytes += sizeBytes;
  tally.set(outcome, entry);
}

/** Whether every file of the job was told of; after a resume the files of earlier runs may never be. */
function isComplete(tally: Tally, progress: JobProgress | undefined): boolean {
  if (!progress) return false;
  const told = tally.values().reduce((sum, { files }) => sum + files, 0);
  return told >= progress.job.counts.files + progress.job.counts.special;
}
