import { chosenAccount, commandAccounts } from '../account.ts';
import { CommandError, ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import type { CommonOptions } from '../session.ts';
import { printable } from '../text.ts';

/** `boxcar logout [ACCOUNT]`: revokes at Box, forgets here; what the account has sent and keeps up to date stays known. */
export async function logout(name: string | undefined, options: CommonOptions, output: Output): Promise<ExitCode> {
  const accounts = commandAccounts(output.io, options);
  const account = name === undefined ? chosenAccount(output.io, options)?.account : accounts.find(name);
  if (!account) {
    throw new CommandError(ExitCode.usage, 'Nobody is signed in here. A token in BOXCAR_TOKEN ends with its variable.');
  }
  const { revoked } = await accounts.signOut(account.id, AbortSignal.timeout(60_000));
  output.event('signed-out', { account: account.name, revoked });
  output.line(`${printable(account.name)} is signed out. Its folder pairs and receipts stay.`);
  if (!revoked) {
    output.note('Box could not be told, so the sign-in ends there by itself after 60 days without use.');
  }
  return ExitCode.ok;
}
