import { formatTarget } from '../../../shared/ids.ts';
import type { JobCounts, JobSummary } from '../../../shared/model.ts';
import { describeProblem, lastRemedy } from '../../../shared/describe-problem.ts';
import type { Problem } from '../../../shared/problem.ts';
import { problems, type ProblemCode } from '../../../shared/problem-table.ts';
import { formatBytes, formatDuration } from '../../../shared/units.ts';
import type { Commands } from '../../app/engine-host.ts';
import { ExitCode } from '../exit-code.ts';
import type { Followed } from '../follow.ts';
import { count, printable } from '../text.ts';
import type { Output } from '../output.ts';

/** More failures of one cause than this are listed under one heading, by path alone. */
const ownLineUpTo = 20;

type Failure = Awaited<ReturnType<Commands['failures']>>[number];

/** Every file and folder of a job or a pair that did not make it, page by page. */
export async function* failuresOf(commands: Commands, ownerId: number): AsyncGenerator<Failure> {
  for (let after = 0; ;) {
    const page = await commands.failures({ ownerId, after, limit: 1000 });
    yield* page;
    // Folders have no id of their own and come with the first page.
    const next = Math.max(after, ...page.map(({ id }) => id));
    if (next === after) return;
    after = next;
  }
}

/**
 * Names every failure with its reason and the remedy, on stderr unless said otherwise, those of one cause together; under --json as
 * events too. Returns how many there are.
 */
export async function reportFailures(
  output: Output,
  commands: Commands,
  ownerId: number,
  say: (line: string) => void = (line) => output.note(line),
): Promise<number> {
  let total = 0;
  const byCause = new Map<ProblemCode, Failure[]>();
  for await (const failure of failuresOf(commands, ownerId)) {
    total += 1;
    const { path, kind, problem } = failure;
    const { title } = problems[problem.code];
    output.event('failure', { path, kind, title, remedy: lastRemedy(problem), problem });
    const failures = byCause.get(problem.code);
    if (failures) failures.push(failure);
    else byCause.set(problem.code, [failure]);
  }
  for (const [code, failures] of byCause) {
    const { title } = problems[code];
    if (code === 'local.not-regular') {
      say(`${count(failures.length, 'special file')} skipped:`);
      for (const { path, problem } of failures) say(`  ${printable(path)}: ${printable(problem.detail)}`);
      continue;
    }
    say(`${title} (${failures.length.toLocaleString('en-US')}):`);
    for (const { path, problem } of failures) {
      say(`  ${printable(path)}${failures.length > ownLineUpTo ? '' : detailOf(problem)}`);
    }
    say(`  -> ${lastRemedy({ code })}`);
  }
  return total;
}

/** What the system or Box said, without what stands in the heading; empty where they said nothing. */
function detailOf({ operation, detail, status, boxCode, requestId }: Problem): string {
  const box = [status, boxCode, requestId && `request ${requestId}`].filter(Boolean);
  if (detail === '' && box.length === 0) return '';
  return printable([`: ${operation}:`, detail, box.length > 0 ? `(${box.join(', ')})` : ''].filter(Boolean).join(' '));
}

/** What the exit code of an upload says: 0 only when every regular file is on Box with the same SHA-1, so one that was left alone on request counts too. */
export function uploadExitCode(followed: Followed, strict: boolean): ExitCode {
  const { end, progress } = followed;
  if (end === 'interrupted') return ExitCode.interrupted;
  if (end === 'blocked' && progress?.job.problem?.code === 'account.sign-in') return ExitCode.signIn;
  if (end !== 'done' || !progress) return ExitCode.failed;
  const { failed, failedFolders, kept, aborted, pending, special } = progress.job.counts;
  const missing = failed + failedFolders + kept + aborted + pending + (strict ? special : 0);
  return missing > 0 ? ExitCode.failed : ExitCode.ok;
}

/** The last lines of an upload: what became of the files, how fast, and where the proof is. */
export function summaryLines(
  followed: Followed,
  run: { durationMs: number; continued: number; receipts: string },
): string[] {
  const { progress, tally } = followed;
  if (!progress) return [];
  const { job, sentBytes, resentBytes } = progress;
  const part = (number: number, outcome: 'sent' | 'adopted' | 'unchanged' | 'kept', text: string) => {
    const bytes = tally.get(outcome)?.bytes ?? 0;
    return number > 0 && `${count(number, 'file')} ${text}${bytes > 0 ? ` (${formatBytes(bytes)})` : ''}`;
  };
  const { counts } = job;
  const files = [
    part(counts.sent, 'sent', 'sent'),
    part(counts.adopted, 'adopted', 'already on Box'),
    part(counts.unchanged, 'unchanged', 'unchanged since the last run'),
    part(counts.kept, 'kept', 'left alone because Box has another file of that name'),
    counts.failed > 0 && `${count(counts.failed, 'file')} failed`,
    counts.failedFolders > 0 && `${count(counts.failedFolders, 'folder')} failed`,
    counts.aborted > 0 && `${count(counts.aborted, 'file')} aborted`,
    counts.pending > 0 && `${count(counts.pending, 'file')} not sent yet`,
    counts.special > 0 && `${count(counts.special, 'special file')} skipped`,
  ].filter(Boolean);
  const lines = [files.length > 0 ? `${files.join(', ')}.` : 'There was nothing to upload.'];
  const speed = run.durationMs > 0 ? `, ${formatBytes((sentBytes / run.durationMs) * 1000)}/s on average` : '';
  const again = resentBytes > 0 ? `, ${formatBytes(resentBytes)} of them again` : '';
  if (sentBytes > 0)
    lines.push(`${formatBytes(sentBytes)} over the wire in ${formatDuration(run.durationMs)}${speed}${again}.`);
  if (run.continued > 0) lines.push(`${count(run.continued, 'upload')} continued from before.`);
  if (counts.sent + counts.adopted + counts.unchanged > 0) lines.push(`Receipts: ${run.receipts}`);
  return lines;
}

/** Why a job ended without being done, for stderr. */
export function endText(followed: Followed, resumeHint: string): string | undefined {
  const { end, progress } = followed;
  const left = progress?.job.counts.pending ?? 0;
  const notSent = left > 0 ? ` ${count(left, 'file')} not sent.` : '';
  switch (end) {
    case 'done':
      return undefined;
    case 'interrupted':
      return `Interrupted; everything that can go on later is kept.${notSent} ${resumeHint}`;
    case 'stopped':
      return `The upload was stopped by another command.${notSent} ${resumeHint}`;
    case 'aborted':
      return `The upload was aborted.${notSent}`;
    case 'blocked': {
      const problem = progress?.job.problem;
      return `The upload stopped: ${problem ? printable(describeProblem(problem)) : 'something concerns every file.'}${notSent} ${resumeHint}`;
    }
  }
}

/** The fields of the `summary` event. */
export function summaryFields(
  followed: Followed,
  run: { durationMs: number; continued: number; exitCode: number },
): object {
  const { progress, end, lost } = followed;
  const job: JobSummary | undefined = progress?.job;
  return {
    job: job ? formatTarget({ kind: 'job', id: job.id }) : null,
    end,
    exitCode: run.exitCode,
    counts: job?.counts ?? (null as JobCounts | null),
    totalBytes: job?.totalBytes ?? null,
    doneBytes: job?.doneBytes ?? null,
    sentBytes: progress?.sentBytes ?? 0,
    resentBytes: progress?.resentBytes ?? 0,
    durationMs: Math.round(run.durationMs),
    continuedFromBefore: run.continued,
    lostOutcomes: lost,
    problem: job?.problem ?? null,
  };
}
