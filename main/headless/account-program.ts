import { Option, type Command } from 'commander';
import { accounts } from './commands/accounts.ts';
import { login, type LoginOptions } from './commands/login.ts';
import { logout } from './commands/logout.ts';
import type { ExitCode } from './exit-code.ts';
import { subject } from './option-values.ts';
import type { Output } from './output.ts';
import type { CommonOptions } from './session.ts';

/** The commands of accounts. `command` makes one with the options that all have. */
export function describeAccounts(parts: {
  output: Output;
  command: (nameAndArguments: string, description: string) => Command;
  withHome: <T extends CommonOptions>(options: T) => T;
  done: (code: ExitCode) => void;
}): void {
  const { output, command, withHome, done } = parts;
  command('login', 'sign in to Box in the browser, with your own Box app')
    .option('--name <name>', 'what to call the account (default: its login on Box)')
    .option('--client-id <id>', 'of the Box app (default: BOXCAR_CLIENT_ID, or the one of last time)')
    .option('--no-browser', 'only print the address, and take the one that the browser is sent to on stdin')
    .addOption(
      new Option('--store <where>', 'where the sign-in is kept').choices(['keychain', 'file']).default('keychain'),
    )
    .addOption(new Option('--token <->', 'an access token on stdin instead').choices(['-']))
    .addOption(
      new Option('--client-credentials <subject>', 'for servers, without a browser: enterprise:ID or user:ID')
        .argParser(subject)
        .conflicts('token'),
    )
    .action(async (options: LoginOptions) => done(await login(withHome(options), output)));
  command('logout', 'end the sign-in at Box and forget it; folder pairs and receipts stay')
    .argument('[account]', 'name of "boxcar accounts" (default: the one signed in last)')
    .action(async (name: string | undefined, options: CommonOptions) =>
      done(await logout(name, withHome(options), output)),
    );
  command('accounts', 'the accounts, and whether they are signed in').action((options: CommonOptions) =>
    done(accounts(withHome(options), output)),
  );
}
