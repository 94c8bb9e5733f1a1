import { statfs } from 'node:fs/promises';
import { openBoxcar, type OpenBoxcarOptions } from '../../app/open-boxcar.ts';
import { isNetworkFileSystem, openDataFolder } from '../../platform/data-folder.ts';
import { CallError } from '../../../shared/call-error.ts';
import type { Check } from '../../../shared/model.ts';
import { formatBytes } from '../../../shared/units.ts';
import { chosenAccount } from '../account.ts';
import { ExitCode } from '../exit-code.ts';
import type { Io, Output } from '../output.ts';
import { boxcarOptions, type CommonOptions } from '../session.ts';
import { printable } from '../text.ts';

/** The ledger of a million files with its log; less makes SQLite fail in the middle of the work. */
const leastFreeBytes = 500_000_000;

/** `boxcar doctor`: what is wrong with the machine or the account, with the remedy. Fails when a check does. */
export async function doctor(options: CommonOptions, output: Output): Promise<ExitCode> {
  const opening = boxcarOptions(output.io, options, true);
  let failures = 0;
  const tell = (check: Check) => {
    if (check.result === 'failure') failures += 1;
    output.event('check', check);
    const mark = {
      ok: output.style('green', 'ok'),
      warning: output.style('yellow', 'warning'),
      failure: output.style('red', 'failure'),
    };
    output.line(`${mark[check.result]}  ${check.name}: ${printable(check.message)}`);
    if (check.remedy && check.result !== 'ok') output.line(`    -> ${check.remedy}`);
  };
  tell({ name: 'node', result: 'ok', message: `${process.version} on ${process.platform}-${process.arch}` });
  for (const check of await folderChecks(opening.home)) tell(check);
  tell(signInCheck(options, opening, output.io));
  for (const check of await engineChecks(opening)) tell(check);
  return failures > 0 ? ExitCode.failed : ExitCode.ok;
}

async function folderChecks(path: string): Promise<Check[]> {
  const name = 'data folder';
  try {
    const home = await openDataFolder(path);
    const { bavail, bsize } = await statfs(home);
    const freeBytes = bavail * bsize;
    const network = await isNetworkFileSystem(home);
    return [
      { name, result: 'ok', message: `${home} can be written` },
      freeBytes < leastFreeBytes
        ? {
            name: 'disk',
            result: 'warning',
            message: `only ${formatBytes(freeBytes)} free at the data folder`,
            remedy: 'Make room, or choose another data folder with --home.',
          }
        : { name: 'disk', result: 'ok', message: `${formatBytes(freeBytes)} free at the data folder` },
      network
        ? {
            name: 'file system',
            result: 'warning',
            message: 'the data folder lies on a network file system, where locks are less sure and writing is slower',
            remedy: 'Choose a data folder on a local disk with --home.',
          }
        : { name: 'file system', result: 'ok', message: 'local' },
    ];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ name, result: 'failure', message, remedy: 'Choose a folder that you may write with --home.' }];
  }
}

function signInCheck(options: CommonOptions, { tokens, endpoints }: OpenBoxcarOptions, io: Io): Check {
  const name = 'sign-in';
  const chosen = chosenAccount(io, options);
  if (chosen) {
    const { name: label, store, signIn } = chosen.account;
    const message = `${label}, kept in the ${store === 'file' ? 'file under a passphrase' : store}, for ${endpoints.api}`;
    if (signIn === 'in') return { name, result: 'ok', message };
    return { name, result: 'failure', message: `${label} is signed out`, remedy: 'Sign in again: boxcar login' };
  }
  if (tokens.hasToken()) return { name, result: 'ok', message: `BOXCAR_TOKEN is set, for ${endpoints.api}` };
  return {
    name,
    result: 'failure',
    message: 'nobody is signed in, and BOXCAR_TOKEN is not set',
    remedy: 'Sign in: boxcar login. Or try the sandbox: boxcar sandbox --root DIR',
  };
}

async function engineChecks(opening: OpenBoxcarOptions): Promise<Check[]> {
  try {
    const boxcar = await openBoxcar(opening);
    try {
      const running =
        boxcar.kind === 'attached' ? `Boxcar runs (process ${boxcar.pid}) and answers` : 'no Boxcar is running';
      return [
        { name: 'control socket', result: 'ok', message: running },
        { name: 'ledger', result: 'ok', message: 'can be opened' },
        ...(await boxcar.commands.doctor({})),
      ];
    } finally {
      await boxcar.close();
    }
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return [{ name: 'engine', result: 'failure', message: error.message }];
  }
}
