import { Option, type Command } from 'commander';
import type { Target } from '../../shared/ids.ts';
import { add, remove, setPair } from './commands/add.ts';
import { addPairOptions, type PairOptionValues } from './commands/pair-options.ts';
import { pairs } from './commands/pairs.ts';
import { preview } from './commands/preview.ts';
import { problems } from './commands/problems.ts';
import { answer, questions } from './commands/questions.ts';
import { rescan } from './commands/rescan.ts';
import { run } from './commands/run.ts';
import { verify } from './commands/verify.ts';
import type { ExitCode } from './exit-code.ts';
import { boxFolder, question, target } from './option-values.ts';
import type { Output } from './output.ts';
import type { CommonOptions, PaceOptions } from './session.ts';

/** What the description of a command needs of the whole. */
export interface ProgramParts {
  output: Output;
  /** A new command with the options that all have. */
  command: (nameAndArguments: string, description: string) => Command;
  /** The same with the options of pace. */
  pace: (to: Command) => Command;
  withHome: <T extends CommonOptions>(options: T) => T;
  done: (code: ExitCode) => void;
}

type WithPairOptions = CommonOptions & PairOptionValues;

/** The commands of folder pairs. */
export function describePairs({ output, command, pace, withHome, done }: ProgramParts): void {
  const to = () =>
    new Option('--to <folder>', 'folder on Box: its id, or a /path that is made when missing')
      .argParser(boxFolder)
      .makeOptionMandatory();

  addPairOptions(command('add <dir>', 'a folder pair: DIR is kept up to date on Box').addOption(to())).action(
    async (dir: string, options: WithPairOptions & { to: string }) => done(await add(dir, withHome(options), output)),
  );
  command('pairs', 'the folder pairs: state, counts, how they are watched, open questions').action(
    async (options: CommonOptions) => done(await pairs(withHome(options), output)),
  );
  addPairOptions(command('set', 'change the options of a pair').argument('<pair>', 'p3', target('pair'))).action(
    async (id: Target, options: WithPairOptions) => done(await setPair(id, withHome(options), output)),
  );
  command('remove', 'forget a pair; local files, Box and the receipts stay as they are')
    .argument('<pair>', 'p3', target('pair'))
    .option('-y, --yes', 'do not ask')
    .action(async (id: Target, options: CommonOptions & { yes?: boolean }) =>
      done(await remove(id, withHome(options), output)),
    );
  addPairOptions(
    command('preview <dir>', 'what a first sync would do: counts, bytes, time, names; changes nothing').addOption(to()),
  ).action(async (dir: string, options: WithPairOptions & { to: string }) =>
    done(await preview(dir, withHome(options), output)),
  );
  pace(command('run', 'keep every pair up to date, until Ctrl-C')).action(
    async (options: CommonOptions & PaceOptions) => done(await run(withHome(options), output)),
  );
  command('rescan', 'have the running Boxcar read a folder again now; all of them without PAIR')
    .argument('[pair]', 'p3', target('pair'))
    .action(async (id: Target | undefined, options: CommonOptions) =>
      done(await rescan(id, withHome(options), output)),
    );
  command('verify', 'compare a pair with Box by SHA-1; all of them without PAIR')
    .argument('[pair]', 'p3', target('pair'))
    .option('--full', 'read every file again, also those that have not changed')
    .action(async (id: Target | undefined, options: CommonOptions & { full?: boolean }) =>
      done(await verify(id, withHome(options), output)),
    );
  command('problems', 'what is not on Box and why, by cause, with the remedy; of all pairs and jobs without an id')
    .argument('[id]', 'p3 or j7', target('pair', 'job'))
    .action(async (id: Target | undefined, options: CommonOptions) =>
      done(await problems(id, withHome(options), output)),
    );
  command('questions', 'what waits for you, and the answers it takes').action(async (options: CommonOptions) =>
    done(await questions(withHome(options), output)),
  );
  command('answer', 'answer a question')
    .argument('<question>', 'q12', question)
    .argument('<answer>', 'one of the answers that the question takes')
    .option('--all', 'the same for every open question of the same pair and kind')
    .action(async (id: number, given: string, options: CommonOptions & { all?: boolean }) =>
      done(await answer(id, given, withHome(options), output)),
    );
}
