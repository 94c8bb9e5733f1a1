import { createInterface } from 'node:readline/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Boxcar } from '../../app/open-boxcar.ts';
import { formatTarget, type Target } from '../../../shared/ids.ts';
import { endStates, transferStates } from '../../../shared/transfer-state.ts';
import { ExitCode } from '../exit-code.ts';
import { homeArgument, resumeCommand } from '../hints.ts';
import type { Output } from '../output.ts';
import { runJob } from '../run-job.ts';
import { boxcarOptions, withBoxcar, type CommonOptions } from '../session.ts';
import { count, printable } from '../text.ts';

const abortPollMs = 200;
/** Undo time, Box's answers, and then some: what is left is done by the next Boxcar. */
const abortWaitMs = 60_000;

/** `boxcar pause JOB|TRANSFER` */
export async function pause(target: Target, options: CommonOptions, output: Output): Promise<ExitCode> {
  const id = formatTarget(target);
  await withBoxcar(boxcarOptions(output.io, options, false), ({ commands }) => commands.pause({ target }));
  output.event('paused', { target: id });
  output.line(`${id} is paused. Go on with: boxcar resume ${id}${homeArgument(options)}`);
  return ExitCode.ok;
}

/**
 * `boxcar resume JOB|TRANSFER` and `boxcar retry JOB|TRANSFER|TRANSFER:PART`: tells the running app; where none runs this command is the
 * app, and goes on with the job in the foreground.
 */
export async function goOn(
  action: 'resume' | 'retry',
  target: Target,
  options: CommonOptions,
  output: Output,
): Promise<ExitCode> {
  const opening = boxcarOptions(output.io, options, false);
  const id = formatTarget(target);
  let attached = false;
  const told = async (boxcar: Boxcar) => {
    attached = boxcar.kind === 'attached';
    if (!attached) return;
    await boxcar.commands[action]({ target });
    output.event(action === 'resume' ? 'resumed' : 'retried', { target: id });
    output.line(action === 'resume' ? `${id} goes on.` : `${id} is tried again.`);
  };
  await withBoxcar(opening, told);
  if (attached) return ExitCode.ok;
  output.line(`No Boxcar was running: this one goes on with ${id}.`);
  return runJob({
    boxcar: opening,
    output,
    start: async ({ commands }) => {
      const jobId = target.kind === 'job' ? target.id : (await commands.transfer({ transferId: target.id })).jobId;
      // A part waits only while its transfer runs: starting the job is all that a retry of it can mean here.
      if (target.kind !== 'part') await commands[action]({ target });
      if (target.kind !== 'job') await commands.resume({ target: { kind: 'job', id: jobId } });
      return { jobId, resumed: true, unfinished: [] };
    },
    strict: false,
    resumeHint: resumeCommand,
    receipts: `boxcar receipts${homeArgument(options)}`,
  });
}

/** `boxcar abort JOB|TRANSFER`: says what it means on Box, asks on a terminal, and can be taken back for five seconds. */
export async function abort(
  target: Target,
  options: CommonOptions & { yes?: boolean },
  output: Output,
): Promise<ExitCode> {
  const id = formatTarget(target);
  return withBoxcar(boxcarOptions(output.io, options, false), async (boxcar) => {
    const meaning = await whatAbortMeans(boxcar, target);
    if (!options.yes && !output.json && !(await confirm(meaning, output))) {
      output.note('Nothing was aborted.');
      return ExitCode.failed;
    }
    const { undoUntil } = await boxcar.commands.abort({ target });
    output.event('aborting', { target: id, undoUntil });
    output.line(`Aborting ${id}. Take it back within 5 seconds: boxcar resume ${id}${homeArgument(options)}`);
    if (boxcar.kind === 'attached') return ExitCode.ok;
    // Nobody else would send Box's DELETE once this process has ended.
    const outcome = await waitForAbort(boxcar, target);
    output.event(outcome, { target: id });
    output.line(outcome === 'aborted' ? `${id} is aborted.` : `${id} was taken back, or is still being aborted.`);
    return outcome === 'aborted' ? ExitCode.ok : ExitCode.failed;
  });
}

async function whatAbortMeans({ commands }: Boxcar, target: Target): Promise<string> {
  if (target.kind === 'job') {
    const { counts, paths } = await commands.job({ jobId: target.id });
    const finished = counts.files - counts.pending;
    return (
      `Aborting ${formatTarget(target)} (${paths.map(printable).join(', ')}) gives up ${count(counts.pending, 'file')}, and what ` +
      `has arrived of them is deleted on Box. The ${count(finished, 'finished file')} and all local files stay.`
    );
  }
  const { path, parts } = await commands.transfer({ transferId: target.id });
  const arrived =
    parts && parts.done > 0 ? `${count(parts.done, 'part')} on Box will be deleted` : 'nothing is on Box yet';
  return `Aborting ${formatTarget(target)} (${printable(path)}): ${arrived}. The local file stays.`;
}

async function confirm(meaning: string, { io }: Output): Promise<boolean> {
  if (!io.stdin.isTTY || !io.stdout.isTTY) return true;
  const questions = createInterface({ input: io.stdin, output: io.stdout });
  try {
    return /^y(es)?$/i.test((await questions.question(`${meaning}\nAbort it? [y/N] `)).trim());
  } finally {
    questions.close();
  }
}

async function waitForAbort({ commands }: Boxcar, target: Target): Promise<'aborted' | 'kept'> {
  const live = transferStates.filter((state) => !endStates.includes(state));
  for (const deadline = performance.now() + abortWaitMs; performance.now() < deadline; await delay(abortPollMs)) {
    if (target.kind === 'job') {
      const { state } = await commands.job({ jobId: target.id });
      if (state !== 'aborted') return 'kept';
      const aborting = await commands.transfers({ jobId: target.id, states: ['aborting'], limit: 1 });
      if (aborting.length === 0) return 'aborted';
    } else {
      const { state } = await commands.transfer({ transferId: target.id });
      if (state === 'aborted') return 'aborted';
      if (state !== 'aborting' && live.includes(state)) return 'kept';
    }
  }
  return 'kept';
}
