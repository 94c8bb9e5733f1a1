import { commandAccounts, chosenAccount } from '../account.ts';
import { ExitCode } from '../exit-code.ts';
import type { Output } from '../output.ts';
import type { CommonOptions } from '../session.ts';
import { printable, table } from '../text.ts';

const kinds = { oauth: 'signed in with Box', 'client-credentials': 'client credentials', token: 'access token' };

/** `boxcar accounts`: who is signed in; asks neither Box nor the keychain. */
export function accounts(options: CommonOptions, output: Output): ExitCode {
  const known = commandAccounts(output.io, options);
  const chosen = chosenAccount(output.io, options)?.account.id;
  const list = known.list();
  for (const { id, kind, name, login, clientId, store, signIn, endpoints } of list) {
    const folder = known.homeOf(id);
    const account = { account: name, login, kind, signIn, store, clientId, api: endpoints.api, folder };
    output.event('account', { ...account, isDefault: id === chosen });
  }
  const states = { in: 'signed in', out: 'signed out', refused: 'Box wants a new sign-in: boxcar login' };
  const rows = list.map(({ id, name, login, kind, store, signIn }) => [
    id === chosen ? '*' : ' ',
    printable(name),
    printable(login),
    kinds[kind],
    states[signIn],
    `in the ${store}`,
  ]);
  for (const line of table(rows)) output.line(line);
  if (list.length === 0) output.line('There are no accounts yet: boxcar login');
  if (chosen === undefined && output.io.env['BOXCAR_TOKEN']?.trim()) {
    output.line('Commands without --account use BOXCAR_TOKEN.');
  }
  return ExitCode.ok;
}
