import { formatTarget, type Target } from '../../../shared/ids.ts';
import type { PairSummary, VerifyResult } from '../../../shared/pair-model.ts';
import { ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { boxcarOptions, withBoxcarUntilInterrupted, type CommonOptions } from '../session.ts';
import { count, printable } from '../text.ts';
import { noPairsText } from './pairs.ts';

/** `boxcar verify [PAIR] [--full]`: compares with Box by SHA-1. Fails if anything is missing, different, extra or unreadable. */
export async function verify(
  target: Target | undefined,
  options: CommonOptions & { full?: boolean },
  output: Output,
): Promise<ExitCode> {
  // Listens while it works, so that other commands go through it and need not wait.
  const opening = boxcarOptions(output.io, options, false);
  return withBoxcarUntilInterrupted(opening, async ({ commands }) => {
    const chosen = target ? [await commands.pair({ pairId: target.id })] : await commands.pairs({});
    if (chosen.length === 0) output.note(noPairsText);
    let differs = false;
    for (const pair of chosen) {
      if (output.live()) output.note(`Comparing ${printable(pair.path)} with Box; Ctrl-C ends it.`);
      const result = await commands.verify({ pairId: pair.id, full: options.full ?? false });
      const { missing, different, extra, unreadable } = result;
      if (missing + different + extra + unreadable > 0) differs = true;
      tell(pair, result, output);
    }
    return differs ? ExitCode.failed : ExitCode.ok;
  });
}

function tell({ id: pairId, path, target }: PairSummary, result: VerifyResult, output: Output): void {
  const id = formatTarget({ kind: 'pair', id: pairId });
  const { differences, ...counts } = result;
  for (const difference of differences) {
    output.event('difference', { pair: id, ...difference });
    output.line(
      `${difference.what.padEnd(10)}  ${printable(difference.path)}  ${printable(difference.detail)}`.trimEnd(),
    );
  }
  output.event('verified', { pair: id, path, target, ...counts });
  const { files, equal, hashed, missing, different, extra, unreadable } = counts;
  const all = missing + different + extra + unreadable;
  if (all > differences.length) output.line(`and ${count(all - differences.length, 'more difference')}.`);
  const parts = [
    `${equal.toLocaleString('en-US')} of ${count(files, 'file')} equal`,
    missing > 0 && `${missing.toLocaleString('en-US')} missing on Box`,
    different > 0 && `${different.toLocaleString('en-US')} different`,
    extra > 0 && `${extra.toLocaleString('en-US')} only on Box`,
    unreadable > 0 && `${unreadable.toLocaleString('en-US')} that cannot be compared`,
  ].filter(Boolean);
  output.line(
    `${id}  ${printable(path)} -> ${printable(target)}: ${parts.join(', ')}; ${count(hashed, 'file')} read for it.`,
  );
}
