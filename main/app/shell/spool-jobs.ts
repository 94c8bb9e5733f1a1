import { CallError } from '../../../shared/call-error.ts';
import { classOf } from '../../../shared/describe-problem.ts';
import { batchSchema } from '../../../shared/progress-contract.ts';
import type { JobSummary } from '../../../shared/model.ts';
import { sleep } from '../../platform/wait.ts';
import type { Boxcar } from '../open-boxcar.ts';
import type { Current, Shell } from './shell.ts';

/** The next batch leaves only after the last was answered: so often is enough to learn that a job has ended. */
const lookMs = 1000;
/** Longer than an abort can be taken back. */
const undoMs = 8000;

/** Whether nothing of a job will be read any more: all of it is on Box, or was given up. */
export function isDoneWith({ state, counts }: Pick<JobSummary, 'state' | 'counts'>): boolean {
  if (state === 'aborted') return true;
  return state === 'done' && counts.pending === 0 && counts.failed === 0 && counts.failedFolders === 0;
}

/** With each Boxcar that opens, drops whose upload was begun go on, and those that are on Box are removed. */
export function followSpool(shell: Shell): void {
  shell.onBoxcar(({ accountId, boxcar }: Current) => {
    for (const { dropId, upload, jobId } of shell.spool.uploads(accountId)) {
      void uploadDrop(shell, boxcar, { dropId, upload, jobId }).catch((error: unknown) => {
        shell.logger.warn({ err: error, drop: dropId }, 'the upload of a drop does not go on');
        // Nobody else would hear of it: where it goes is asked again.
        if (jobId === undefined && isRefusal(error)) shell.spool.unsetUpload(dropId);
      });
    }
  });
}

type DropToUpload = ReturnType<Shell['spool']['uploads']>[number];

/** Whether an upload may have begun though it was not told: it is asked for with the next Boxcar. */
export function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof CallError && (error.code === 'link-lost' || error.code === 'timeout');
}

/** Whether the same will be refused again; without a network or a sign-in it is asked for with the next Boxcar. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof CallError) || isOutcomeUnknown(error)) return false;
  const { problem } = error;
  if (!problem) return error.code === 'usage' || error.code === 'refused';
  return ['needs-user', 'give-up'].includes(classOf(problem)) && !problem.code.startsWith('account.');
}

/**
 * Gives a drop to the engine, which knows a job of the same paths and target again, and removes its copy once all is on Box. Rejects
 * only where the engine did not take it.
 */
export async function uploadDrop(
  shell: Shell,
  boxcar: Boxcar,
  { dropId, upload, jobId }: DropToUpload,
): Promise<{ jobId: number; resumed: boolean }> {
  const { paths, target, ifExists } = upload;
  const known = jobId === undefined ? undefined : await boxcar.commands.job({ jobId }).catch(() => undefined);
  const started = known
    ? { jobId: known.id, resumed: true }
    : await boxcar.commands.upload({ paths, target, ifExists });
  try {
    if (!known) shell.spool.setJob(dropId, started.jobId);
    if (known && isDoneWith(known)) await shell.spool.finish(dropId);
    else await finishWithJob(shell, boxcar, dropId, started.jobId);
  } catch (error) {
    // It goes up all the same; the next Boxcar knows its job again.
    shell.logger.warn({ err: error, drop: dropId }, 'the job of a drop can not be followed');
  }
  return started;
}

async function finishWithJob(shell: Shell, boxcar: Boxcar, dropId: string, jobId: number): Promise<void> {
  const gone = new AbortController();
  const end = () => gone.abort();
  boxcar.over.then(end, end);
  const view = Promise.withResolvers<{ close(): Promise<void> }>();
  const opened = await boxcar.subscribe({ kind: 'job', jobId }, async (unopened) => {
    const batch = batchSchema.safeParse(unopened);
    const job = batch.data?.kind === 'job' ? batch.data.progress.job : undefined;
    // An abort can be taken back for a while.
    await sleep(job?.state === 'aborted' ? undoMs : lookMs, gone.signal).catch(() => undefined);
    if (gone.signal.aborted || !job || !isDoneWith(job)) return;
    const now = await boxcar.commands.job({ jobId });
    if (!isDoneWith(now)) return;
    void view.promise.then((open) => open.close());
    await shell.spool.finish(dropId);
  });
  view.resolve(opened);
}
