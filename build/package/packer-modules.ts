// Parts of electron-builder that it doesn't export by itself. They are taken from where it has them, so that they are always its own.
import { createRequire } from 'node:module';

const own = createRequire(import.meta.url);
const builder = createRequire(own.resolve('electron-builder/package.json'));
const library = createRequire(builder.resolve('app-builder-lib/package.json'));

/** A module as electron-builder's library sees it. */
export function packerModule<Module>(name: string): Module {
  return library(name) as Module;
}
