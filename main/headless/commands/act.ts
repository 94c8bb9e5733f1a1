import { setTimeout as delay } from 'node:timers/promises';
import type { Commands } from '../../app/engine-host.ts';
import type { Boxcar } from '../../app/open-boxcar.ts';
import { formatTarget, type Target } from '../../../shared/ids.ts';
import { pauseText } from '../../../shared/limit-schedule.ts';
import { endStates, transferStates } from '../../../shared/transfer-state.ts';
import { ask, canAsk } from '../ask.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { homeArgument, resumeCommand } from '../hints.ts';
import type { Output } from '../output.ts';
import { timeText } from '../report/pair-text.ts';
import { runJob } from '../run-job.ts';
import { boxcarOptions, withBoxcar, type CommonOptions } from '../session.ts';
import { count, printable } from '../text.ts';
import { noPairsText, runHint } from './pairs.ts';

const abortPollMs = 200;
/** Undo time, Box's answers, and then some: what is left is done by the next Boxcar. */
const abortWaitMs = 60_000;

export interface PauseOptions extends CommonOptions {
  /** How long, in ms. */
  for?: number;
  /** Until when, in ms since the epoch. */
  until?: number;
  /** Everything, jobs and pairs together. */
  all?: boolean;
}

/** `boxcar pause [PAIR|JOB|TRANSFER]`; without one all pairs, with `--all` everything. */
export async function pause(target: Target | undefined, options: PauseOptions, output: Output): Promise<ExitCode> {
  const now = Date.now();
  const until = options.until ?? (options.for === undefined ? null : now + options.for);
  const durationMs = until === null ? null : Math.max(1, until - now);
  const opening = boxcarOptions(output.io, options, false);
  if (options.all) {
    refuseTarget(target);
    await withBoxcar(opening, ({ commands }) => commands.pauseAll({ durationMs }));
    tellPaused('all', until, options, output);
    return ExitCode.ok;
  }
  const targets = await withBoxcar(opening, async ({ commands }) => {
    const targets = target ? [target] : await allPairs(commands);
    for (const one of targets) await commands.pause({ target: one, durationMs });
    return targets;
  });
  for (const id of targets.map(formatTarget)) tellPaused(id, until, options, output);
  return ExitCode.ok;
}

function tellPaused(id: string, until: number | null, options: CommonOptions, output: Output): void {
  output.event('paused', { target: id, until });
  const end = until === null ? '' : ` until ${timeText(until, Date.now())}`;
  const [what, argument] = id === 'all' ? ['Everything', '--all'] : [id, id];
  output.line(`${what} is paused${end}. Go on with: boxcar resume ${argument}${homeArgument(options)}`);
}

function refuseTarget(target: Target | undefined): void {
  if (!target) return;
  throw new CommandError(ExitCode.usage, `--all is everything: leave ${formatTarget(target)} out, or --all.`);
}

/** `boxcar resume --all`: takes a pause of everything back. */
export async function resumeAll(target: Target | undefined, options: CommonOptions, output: Output): Promise<ExitCode> {
  refuseTarget(target);
  const { rule, running } = await withBoxcar(boxcarOptions(output.io, options, false), async (boxcar) => {
    await boxcar.commands.resumeAll({});
    return { rule: (await boxcar.commands.settings({})).now, running: boxcar.kind === 'attached' };
  });
  output.event('resumed', { target: 'all' });
  const held = pauseText(rule, Date.now());
  if (held !== null) output.line(`Nothing goes up yet: everything is ${held}.`);
  else output.line(running ? 'Everything goes on.' : 'Nothing is paused as a whole any more.');
  return ExitCode.ok;
}

/** `boxcar resume`: goes on with all pairs. */
export async function resumePairs(options: CommonOptions, output: Output): Promise<ExitCode> {
  const { targets, running } = await withBoxcar(boxcarOptions(output.io, options, false), async (boxcar) => {
    const targets = await allPairs(boxcar.commands);
    for (const target of targets) await boxcar.commands.resume({ target });
    return { targets, running: boxcar.kind === 'attached' };
  });
  for (const target of targets) tellGoingOn('resume', target, output);
  if (!running) output.line(runHint(options));
  return ExitCode.ok;
}

async function allPairs(commands: Commands): Promise<Target[]> {
  const pairs = await commands.pairs({});
  if (pairs.length > 0) return pairs.map(({ id }) => ({ kind: 'pair', id }));
  throw new CommandError(ExitCode.usage, `${noPairsText}. For an upload, name it (j7 or t41).`);
}

/**
 * `boxcar resume PAIR|JOB|TRANSFER` and `boxcar retry PAIR|JOB|TRANSFER|TRANSFER:PART`: tells the running app; where none runs this command
 * is the app, and goes on with the job in the foreground. What belongs to a pair is noted in the ledger, and `boxcar run` goes on with it.
 */
export async function goOn(
  action: 'resume' | 'retry',
  target: Target,
  options: CommonOptions,
  output: Output,
): Promise<ExitCode> {
  const opening = boxcarOptions(output.io, options, false);
  const id = formatTarget(target);
  const told = await withBoxcar(opening, async (boxcar) => {
    const attached = boxcar.kind === 'attached';
    if (!attached && !(await isOfPair(boxcar.commands, target))) return false;
    await boxcar.commands[action]({ target });
    tellGoingOn(action, target, output);
    if (!attached) output.line(runHint(options));
    return true;
  });
  if (told) return ExitCode.ok;
  output.line(`No Boxcar was running: this one goes on with ${id}.`);
  return runJob({
    boxcar: opening,
    output,
    start: async ({ commands }) => {
      const jobId = target.kind === 'job' ? target.id : (await commands.transfer({ transferId: target.id })).jobId;
      if (jobId === null) throw new CommandError(ExitCode.failed, `${id} belongs to no upload.`);
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

/** `boxcar next TRANSFER`: it goes up before all that wait. Where no Boxcar runs, it does so when one goes on. */
export async function next(target: Target, options: CommonOptions, output: Output): Promise<ExitCode> {
  const id = formatTarget(target);
  const { refused, running } = await withBoxcar(boxcarOptions(output.io, options, false), async (boxcar) => {
    // That there is one: else it is wrong usage.
    await boxcar.commands.transfer({ transferId: target.id });
    const told = await boxcar.commands.act({ action: 'next', on: { targets: [target] } });
    return { refused: told.refused[0], running: boxcar.kind === 'attached' };
  });
  if (refused) throw new CommandError(ExitCode.failed, refused.message);
  output.event('next', { target: id });
  output.line(`${id} goes up next${running ? '' : ', once a Boxcar runs'}.`);
  return ExitCode.ok;
}

async function isOfPair(commands: Commands, target: Target): Promise<boolean> {
  if (target.kind === 'pair') return true;
  return target.kind !== 'job' && (await commands.transfer({ transferId: target.id })).pairId !== null;
}

function tellGoingOn(action: 'resume' | 'retry', target: Target, output: Output): void {
  const id = formatTarget(target);
  output.event(action === 'resume' ? 'resumed' : 'retried', { target: id });
  output.line(action === 'resume' ? `${id} goes on.` : `${id} is tried again.`);
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
    if (!options.yes && canAsk(output) && !(await ask(`${meaning}\nAbort it?`, output))) {
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
