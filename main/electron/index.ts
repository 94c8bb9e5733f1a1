// The desktop app's main process. What must be said before the app is ready is said here, in order; the rest is desktop.ts.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app, protocol } from 'electron';
import { dataFolderPath } from '../platform/data-folder.ts';
import { Desktop } from './desktop.ts';
import { launchSchema, readLaunch } from './launch.ts';
import { appScheme } from './page/app-scheme.ts';

const launch = readLaunch(process.argv.slice(process.defaultApp ? 2 : 1), process.cwd());
const home = dataFolderPath(launch.home, process.env);

app.setName('Boxcar');
// Windows groups notifications and the taskbar by it.
app.setAppUserModelId('app.boxcar.desktop');
app.enableSandbox();
protocol.registerSchemesAsPrivileged([appScheme]);
// One instance a data folder: Electron's lock lies with its own files, below ours.
const userData = join(home, 'desktop');
mkdirSync(userData, { recursive: true, mode: 0o700 });
app.setPath('userData', userData);

const { paths, link } = launch;
if (app.requestSingleInstanceLock({ paths, link })) {
  const desktop = new Desktop({ home, launch });
  app.on('second-instance', (_event, _argv, _cwd, given) => desktop.handOver(launchSchema.safeParse(given).data));
  app.on('open-file', (event, path) => {
    event.preventDefault();
    desktop.handOver({ paths: [path], link: null });
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    desktop.handOver({ paths: [], link: url });
  });
  desktop.start();
} else {
  // The first instance has been told what this one was asked for.
  app.exit(0);
}
