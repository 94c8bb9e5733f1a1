import { formatTarget, type Target } from '../../../shared/ids.ts';
import { ask, canAsk } from '../ask.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { sayWhileSilent } from '../first-answer.ts';
import { homeArgument } from '../hints.ts';
import type { Output } from '../output.ts';
import { boxcarOptions, withBoxcar, type CommonOptions } from '../session.ts';
import { count, printable } from '../text.ts';
import { localFolder, pairChanges, type PairOptionValues } from './pair-options.ts';

/** `boxcar add DIR --to FOLDER` */
export async function add(
  given: string,
  options: CommonOptions & PairOptionValues & { to: string },
  output: Output,
): Promise<ExitCode> {
  const opening = boxcarOptions(output.io, options, false);
  const path = await localFolder(given);
  const changes = await pairChanges(options);
  const pair = await withBoxcar(opening, async ({ commands }) => {
    const adding = commands.addPair({ path, target: options.to, options: changes });
    const { pairId } = await sayWhileSilent(adding, (text) => output.note(text));
    return commands.pair({ pairId });
  });
  const id = formatTarget({ kind: 'pair', id: pair.id });
  const kept = pair.state !== 'stopped';
  const { path: real, target, targetFolderId } = pair;
  output.event('added', { pair: id, path: real, target, targetFolderId, options: pair.options, kept });
  output.line(`${id}: ${printable(real)} -> ${printable(target)}`);
  // An app that uploads something else in the foreground keeps no pairs.
  if (!kept) output.line(`Nothing keeps it up to date yet; this does: boxcar run${homeArgument(options)}`);
  return ExitCode.ok;
}

/** `boxcar set PAIR [options]`: changes what is named, and nothing else. */
export async function setPair(
  { id: pairId }: Target,
  options: CommonOptions & PairOptionValues,
  output: Output,
): Promise<ExitCode> {
  const opening = boxcarOptions(output.io, options, false);
  const changes = await pairChanges(options);
  const id = formatTarget({ kind: 'pair', id: pairId });
  if (Object.keys(changes).length === 0) {
    throw new CommandError(
      ExitCode.usage,
      `Nothing was changed: name an option, such as --deletions trash ("boxcar set --help").`,
    );
  }
  const { options: now } = await withBoxcar(opening, async ({ commands }) => {
    await commands.setPair({ pairId, options: changes });
    return commands.pair({ pairId });
  });
  output.event('set', { pair: id, options: now });
  output.line(`${id} is changed.`);
  return ExitCode.ok;
}

/** `boxcar remove PAIR`: says what it means, and asks on a terminal. */
export async function remove(
  { id: pairId }: Target,
  options: CommonOptions & { yes?: boolean },
  output: Output,
): Promise<ExitCode> {
  const id = formatTarget({ kind: 'pair', id: pairId });
  if (!options.yes && !canAsk(output)) {
    throw new CommandError(
      ExitCode.usage,
      `${id} was not removed, since there is no terminal to ask on: add --yes to remove it without asking.`,
    );
  }
  return withBoxcar(boxcarOptions(output.io, options, false), async ({ commands }) => {
    const { path, target, counts } = await commands.pair({ pairId });
    const meaning =
      `Removing ${id} (${printable(path)} -> ${printable(target)}): it is no longer kept up to date, and ` +
      `${count(counts.pending, 'file')} not sent yet will not go up. Local files, what is on Box and the receipts stay.`;
    if (!options.yes && !(await ask(`${meaning}\nRemove it?`, output))) {
      output.note('Nothing was removed.');
      return ExitCode.failed;
    }
    await commands.removePair({ pairId });
    output.event('removed', { pair: id, path, target });
    output.line(`${id} is removed. ${printable(path)} and what is on Box stay as they are.`);
    return ExitCode.ok;
  });
}
