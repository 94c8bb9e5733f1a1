import { Command, CommanderError, Option } from 'commander';
import { CallError } from '../../shared/call-error.ts';
import type { Target } from '../../shared/ids.ts';
import { ifExistsSchema } from '../../shared/model.ts';
import { boxcarVersion } from '../platform/version.ts';
import { logLevels } from '../platform/log.ts';
import { abort, goOn, next, pause, resumeAll, resumePairs, type PauseOptions } from './commands/act.ts';
import { describeAccounts } from './account-program.ts';
import { doctor } from './commands/doctor.ts';
import { limit, type LimitOptions } from './commands/limit.ts';
import { parts } from './commands/parts.ts';
import { receipts } from './commands/receipts.ts';
import { sandbox } from './commands/sandbox.ts';
import { status } from './commands/status.ts';
import type { UiOptions } from './commands/ui.ts';
import { upload, type UploadOptions } from './commands/upload.ts';
import { why } from './commands/why.ts';
import { ExitCode, exitCodeOf } from './exit-code.ts';
import { boxFolder, duration, futureTime, rate, several, size, target, wholeNumber } from './option-values.ts';
import { Output, type Io } from './output.ts';
import { describePairs } from './pair-program.ts';
import type { CommonOptions } from './session.ts';
import { printable } from './text.ts';

const mostSeconds = 315_360_000;
const most = 1_000_000_000;

/**
 * Runs one command line.
 * @param args without the program's name.
 * @returns the exit code; everything that goes wrong is said on stderr, and under --json also as an `error` event.
 */
export async function runCommandLine(args: readonly string[], io: Io): Promise<ExitCode> {
  // Known before the line is parsed: a line that can't be is an error event too.
  const output = new Output(io, args.includes('--json'));
  let exitCode: ExitCode = ExitCode.ok;
  const program = describe(output, (code) => (exitCode = code));
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return ExitCode.ok;
      output.event('error', {
        code: 'usage',
        message: error.message.replace(/^error: /, ''),
        exitCode: ExitCode.usage,
      });
      return ExitCode.usage;
    }
    return tellError(error, output);
  }
}

function tellError(error: unknown, output: Output): ExitCode {
  const exitCode = exitCodeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const problem = error instanceof CallError ? error.problem : undefined;
  const code = error instanceof CallError ? error.code : exitCode === ExitCode.usage ? 'usage' : 'refused';
  output.event('error', { code, message, problem, exitCode });
  output.note(`boxcar: ${printable(message)}`);
  if (exitCode === ExitCode.signIn) {
    output.note(
      'Sign in: boxcar login. Or set BOXCAR_TOKEN to an access token of Box, or try the sandbox: boxcar sandbox --root DIR',
    );
  }
  return exitCode;
}

/** The whole command line; each command hands its exit code to `done`. */
function describe(output: Output, done: (code: ExitCode) => void): Command {
  const program = new Command('boxcar')
    .description('Takes folders to Box in parts that survive anything.')
    .version(boxcarVersion(), '-V, --version')
    .helpCommand('help [command]', 'help for a command')
    .showHelpAfterError('("boxcar --help" lists the commands and options)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.io.stdout.write(text),
      writeErr: (text) => output.io.stderr.write(text),
      getOutHelpWidth: () => output.io.stdout.columns ?? 100,
      getErrHelpWidth: () => output.io.stderr.columns ?? 100,
    })
    .addHelpText('after', environmentHelp);

  const plainCommand = (nameAndArguments: string, description: string) =>
    program
      .command(nameAndArguments)
      .description(description)
      .addOption(new Option('--home <dir>', 'data folder (default: BOXCAR_HOME, or the place of the system)'))
      .addOption(new Option('--json', 'one JSON object a line on stdout, and nothing else there'))
      .addOption(
        new Option('--log-level <level>', 'how much goes to the log in the data folder')
          .choices(logLevels)
          .default('info'),
      );
  const command = (nameAndArguments: string, description: string) =>
    plainCommand(nameAndArguments, description).option(
      '--account <name>',
      'account of "boxcar accounts" (default: BOXCAR_TOKEN, or the one signed in last)',
    );
  const pace = (to: Command) =>
    to
      .option(
        '--uploads-per-minute <n>',
        'uploads a minute (default: 240 for box.com, else no limit)',
        wholeNumber(1, most),
      )
      .option(
        '--calls-per-minute <n>',
        'calls a minute (default: 1000 for box.com, else no limit)',
        wholeNumber(1, most),
      );

  program.option('--home <dir>', 'data folder (default: BOXCAR_HOME, or the place of the system)');
  /** Options before the command's name count as the command's. */
  const withHome = <T extends CommonOptions>(options: T): T => {
    const { home } = program.opts<{ home?: string }>();
    return home === undefined ? options : { home, ...options };
  };

  pace(
    command('upload <path...>', 'upload files and folders; started again it resumes')
      .requiredOption('--to <folder>', 'folder on Box: its id, or a /path that is made when missing', boxFolder)
      .addOption(
        new Option('--if-exists <what>', 'a file on Box with the same name and other content')
          .choices(ifExistsSchema.options)
          .default('version'),
      )
      .option('--strict', 'fail when links, sockets, pipes or devices were skipped')
      .option('--parallel-parts <n>', 'parts that go up at once, 1 to 5', wholeNumber(1, 5)),
  ).action(async (paths: string[], options: UploadOptions) => done(await upload(paths, withHome(options), output)));

  describePairs({ output, command, pace, withHome, done });

  describeAccounts({ output, command: plainCommand, withHome, done });

  command('status', 'folder pairs, jobs and live transfers')
    .option('--watch', 'again every second, until Ctrl-C')
    .action(async (options: CommonOptions & { watch?: boolean }) => done(await status(withHome(options), output)));

  command('parts', 'every part of a transfer: state, attempts, digest, last error')
    .argument('<transfer>', 't41', target('transfer'))
    .action(async (id: Target, options: CommonOptions) => done(await parts(id, withHome(options), output)));

  command('why <path>', 'which rule, state or problem holds a file').action(
    async (path: string, options: CommonOptions) => done(await why(path, withHome(options), output)),
  );

  command('pause', 'pause a pair, a job or a transfer; all pairs without an id')
    .argument('[id]', 'p3, j7 or t41', target('pair', 'job', 'transfer'))
    .option('--all', 'everything, jobs and pairs; it stays so after a restart')
    .option(
      '--for <duration>',
      'for so long, such as 30m',
      duration({ ms: 1000, text: '1s' }, { ms: 31_536_000_000, text: '365d' }),
    )
    .addOption(
      new Option('--until <time>', 'until 18:00 (today or tomorrow), or an ISO time')
        .argParser((text: string) => futureTime(text))
        .conflicts('for'),
    )
    .action(async (id: Target | undefined, options: PauseOptions) => done(await pause(id, withHome(options), output)));
  command('resume', 'go on with a pair, a job or a transfer, or take an abort back; all pairs without an id')
    .argument('[id]', 'p3, j7 or t41', target('pair', 'job', 'transfer'))
    .option('--all', 'take "pause --all" back; what was paused by itself stays so')
    .action(async (id: Target | undefined, options: CommonOptions & { all?: boolean }) => {
      if (options.all) done(await resumeAll(id, withHome(options), output));
      else if (id) done(await goOn('resume', id, withHome(options), output));
      else done(await resumePairs(withHome(options), output));
    });
  command('limit', 'the bandwidth limit of all uploads together; shows it without a rate')
    .argument('[rate]', 'such as 5MB/s or 500kB/s, or off', rate)
    .option(
      '--schedule <rule>',
      'hours of the week with a rule of their own, such as "mon-fri 08:00-18:00 500kB/s" or "daily 22:00-06:00 pause"; ' +
        'repeatable, together they replace the schedule; off: none',
      several,
    )
    .action(async (to: number | 'off' | undefined, options: LimitOptions) =>
      done(await limit(to, withHome(options), output)),
    );
  command('next', 'upload a file before all that wait')
    .argument('<id>', 't41', target('transfer'))
    .action(async (id: Target, options: CommonOptions) => done(await next(id, withHome(options), output)));
  command('retry', 'try what failed again')
    .argument('<id>', 'p3, j7, t41 or t41:12', target('pair', 'job', 'transfer', 'part'))
    .action(async (id: Target, options: CommonOptions) => done(await goOn('retry', id, withHome(options), output)));
  command('abort', 'give up a job or a transfer; what has arrived of it is deleted on Box')
    .argument('<id>', 'j7 or t41', target('job', 'transfer'))
    .option('-y, --yes', 'do not ask')
    .action(async (id: Target, options: CommonOptions & { yes?: boolean }) =>
      done(await abort(id, withHome(options), output)),
    );

  command('receipts', 'proof of every upload: size, SHA-1 here and on Box, file and version id, time')
    .option('--csv', 'as CSV (RFC 4180)')
    .action(async (options: CommonOptions & { csv?: boolean }) => done(await receipts(withHome(options), output)));

  command('doctor', 'what is wrong with this machine or the account, with the remedy').action(
    async (options: CommonOptions) => done(await doctor(withHome(options), output)),
  );

  pace(
    plainCommand('ui', 'the interface in a browser of this machine, until Ctrl-C')
      .option('--port <n>', 'port (default: any free one)', wholeNumber(0, 65_535))
      .option('--no-open', 'only print the link'),
  ).action(async (options: UiOptions) => {
    // Loaded here, so that no other command carries a web server.
    const { ui } = await import('./commands/ui.ts');
    done(await ui(withHome(options), output));
  });

  program
    .command('sandbox')
    .description('a Box of its own on 127.0.0.1, kept in a folder; no account needed')
    .requiredOption('--root <dir>', 'folder that holds the files; made when missing')
    .option('--port <n>', 'port (default: any free one)', wholeNumber(0, 65_535))
    .option('--json', 'print the ready line as JSON')
    .option('--part-size <size>', 'part size of every session, such as 8MiB', size)
    .option('--commit-rounds <n>', 'answer 202 to so many commits of a session', wholeNumber(0, 1_000_000))
    .option('--session-seconds <n>', 'lifetime of upload sessions', wholeNumber(1, mostSeconds))
    .option('--token-seconds <n>', 'lifetime of access tokens', wholeNumber(1, mostSeconds))
    .option('--quota <size>', 'bytes that the account may hold', size)
    .option('--max-file <size>', 'bytes that one file may have', size)
    .option('--session-conflict', 'refuse a second session for the same target')
    .option('--uploads-per-minute <n>', 'answer 429 beyond so many uploads', wholeNumber(1, most))
    .option('--calls-per-minute <n>', 'answer 429 beyond so many calls', wholeNumber(1, most))
    .action(async (options: Record<string, unknown>) => done(await sandbox(options, output)));

  return program;
}

const environmentHelp = `
Environment:
  BOXCAR_TOKEN          access token of Box
  BOXCAR_HOME           data folder
  BOXCAR_CLIENT_ID, BOXCAR_CLIENT_SECRET  your own Box app, for "boxcar login"
  BOXCAR_PASSPHRASE     of a sign-in that is kept in a file
  BOXCAR_API_URL        instead of https://api.box.com/2.0
  BOXCAR_UPLOAD_URL     instead of https://upload.box.com/api/2.0
  BOXCAR_AUTH_URL       instead of https://api.box.com/oauth2
  BOXCAR_AUTHORIZE_URL  instead of https://account.box.com/api/oauth2/authorize

Exit codes:
  0  everything is on Box with the same SHA-1    1  something failed    2  wrong usage
  3  sign-in is needed                           130  interrupted; the same command goes on`;
