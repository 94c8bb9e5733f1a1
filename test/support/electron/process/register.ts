// Loaded before the built main process: `electron` is the stand-in, under plain Node.
import './asar.ts';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const standIn = new URL('../main/electron.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' || specifier === 'electron/main'
      ? { url: standIn, shortCircuit: true }
      : next(specifier, context),
});

// "For example when running the app with electron ., it is true": then argv is [electron, app, …].
Object.assign(process, {
  defaultApp: true,
  type: 'browser',
  resourcesPath: fileURLToPath(new URL('../../../..', import.meta.url)),
});
Object.defineProperty(process.versions, 'electron', { value: '45.4.1' });
