import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { ifExistsSchema, type IfExists } from '../../../shared/model.ts';
import { deletionRuleSchema, removedRuleSchema, type PairChanges } from '../../../shared/pair-model.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { duration, several, wholeNumber } from '../option-values.ts';
import { printable } from '../text.ts';

/** What the options of a pair are called on the command line. */
export interface PairOptionValues {
  conflicts?: IfExists;
  deletions?: 'keep' | 'trash';
  removedOnBox?: 'ask' | 'upload' | 'leave';
  ignore?: string[];
  ignoreFrom?: string;
  builtInRules?: boolean;
  settle?: number;
  scrubDays?: number;
}

/** The options of a pair, for the commands that take them; none has a default here, since `set` changes what is named alone. */
export function addPairOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--conflicts <what>', 'a file that somebody else changed on Box (default: keep-both)').choices(
        ifExistsSchema.options,
      ),
    )
    .addOption(
      new Option('--deletions <what>', "Box's copy of a file deleted here (default: keep)").choices(
        deletionRuleSchema.options,
      ),
    )
    .addOption(
      new Option('--removed-on-box <what>', 'a file that somebody removes on Box (default: ask)').choices(
        removedRuleSchema.options,
      ),
    )
    .option('--ignore <rule>', 'a line in gitignore syntax; may be given several times', several)
    .option('--ignore-from <file>', 'rules from a file')
    .option('--built-in-rules', 'leave out what systems and editors leave behind (default)')
    .option('--no-built-in-rules', 'take .DS_Store, Thumbs.db, temporary files of editors and the like as well')
    .option(
      '--settle <duration>',
      'how long a file must have been still before it goes up (default: 2s)',
      duration({ ms: 0, text: '0s' }, { ms: 3_600_000, text: '1h' }),
    )
    .option(
      '--scrub-days <n>',
      'read quiet files again after so many days; 0: never (default: 30)',
      wholeNumber(0, 3650),
    );
}

/**
 * The options that were given, as the engine takes them. `--ignore` and `--ignore-from` are one list, which replaces the one before.
 * @throws CommandError `usage` for a file of rules that can't be read.
 */
export async function pairChanges(values: PairOptionValues): Promise<PairChanges> {
  const { conflicts, deletions, removedOnBox, builtInRules, settle, scrubDays } = values;
  const rules = await rulesOf(values);
  return {
    ...(conflicts === undefined ? {} : { conflicts }),
    ...(deletions === undefined ? {} : { deletions }),
    ...(removedOnBox === undefined ? {} : { removedOnBox }),
    ...(builtInRules === undefined ? {} : { useBuiltInRules: builtInRules }),
    ...(settle === undefined ? {} : { settleMs: settle }),
    ...(scrubDays === undefined ? {} : { scrubDays }),
    ...(rules === undefined ? {} : { rules }),
  };
}

async function rulesOf({ ignore, ignoreFrom }: PairOptionValues): Promise<string | undefined> {
  if (ignore === undefined && ignoreFrom === undefined) return undefined;
  const fromFile =
    ignoreFrom === undefined
      ? ''
      : await readFile(ignoreFrom, 'utf8').catch((error: NodeJS.ErrnoException) => {
          throw new CommandError(
            ExitCode.usage,
            `The rules in ${printable(ignoreFrom)} cannot be read: ${error.code ?? error.message}.`,
          );
        });
  return [fromFile.replace(/^\ufeff/, '').trimEnd(), ...(ignore ?? [])].filter((line) => line !== '').join('\n');
}

/**
 * The absolute path of a folder that is to be kept up to date. The engine looks closer; this is what needs no engine.
 * @throws CommandError `usage` with the remedy.
 */
export async function localFolder(given: string): Promise<string> {
  // An empty variable in a script, which would be the working folder.
  if (given === '') throw new CommandError(ExitCode.usage, 'The path of the folder is empty.');
  const path = resolve(given);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const missing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
    const why = missing ? 'does not exist' : `cannot be looked at: ${error.code ?? error.message}`;
    throw new CommandError(ExitCode.usage, `${printable(path)} ${why}.`);
  });
  if (found.isDirectory()) return path;
  throw new CommandError(
    ExitCode.usage,
    `${printable(path)} is not a folder. For single files: boxcar upload PATH... --to FOLDER`,
  );
}
