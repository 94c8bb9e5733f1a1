import { setTimeout as delay } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import { attachBoxcar, type Boxcar } from '../../app/open-boxcar.ts';
import { formatOwner, formatTarget } from '../../../shared/ids.ts';
import type { JobState, JobSummary, TransferRow } from '../../../shared/model.ts';
import type { PairSummary } from '../../../shared/pair-model.ts';
import { problems } from '../../../shared/problem-table.ts';
import type { TrafficRule } from '../../../shared/settings.ts';
import { endStates, transferStates } from '../../../shared/transfer-state.ts';
import { formatBytes } from '../../../shared/units.ts';
import { ExitCode } from '../exit-code.ts';
import { homeArgument } from '../hints.ts';
import type { Output } from '../output.ts';
import { countsText, fractionOf } from '../report/progress-text.ts';
import { pairLines } from '../report/pair-text.ts';
import { doneText, stateText } from '../report/transfer-text.ts';
import { pauseLine } from '../report/whole-pause.ts';
import { boxcarOptions, isAppGone, withBoxcar, type CommonOptions } from '../session.ts';
import { count, cutEnd, cutMiddle, printable, table } from '../text.ts';
import { pairFields, runHint } from './pairs.ts';

const watchEveryMs = 1000;
const shownTransfers = 40;

const jobLabels: Record<JobState, string> = {
  scanning: 'reading the folders',
  active: 'uploading',
  paused: 'paused',
  blocked: 'stopped by a problem',
  stopped: 'unfinished, not running',
  done: 'done',
  aborted: 'aborted',
};

interface Status {
  /** The app that was asked; null where none runs and the ledger itself was read. */
  app: number | null;
  /** What holds at the moment of limit, schedule and pause. */
  rule: TrafficRule;
  pairs: PairSummary[];
  jobs: JobSummary[];
  transfers: TransferRow[];
  /** More transfers than these. */
  more: boolean;
}

/** `boxcar status`: folder pairs, jobs and live transfers, of the running app or of the ledger. */
export async function status(options: CommonOptions & { watch?: boolean }, output: Output): Promise<ExitCode> {
  const opening = boxcarOptions(output.io, options, true);
  const limit = output.json ? Infinity : shownTransfers;
  if (!options.watch) {
    show(await withBoxcar(opening, (boxcar) => readStatus(boxcar, limit)), options, output);
    return ExitCode.ok;
  }
  // An engine of its own would hold the ledger's lock all the while: it is opened once, and then the app is waited for.
  let last = await withBoxcar(opening, (boxcar) => readStatus(boxcar, limit));
  const draw = watcher(options, output);
  for (;;) {
    draw(last);
    await delay(watchEveryMs);
    const boxcar = await attachBoxcar(opening);
    if (!boxcar) {
      if (last.app !== null) last = await withBoxcar(opening, (own) => readStatus(own, limit));
      continue;
    }
    try {
      for (;;) {
        last = await readStatus(boxcar, limit);
        draw(last);
        await delay(watchEveryMs);
      }
    } catch (error) {
      if (!isAppGone(error, boxcar)) throw error;
    } finally {
      await boxcar.close();
    }
  }
}

async function readStatus(boxcar: Boxcar, limit: number): Promise<Status> {
  const { commands } = boxcar;
  const { now: rule } = await commands.settings({});
  const pairs = await commands.pairs({});
  const jobs = await commands.jobs({});
  const states = transferStates.filter((state) => !endStates.includes(state) && state !== 'queued');
  const transfers: TransferRow[] = [];
  let more = false;
  for (let after = 0; !more;) {
    const page = await commands.transfers({ states, after, limit: Math.min(limit + 1, 1000) });
    transfers.push(...page);
    const last = page.at(-1);
    if (!last || page.length < 1000) break;
    after = last.id;
    more = transfers.length > limit;
  }
  more = transfers.length > limit;
  return {
    app: boxcar.kind === 'attached' ? boxcar.pid : null,
    rule,
    pairs,
    jobs,
    transfers: transfers.slice(0, limit),
    more,
  };
}

function watcher(options: CommonOptions, output: Output): (status: Status) => void {
  if (!output.live()) return (status) => show(status, options, output);
  const update = createLogUpdate(output.io.stdout);
  return (status) => {
    const { columns = 80, rows = 24 } = output.io.stdout;
    const lines = statusLines(status, options, columns).slice(0, Math.max(1, rows - 1));
    update(lines.map((line) => cutEnd(line, columns - 1)).join('\n'));
  };
}

function show(status: Status, options: CommonOptions, output: Output): void {
  if (!output.json) {
    return statusLines(status, options, output.io.stdout.columns ?? 120).forEach((line) => output.line(line));
  }
  for (const pair of status.pairs) output.event('pair', pairFields(pair));
  for (const job of status.jobs) {
    output.event('job', { job: formatTarget({ kind: 'job', id: job.id }), ...job, id: undefined });
  }
  for (const transfer of status.transfers) output.event('transfer', transferFields(transfer));
  const { app, rule, pairs, jobs, transfers } = status;
  const counts = { pairs: pairs.length, jobs: jobs.length, transfers: transfers.length };
  output.event('status', { app, now: rule, ...counts });
}

/** A transfer as an event: its id carries its kind, and its job's too. */
export function transferFields({ id, jobId, pairId, ...row }: TransferRow): object {
  const owner = formatOwner({ jobId, pairId });
  return { transfer: formatTarget({ kind: 'transfer', id }), [pairId === null ? 'job' : 'pair']: owner, ...row };
}

function statusLines(status: Status, options: CommonOptions, columns: number): string[] {
  const { app, rule, pairs, jobs, transfers, more } = status;
  const lines = [app === null ? 'No Boxcar is running on this data folder.' : `Boxcar is running (process ${app}).`];
  if (rule.paused) lines.push(pauseLine(rule, Date.now()));
  if (pairs.length > 0) {
    const now = Date.now();
    lines.push('', ...pairs.flatMap((pair) => pairLines(pair, now, homeArgument(options))));
    if (app === null) lines.push(runHint(options));
  } else if (jobs.length === 0) {
    lines.push('There are no uploads yet: boxcar upload PATH... --to FOLDER');
    lines.push('There are no folder pairs yet: boxcar add DIR --to FOLDER');
  }
  if (jobs.length > 0) lines.push('');
  for (const job of jobs.slice(-20)) lines.push(...jobLines(job, columns));
  if (jobs.length > 20) lines.push(`${count(jobs.length - 20, 'older job')} not shown; --json has all.`);
  if (transfers.length === 0) return lines;
  const now = Date.now();
  const rows = transfers.map((row) => [
    formatTarget({ kind: 'transfer', id: row.id }),
    cutMiddle(printable(row.path), Math.max(16, Math.floor(columns * 0.4))),
    formatBytes(row.sizeBytes),
    stateText(row, now),
    doneText(row),
  ]);
  return [...lines, '', ...table(rows), ...(more ? ['More transfers are under way; --json has all.'] : [])];
}

function jobLines(job: JobSummary, columns: number): string[] {
  const id = formatTarget({ kind: 'job', id: job.id });
  const percent = `${Math.floor(fractionOf(job) * 100)} %`;
  const room = Math.max(20, columns - job.target.length - 12);
  const paths = cutMiddle(job.paths.map(printable).join(', '), room);
  const lines = [
    `${id}  ${jobLabels[job.state]}, ${percent}: ${countsText(job)}, ${formatBytes(job.doneBytes)} of ${formatBytes(job.totalBytes)}`,
    `    ${paths} -> ${printable(job.target)}`,
  ];
  if (job.problem) lines.push(`    ${problems[job.problem.code].title}. ${problems[job.problem.code].remedy}`);
  return lines;
}
