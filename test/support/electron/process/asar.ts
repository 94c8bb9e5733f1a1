// Loaded first into each process and thread: the file system as Electron's Node has it, where an archive is a folder.
import fs, { type PathLike } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname } from 'node:path';
import { UnmodelledError } from '../unmodelled.ts';

type Call = (this: unknown, ...args: never[]) => unknown;
const isOff = () => (process as { noAsar?: boolean }).noAsar === true;
const { closeSync, lstatSync, openSync, readSync } = fs;

/**
 * Whether a path is an archive of the "ASAR support inside your application. Setting this to true will disable the support for asar
 * archives in Node's built-in modules." What lies in one has no model.
 */
function isArchive(given: unknown): given is PathLike {
  if (isOff() || typeof given === 'number') return false;
  const path = String(given);
  const [archive] = /^.*?\.asar(?=[/\\]|$)/i.exec(path) ?? [];
  if (archive === undefined || lstatSync(archive, { throwIfNoEntry: false })?.isFile() !== true) return false;
  if (archive !== path) throw new UnmodelledError(`a path in an archive (${path})`);
  return true;
}

/** What begins as an archive does is a folder, told in numbers alone; anything else that is called so an error without a code. */
function asFolder(path: PathLike): fs.Stats {
  const file = openSync(path, 'r');
  const start = new Int32Array(1);
  readSync(file, start);
  closeSync(file);
  if (start[0] !== 4) throw new Error(`Invalid package ${String(path)}`);
  return lstatSync(dirname(String(path)));
}
const notFound = (path: PathLike) =>
  Object.assign(new Error(`ENOENT, not found in ${String(path)}`), { code: 'ENOENT', errno: -2 });

function override(
  part: object,
  name: string,
  archive: (path: PathLike) => unknown,
  how: 'sync' | 'callback' | 'promise',
) {
  const functions = part as Record<string, Call>;
  const old = functions[name]!;
  const answer = (path: PathLike, args: unknown[]) => {
    if (how === 'sync') return archive(path);
    const promise = Promise.resolve().then(() => archive(path));
    if (how === 'promise') return promise;
    const done = args.at(-1) as (error: unknown, value?: unknown) => void;
    return void promise.then((value) => done(null, value), done);
  };
  const wrapped = function (this: unknown, ...args: unknown[]) {
    return isArchive(args[0]) ? answer(args[0], args) : old.apply(this, args as never[]);
  };
  functions[name] = Object.assign(wrapped, old);
}

const refuse = (path: PathLike) => {
  throw notFound(path);
};
for (const name of ['lstat', 'stat']) {
  override(fs, `${name}Sync`, asFolder, 'sync');
  override(fs, name, asFolder, 'callback');
  override(fs.promises, name, asFolder, 'promise');
}
for (const name of ['open', 'readFile']) {
  override(fs, `${name}Sync`, refuse, 'sync');
  override(fs, name, refuse, 'callback');
  override(fs.promises, name, refuse, 'promise');
}
syncBuiltinESMExports();
