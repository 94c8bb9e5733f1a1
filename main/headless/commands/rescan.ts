import { attachBoxcar } from '../../app/open-boxcar.ts';
import { formatTarget, type Target } from '../../../shared/ids.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { homeArgument } from '../hints.ts';
import type { Output } from '../output.ts';
import { boxcarOptions, type CommonOptions } from '../session.ts';

/** `boxcar rescan [PAIR]`: has the running Boxcar read a folder again now; without a pair all of them. */
export async function rescan(target: Target | undefined, options: CommonOptions, output: Output): Promise<ExitCode> {
  const boxcar = await attachBoxcar(boxcarOptions(output.io, options, false));
  if (!boxcar) {
    throw new CommandError(
      ExitCode.failed,
      `No Boxcar is running. One that starts reads every folder: boxcar run${homeArgument(options)}`,
    );
  }
  try {
    await boxcar.commands.rescan({ pairId: target?.id ?? null });
  } finally {
    await boxcar.close();
  }
  const id = target ? formatTarget(target) : null;
  output.event('rescanning', { pair: id });
  output.line(id === null ? 'All folders are being read again.' : `${id} is being read again.`);
  return ExitCode.ok;
}
