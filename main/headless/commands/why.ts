import { resolve } from 'node:path';
import { formatOwner, formatTarget } from '../../../shared/ids.ts';
import { ExitCode } from '../exit-code.ts';
import { problemText, type Output } from '../output.ts';
import { boxcarOptions, withBoxcar, type CommonOptions } from '../session.ts';
import { printable } from '../text.ts';

/** `boxcar why PATH`: which rule, state or problem holds a file. */
export async function why(given: string, options: CommonOptions, output: Output): Promise<ExitCode> {
  const path = resolve(given);
  const opening = boxcarOptions(output.io, options, true);
  const answers = await withBoxcar(opening, ({ commands }) => commands.why({ path }));
  if (answers.length === 0) {
    output.note(`No upload and no folder pair of this data folder covers ${printable(path)}.`);
    return ExitCode.failed;
  }
  for (const { jobId, pairId, transferId, problem, checkedAt, ...answer } of answers) {
    const owner = formatOwner({ jobId, pairId });
    const transfer = transferId === null ? null : formatTarget({ kind: 'transfer', id: transferId });
    output.event('why', { [pairId === null ? 'job' : 'pair']: owner, transfer, problem, checkedAt, ...answer });
    output.line(`${printable(answer.path)}  (${[owner, transfer].filter(Boolean).join(', ')})`);
    output.line(`    ${printable(answer.reason)}`);
    if (problem) output.line(`    ${problemText(problem)}`);
    if (checkedAt !== null) output.line(`    last checked ${new Date(checkedAt).toISOString()}`);
  }
  return ExitCode.ok;
}
