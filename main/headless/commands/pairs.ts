import type { PairSummary } from '../../../shared/pair-model.ts';
import { formatTarget } from '../../../shared/ids.ts';
import { ExitCode } from '../exit-code.ts';
import { homeArgument } from '../hints.ts';
import type { Output } from '../output.ts';
import { pairLines } from '../report/pair-text.ts';
import { pauseLine } from '../report/whole-pause.ts';
import { boxcarOptions, withBoxcar, type CommonOptions } from '../session.ts';

/** What is said where there are no pairs. */
export const noPairsText = 'There are no folder pairs yet: boxcar add DIR --to FOLDER';

/** `boxcar pairs`: what each pair is doing, how it is watched, and what it waits for. */
export async function pairs(options: CommonOptions, output: Output): Promise<ExitCode> {
  const opening = boxcarOptions(output.io, options, true);
  const { found, rule, running } = await withBoxcar(opening, async (boxcar) => ({
    found: await boxcar.commands.pairs({}),
    rule: (await boxcar.commands.settings({})).now,
    running: boxcar.kind === 'attached',
  }));
  for (const pair of found) output.event('pair', pairFields(pair));
  if (found.length === 0) output.line(noPairsText);
  const now = Date.now();
  if (found.length > 0 && rule.paused) output.line(pauseLine(rule, now));
  for (const pair of found) pairLines(pair, now, homeArgument(options)).forEach((line) => output.line(line));
  if (found.length > 0 && !running) output.line(runHint(options));
  return ExitCode.ok;
}

/** The sentence for pairs that nothing keeps up to date. */
export function runHint(options: CommonOptions): string {
  return `No Boxcar is running; this keeps them up to date: boxcar run${homeArgument(options)}`;
}

/** A pair as an event: its id carries its kind. */
export function pairFields({ id, ...pair }: PairSummary): object {
  return { pair: formatTarget({ kind: 'pair', id }), ...pair };
}
