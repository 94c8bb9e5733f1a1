/** The first start: who uploads. */
export const firstRun = {
  title: 'Folders to Box, part by part',
  lead: 'Boxcar takes files and folders to Box in parts that survive anything, shows every one of them, and proves what arrived.',
  steps: ['Sign in, or try the sandbox', 'Choose files or a folder', 'See what would happen, and go'],
  sandbox: 'Try the sandbox',
  sandboxHelp:
    'A Box of its own on this machine: nothing leaves it, no account is needed. Files that you upload appear in a folder.',
  sandboxStarting: 'The sandbox is starting…',
  token: 'Use an access token',
  tokenHelp:
    'In the Box developer console (app.box.com/developers/console) open your app, “Configuration”, and generate a developer token. It is valid for an hour and stays in memory.',
  tokenLabel: 'Access token',
  signIn: 'Sign in',
  signingIn: 'Asking Box who you are…',
  again: 'Go on as',
};
