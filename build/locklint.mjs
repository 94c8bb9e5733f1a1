// Every optional dependency that a locked package names must itself be in the lock: `npm install` drops packages that
// the registry lacks without a word, and `npm ci` then fails on the platform that needs them.
import { readFileSync } from 'node:fs';

const packages = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')).packages;
const nameOf = (path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
const locked = new Set(Object.keys(packages).map(nameOf));
const missing = Object.entries(packages).flatMap(([path, entry]) =>
  Object.keys(entry.optionalDependencies ?? {})
    .filter((name) => !locked.has(name))
    .map((name) => `${path || '(root)'} -> ${name}`),
);
for (const line of missing) console.error(`missing from the lock: ${line}`);
process.exit(missing.length > 0 ? 1 : 0);
