import { formatTarget, type Target } from '../../../shared/ids.ts';
import type { Commands } from '../../app/engine-host.ts';
import { ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { reportFailures } from '../report/summary.ts';
import { boxcarOptions, withBoxcar, type CommonOptions } from '../session.ts';
import { printable } from '../text.ts';

/** `boxcar problems [PAIR|JOB]`: what is not on Box and why, by cause, with the remedy; of all pairs and jobs without an id. */
export async function problems(target: Target | undefined, options: CommonOptions, output: Output): Promise<ExitCode> {
  const opening = boxcarOptions(output.io, options, true);
  const total = await withBoxcar(opening, async ({ commands }) => {
    let told = 0;
    for (const { id, text } of target ? [await owner(commands, target)] : await owners(commands)) {
      let heading: string | undefined = text;
      told += await reportFailures(output, commands, id, (line) => {
        if (heading !== undefined) output.line(printable(heading));
        heading = undefined;
        output.line(`  ${line}`);
      });
    }
    return told;
  });
  if (total === 0) output.line('Nothing is in the way of any file.');
  return ExitCode.ok;
}

/** Pairs and jobs are numbered together: that there is one is asked by its kind. */
async function owner(commands: Commands, target: Target): Promise<{ id: number; text: string }> {
  if (target.kind === 'pair') await commands.pair({ pairId: target.id });
  else await commands.job({ jobId: target.id });
  return { id: target.id, text: formatTarget(target) };
}

async function owners(commands: Commands): Promise<{ id: number; text: string }[]> {
  const pairs = await commands.pairs({});
  const jobs = await commands.jobs({ unfinishedOnly: false });
  return [
    ...pairs.map(({ id, path, target }) => ({
      id,
      text: `${formatTarget({ kind: 'pair', id })}  ${path} -> ${target}`,
    })),
    ...jobs.map(({ id, paths, target }) => ({
      id,
      text: `${formatTarget({ kind: 'job', id })}  ${paths.join(', ')} -> ${target}`,
    })),
  ];
}
