// `npm run package [-- TARGET...]`: the packages of the system it runs on, into dist/. Without targets all of electron-builder.yml; `dir` is
// the app without an installer. BOXCAR_UPDATE_URL is where the app will look for updates; without it, nowhere.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build, Platform } from 'electron-builder';
import { ownChanges } from './package/own-changes.ts';
import { whyNotPackaged } from './package/why-not-packaged.ts';

const updateUrl = process.env['BOXCAR_UPDATE_URL'] ?? '';
if (updateUrl !== '' && !/^https:\/\//.test(updateUrl)) {
  process.stderr.write('BOXCAR_UPDATE_URL has to begin with https://\n');
  process.exit(2);
}

let hadRuntime = false;
try {
  const files = await build({
    targets: Platform.current().createTarget(process.argv.slice(2)),
    projectDir: fileURLToPath(new URL('..', import.meta.url)),
    publish: 'never',
    config: {
      ...ownChanges(process.platform, updateUrl),
      afterPack: () => {
        hadRuntime = true;
        return Promise.resolve();
      },
    },
  });
  for (const file of files) process.stdout.write(`${file}\n`);
} catch (error) {
  const { version } = createRequire(import.meta.url)('electron/package.json') as { version: string };
  process.stderr.write(`\nNo package was made. ${whyNotPackaged(error, version, hadRuntime)}\n`);
  // electron-builder ends a process that has nothing more to do with 0, whatever its exitCode says.
  process.exit(1);
}
