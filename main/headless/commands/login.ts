import { createInterface } from 'node:readline';
import type { Accounts, Keeping } from '../../app/accounts/accounts.ts';
import type { Account } from '../../app/accounts/accounts-file.ts';
import type { WaitingSignIn } from '../../app/accounts/sign-in.ts';
import { attachBoxcar } from '../../app/open-boxcar.ts';
import { goOnAfterSignIn } from '../../app/shell/continue-work.ts';
import { openShellFile } from '../../app/shell/shell-file.ts';
import { openDataFolder } from '../../platform/data-folder.ts';
import { silentLogger } from '../../platform/log.ts';
import { commandAccounts, realHome } from '../account.ts';
import { appForLogin } from '../app-for-login.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import { onInterrupt } from '../interrupt.ts';
import type { Io, Output } from '../output.ts';
import { baseOptions, type CommonOptions } from '../session.ts';
import { printable } from '../text.ts';
import { openBrowser } from '../ui/open-browser.ts';

export interface LoginOptions extends CommonOptions {
  name?: string;
  clientId?: string;
  /** False with --no-browser. */
  browser: boolean;
  store: 'keychain' | 'file';
  token?: '-';
  clientCredentials?: NonNullable<Account['subject']>;
}

/** `boxcar login`: signs in to Box, and makes the account the one that commands are about. */
export async function login(options: LoginOptions, output: Output): Promise<ExitCode> {
  const interrupt = onInterrupt();
  try {
    await openDataFolder(realHome(output.io, options));
    const accounts = commandAccounts(output.io, options);
    const keeping: Keeping = {
      name: options.name,
      store: options.store,
      signal: interrupt.signal,
      onKeyring: (detail) => output.note(`boxcar: ${detail} Waiting for it; --store file does without.`),
    };
    const account = await signedIn(accounts, keeping, options, output);
    await choose(account, options, output);
    const { name, login: person, store, kind } = account;
    output.event('signed-in', { account: name, login: person, kind, store });
    output.line(`${printable(name)} is signed in.`);
    if (output.io.env['BOXCAR_TOKEN']?.trim()) {
      output.note('BOXCAR_TOKEN is set, and commands use it: unset it, or name the account with --account.');
    }
    return ExitCode.ok;
  } catch (error) {
    if (interrupt.signal.aborted) return ExitCode.interrupted;
    throw withWayOut(error, options);
  } finally {
    interrupt.dispose();
  }
}

async function signedIn(accounts: Accounts, keeping: Keeping, options: LoginOptions, output: Output) {
  if (options.token) {
    const token = (await lineOf(output.io))?.trim();
    if (!token) throw new CommandError(ExitCode.usage, 'There is no token on stdin.');
    return accounts.addToken(token, keeping);
  }
  const app = await appForLogin(accounts, options.clientId, output);
  if (options.clientCredentials) return accounts.addClientCredentials(app, options.clientCredentials, keeping);
  const pasting = new AbortController();
  try {
    return await accounts.signIn(app, {
      ...keeping,
      onWaiting: (waiting) => tellWaiting(waiting, options, output, pasting.signal),
    });
  } finally {
    pasting.abort();
  }
}

function tellWaiting(waiting: WaitingSignIn, options: LoginOptions, output: Output, signal: AbortSignal): void {
  const { url } = waiting;
  const isOpened = options.browser && hasBrowser(output.io.env);
  output.event('sign-in', { url });
  output.line(isOpened ? 'Sign in to Box in the browser. If none opens, go to:' : 'Go to:');
  output.line(`\n  ${url}\n`);
  if (isOpened) openBrowser(url);
  if (isOpened && !output.io.stdin.isTTY) return;
  output.line('With a browser on another machine, paste the address that it is sent to in the end (it begins with');
  output.line('http://127.0.0.1 and shows no page there):');
  const lines = createInterface({ input: output.io.stdin, signal });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    try {
      waiting.paste(line);
    } catch (error) {
      output.note((error as Error).message);
    }
  });
}

function hasBrowser(env: NodeJS.ProcessEnv): boolean {
  return process.platform !== 'linux' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'] || env['BROWSER']);
}

/** It is what the next start shows, and a Boxcar that runs on it goes on with what waited for the sign-in. */
async function choose(account: Account, options: LoginOptions, output: Output): Promise<void> {
  const { io } = output;
  await (await openShellFile(realHome(io, options))).change({ account: account.id });
  const home = commandAccounts(io, options).homeOf(account.id);
  const { endpoints } = account;
  const running = await attachBoxcar({ ...baseOptions(io, options, true), home, endpoints }).catch(() => undefined);
  if (!running) return;
  try {
    await goOnAfterSignIn(running, silentLogger(), AbortSignal.timeout(10_000));
  } finally {
    await running.close();
  }
}

function withWayOut(error: unknown, { store }: LoginOptions): unknown {
  const isKeychain = error instanceof Error && store === 'keychain' && /never kept in plain/.test(error.message);
  if (!isKeychain) return error;
  return new CommandError(
    ExitCode.failed,
    `${error.message} In a file: boxcar login --store file. In memory: boxcar ui, which asks. For one hour: BOXCAR_TOKEN.`,
  );
}

async function lineOf(io: Io): Promise<string | undefined> {
  for await (const line of createInterface({ input: io.stdin })) return line;
  return undefined;
}
