import type { Accounts } from '../app/accounts/accounts.ts';
import { builtInApp, type OAuthApp } from '../app/accounts/built-in-app.ts';
import { registeredRedirectUri } from '../app/accounts/redirect-listener.ts';

import { askHidden, askText, canAskHidden } from './ask.ts';
import { CommandError, ExitCode } from './exit-code.ts';
import type { Output } from './output.ts';

const guide = `Box lets no app in without a secret, so sign-in needs a Box app of your own, made once:
  1. Open https://app.box.com/developers/console and choose "Create Platform App", "Custom App".
  2. Choose "User Authentication (OAuth 2.0)" and give it any name.
  3. Under "Configuration", add the redirect URI ${registeredRedirectUri}
  4. Tick "Write all files and folders stored in Box", and save.
  5. Copy the client id and the client secret from the same page to here.`;

/** The Box app to sign in with: the one named, that of the environment or the build, one that an account was signed in with, or one that is entered now. */
export async function appForLogin(accounts: Accounts, named: string | undefined, output: Output): Promise<OAuthApp> {
  const { env } = output.io;
  const builtIn = named === undefined ? builtInApp() : undefined;
  const given = named ?? env['BOXCAR_CLIENT_ID']?.trim() ?? '';
  const secret = env['BOXCAR_CLIENT_SECRET']?.trim() ?? '';
  if (given !== '' && secret !== '') return { clientId: given, clientSecret: secret };
  if (given === '' && builtIn) return builtIn;
  for (const { id, kind, clientId, signIn } of accounts.list()) {
    if (kind === 'token' || signIn === 'out' || (given !== '' && given !== clientId)) continue;
    const app = await accounts.appOf(id).catch(() => undefined);
    if (app) return app;
  }
  output.note(guide);
  if (!canAskHidden(output)) {
    throw new CommandError(
      ExitCode.usage,
      'Sign-in needs a Box app of your own. Without a terminal to ask on: --client-id ID, and the secret in BOXCAR_CLIENT_SECRET.',
    );
  }
  const clientId = given || (await askText('Client id:', output));
  const clientSecret = clientId && (await askHidden('Client secret:', output));
  if (!clientId || !clientSecret) throw new CommandError(ExitCode.usage, 'Without both there is no sign-in.');
  return { clientId, clientSecret };
}
