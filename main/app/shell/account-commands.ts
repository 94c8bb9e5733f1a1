import { CallError } from '../../../shared/call-error.ts';
import { diagnosticsText } from './diagnostics.ts';
import type { PageHandlers } from './page-handlers.ts';
import type { Shell } from './shell.ts';

type AccountCommands = Pick<
  PageHandlers,
  | 'shell'
  | 'trySandbox'
  | 'signInWithToken'
  | 'signInWithBox'
  | 'pasteRedirect'
  | 'cancelSignIn'
  | 'unlockAccount'
  | 'signOut'
  | 'switchAccount'
  | 'shellSettings'
  | 'setShellSettings'
  | 'diagnostics'
  | 'showHere'
  | 'boxPage'
>;

/** Commands about the shell itself and its accounts. */
export function accountCommands(shell: Shell): AccountCommands {
  const done = async (work: Promise<void>) => {
    await work;
    return {};
  };
  return {
    shell: () => Promise.resolve(shell.state()),
    trySandbox: () => done(shell.trySandbox()),
    signInWithToken: ({ token }) => done(shell.signInWithToken(token)),
    signInWithBox: (request) => done(shell.signIn.start(request)),
    pasteRedirect: ({ redirect }) => done(Promise.resolve().then(() => shell.signIn.paste(redirect))),
    cancelSignIn: () => done(Promise.resolve(shell.signIn.cancel())),
    unlockAccount: ({ accountId, passphrase }) => done(shell.unlockAccount(accountId, passphrase)),
    signOut: () => done(shell.signOut()),
    switchAccount: ({ accountId }) => done(shell.switchAccount(accountId)),
    shellSettings: () => Promise.resolve(shell.settings()),
    setShellSettings: ({ changes }) => shell.setSettings(changes),
    diagnostics: async () => ({
      name: `boxcar-diagnostics-${new Date().toISOString().slice(0, 10)}.txt`,
      text: await diagnosticsText(shell),
    }),
    showHere: async ({ transferId }) => {
      const { desktop } = shell;
      if (!desktop) throw new CallError('refused', 'A browser cannot show a file of this machine in its folder.');
      const { commands } = await shell.boxcar();
      const { path } = await commands.transfer({ transferId });
      return done(desktop.showFile(path));
    },
    boxPage: ({ kind, id }) => {
      const webPages = shell.account()?.source.webPages ?? null;
      return Promise.resolve({ url: webPages === null ? null : `${webPages}/${kind}/${id}` });
    },
  };
}
