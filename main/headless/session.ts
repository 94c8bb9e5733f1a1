import { endpointsFrom } from '../app/endpoints.ts';
import { openBoxcar, type Boxcar, type OpenBoxcarOptions } from '../app/open-boxcar.ts';
import { keptProxy } from '../app/shell/kept-proxy.ts';
import { environmentTokens } from '../app/token-provider.ts';
import { dataFolderPath } from '../platform/data-folder.ts';
import type { LogLevel } from '../platform/log.ts';
import { orAborted } from '../platform/wait.ts';
import { CallError } from '../../shared/call-error.ts';
import { chosenAccount } from './account.ts';
import { ExitCode } from './exit-code.ts';
import { onInterrupt } from './interrupt.ts';
import type { Io } from './output.ts';

/** Options that every command has. */
export interface CommonOptions {
  home?: string;
  /** Name of an account; absent: BOXCAR_TOKEN, or else the account that was chosen last. */
  account?: string;
  json?: boolean;
  logLevel: LogLevel;
}

export interface PaceOptions {
  uploadsPerMinute?: number;
  callsPerMinute?: number;
}

/** How the data folder of a command is opened: that of its account. @throws CallError `usage` for an account that isn't there */
export function boxcarOptions(io: Io, options: CommonOptions & PaceOptions, readOnly: boolean): OpenBoxcarOptions {
  const common = baseOptions(io, options, readOnly);
  const chosen = chosenAccount(io, options);
  if (!chosen) return common;
  const { accounts, account } = chosen;
  return { ...common, home: accounts.homeOf(account.id), ...accounts.open(account.id) };
}

/** The same for those that see to accounts themselves: the data folder of them all. */
export function baseOptions(io: Io, options: CommonOptions & PaceOptions, readOnly: boolean): OpenBoxcarOptions {
  const home = dataFolderPath(options.home, io.env);
  return {
    home,
    endpoints: endpointsFrom(io.env),
    readOnly,
    uploadsPerMinute: options.uploadsPerMinute,
    callsPerMinute: options.callsPerMinute,
    logLevel: options.logLevel,
    tokens: environmentTokens(io.env),
    env: io.env,
    proxyFor: keptProxy(home, io.env),
    ...(io.entries?.engine ? { engineEntry: io.entries.engine } : {}),
  };
}

/** How long the engine may take to stop once Ctrl-C was pressed: the process is to end within a second. */
export const interruptGraceMs = 500;

/** How often a command whose app ends under it looks for another one, or becomes the app itself. */
const attempts = 3;

/** Opens the data folder for a short command and closes it again; asks once more where the app attached to ends meanwhile. */
export async function withBoxcar<T>(options: OpenBoxcarOptions, work: (boxcar: Boxcar) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const boxcar = await openBoxcar(options);
    try {
      return await work(boxcar);
    } catch (error) {
      if (!isAppGone(error, boxcar) || attempt >= attempts) throw error;
    } finally {
      await boxcar.close();
    }
  }
}

/** Whether an error means that the app which the command was attached to has ended. */
export function isAppGone(error: unknown, boxcar: Boxcar): boolean {
  return boxcar.kind === 'attached' && error instanceof CallError && error.code === 'link-lost';
}

/** {@link withBoxcar} for work that takes long: Ctrl-C ends it within a second, with the exit code of an interruption. */
export async function withBoxcarUntilInterrupted(
  options: OpenBoxcarOptions,
  work: (boxcar: Boxcar) => Promise<ExitCode>,
): Promise<ExitCode> {
  const interrupt = onInterrupt();
  const { signal } = interrupt;
  try {
    for (let attempt = 1; ; attempt += 1) {
      const boxcar = await openBoxcar({ ...options, signal });
      try {
        return await orAborted(work(boxcar), signal);
      } catch (error) {
        if (signal.aborted || !isAppGone(error, boxcar) || attempt >= attempts) throw error;
      } finally {
        await boxcar.close(signal.aborted ? interruptGraceMs : undefined);
      }
    }
  } catch (error) {
    if (signal.aborted) return ExitCode.interrupted;
    throw error;
  } finally {
    interrupt.dispose();
  }
}
