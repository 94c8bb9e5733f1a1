import { openBoxcar, type Boxcar, type OpenBoxcarOptions } from '../app/open-boxcar.ts';
import { formatTarget } from '../../shared/ids.ts';
import type { JobSummary } from '../../shared/model.ts';
import { transferStates, endStates } from '../../shared/transfer-state.ts';
import { ExitCode } from './exit-code.ts';
import { sayWhileSilent } from './first-answer.ts';
import { followJob, type Followed } from './follow.ts';
import { onInterrupt } from './interrupt.ts';
import type { Output } from './output.ts';
import { jsonReporter } from './report/json-reporter.ts';
import { liveReporter } from './report/live-reporter.ts';
import { plainReporter } from './report/plain-reporter.ts';
import type { Reporter } from './report/reporter.ts';
import { endText, reportFailures, summaryFields, summaryLines, uploadExitCode } from './report/summary.ts';
import { interruptGraceMs, isAppGone } from './session.ts';
import { count, printable } from './text.ts';

const suspendWaitMs = 400;

export interface JobStart {
  jobId: number;
  resumed: boolean;
  /** Unfinished jobs that were not started. */
  unfinished: JobSummary[];
}

export interface JobRunOptions {
  boxcar: OpenBoxcarOptions;
  output: Output;
  /** Gives the job to the engine; asked again in the next app when the one attached to ends. */
  start: (boxcar: Boxcar) => Promise<JobStart>;
  strict: boolean;
  /** What to say about going on later. */
  resumeHint: string;
  /** The command that shows the receipts. */
  receipts: string;
}

/** Runs a job in the foreground: shows it until it ends, and says what became of it. Ctrl-C keeps all that is resumable. */
export async function runJob(options: JobRunOptions): Promise<ExitCode> {
  const { output } = options;
  const interrupt = onInterrupt();
  const reporter = output.json ? jsonReporter(output) : output.live() ? liveReporter(output) : plainReporter(output);
  try {
    for (;;) {
      const result = await runOnce(options, reporter, interrupt.signal);
      if (result !== 'app-gone') return result;
      reporter.note('The Boxcar that this command was attached to has ended; this command goes on by itself.');
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    // Nothing had begun, or it was cut off in its beginning.
    output.note(`Interrupted. ${options.resumeHint}`);
    return ExitCode.interrupted;
  } finally {
    reporter.end();
    interrupt.dispose();
  }
}

async function runOnce(
  options: JobRunOptions,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<ExitCode | 'app-gone'> {
  const { output } = options;
  const startedAt = performance.now();
  const boxcar = await openBoxcar({
    ...options.boxcar,
    signal,
    onRestart: ({ reason, delayMs }) => {
      output.event('restart', { reason, delayMs });
      reporter.note(`The engine ended unexpectedly (${printable(reason)}); it starts again in ${delayMs} ms.`);
    },
  });
  if (boxcar.kind === 'attached') noteAttached(options, boxcar, reporter);
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => undefined);
  const onAbort = () => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort);
  try {
    signal.throwIfAborted();
    const begun = Promise.race([options.start(boxcar), aborted.promise]);
    const started = await sayWhileSilent(begun, (text) => reporter.note(text));
    const continued = started.resumed ? await continuedUploads(boxcar, started.jobId) : 0;
    tellStart(started, continued, output, reporter);
    const followed = await followJob(boxcar, started.jobId, reporter, signal);
    if (followed.end === 'interrupted') await suspend(boxcar, started.jobId);
    return await conclude(options, boxcar, reporter, followed, {
      jobId: started.jobId,
      continued,
      durationMs: performance.now() - startedAt,
    });
  } catch (error) {
    if (isAppGone(error, boxcar) && !signal.aborted) return 'app-gone';
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await boxcar.close(signal.aborted ? interruptGraceMs : undefined);
  }
}

async function conclude(
  options: JobRunOptions,
  boxcar: Boxcar,
  reporter: Reporter,
  followed: Followed,
  run: { jobId: number; continued: number; durationMs: number },
): Promise<ExitCode> {
  const { output, strict } = options;
  const exitCode = uploadExitCode(followed, strict);
  reporter.end();
  if (followed.end !== 'interrupted') await reportFailures(output, boxcar.commands, run.jobId);
  for (const line of summaryLines(followed, { ...run, receipts: options.receipts })) output.line(line);
  const text = endText(followed, options.resumeHint);
  if (text) output.note(text);
  output.event('summary', summaryFields(followed, { ...run, exitCode }));
  return exitCode;
}

function noteAttached(
  { boxcar: { uploadsPerMinute, callsPerMinute } }: JobRunOptions,
  boxcar: Boxcar,
  reporter: Reporter,
) {
  const pace = uploadsPerMinute !== undefined || callsPerMinute !== undefined;
  const more = pace ? ' Its pace applies, not the one given here.' : '';
  reporter.note(
    `A Boxcar already runs on this data folder (process ${boxcar.pid}); the upload goes through it.${more}`,
  );
}

function tellStart(
  { jobId, resumed, unfinished }: JobStart,
  continued: number,
  output: Output,
  reporter: Reporter,
): void {
  const job = formatTarget({ kind: 'job', id: jobId });
  output.event('started', { job, resumed, continuedFromBefore: continued });
  if (continued > 0) output.line(`${count(continued, 'upload')} continued from before (job ${job}).`);
  for (const other of unfinished) {
    const id = formatTarget({ kind: 'job', id: other.id });
    output.event('unfinished', {
      job: id,
      state: other.state,
      paths: other.paths,
      target: other.target,
      counts: other.counts,
    });
    const paths = other.paths.map(printable).join(', ');
    reporter.note(
      `Not started: ${id} (${paths} to ${printable(other.target)}) has ${count(other.counts.pending, 'file')} left; ` +
        `"boxcar resume ${id}" goes on with it.`,
    );
  }
}

/** How many uploads of an earlier run had got somewhere: their finished parts are not sent again. */
async function continuedUploads(boxcar: Boxcar, jobId: number): Promise<number> {
  const states = transferStates.filter((state) => !endStates.includes(state));
  let continued = 0;
  for (let after = 0; ;) {
    const rows = await boxcar.commands.transfers({ jobId, states, after, limit: 1000 });
    continued += rows.filter(({ parts }) => parts !== null && parts.done > 0).length;
    const last = rows.at(-1);
    if (rows.length < 1000 || !last) return continued;
    after = last.id;
  }
}

/** The app attached to goes on without this command: its job must not. The own engine is stopped by closing it. */
async function suspend(boxcar: Boxcar, jobId: number): Promise<void> {
  if (boxcar.kind === 'app') return;
  const timeout = new Promise((resolve) => setTimeout(resolve, suspendWaitMs).unref());
  await Promise.race([boxcar.commands.suspend({ jobId }).catch(() => undefined), timeout]);
}
