import { randomUUID } from 'node:crypto';
import { mkdir, open, realpath, rm, stat, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { CallError } from '../../shared/call-error.ts';

/**
 * The data folder: what was asked for (`--home`), BOXCAR_HOME, or the system's place for application data
 * (`~/.local/share/boxcar` or XDG_DATA_HOME, `~/Library/Application Support/boxcar`, `%LOCALAPPDATA%\boxcar\Data`). Absolute;
 * a leading `~` is the home of the user, since systemd and others hand it on unexpanded.
 * @throws CallError `usage` where HOME or XDG_DATA_HOME leads nowhere: the working folder is no place for it.
 */
export function dataFolderPath(asked: string | undefined, env: NodeJS.ProcessEnv): string {
  const path = asked ?? (env['BOXCAR_HOME'] || undefined);
  if (path === undefined) return mustBeAbsolute(envPaths('boxcar', { suffix: '' }).data);
  return resolve(path === '~' || path.startsWith('~/') ? join(mustBeAbsolute(homedir()), path.slice(1)) : path);
}

/** What the environment says may be empty, or relative to who knows what. */
function mustBeAbsolute(path: string): string {
  if (isAbsolute(path)) return path;
  const detail = 'HOME (or XDG_DATA_HOME) is empty or no absolute path';
  throw new CallError('usage', `There is no place for the data folder: ${detail}. Set it, or choose one with --home.`);
}

/**
 * Makes the data folder where it is missing (for its owner alone) and tries to write in it.
 * @returns its real path: two names of one folder are one folder.
 * @throws CallError `usage` that says what is wrong with it.
 */
export async function openDataFolder(path: string): Promise<string> {
  const fail = (error: unknown): never => {
    const said = error instanceof Error ? error.message : String(error);
    throw new CallError('usage', `The data folder ${path} cannot be used: ${said}. Choose another with --home.`);
  };
  try {
    await makeFolders(path);
    const probe = join(path, `.probe-${process.pid}-${randomUUID().slice(0, 8)}`);
    await (await open(probe, 'wx', 0o600)).close();
    await rm(probe);
    return await realpath(path);
  } catch (error) {
    if (error instanceof CallError) throw error;
    return fail(error);
  }
}

/**
 * Like mkdir -p. Node's own recursive mkdir never returns where the system answers ENOENT below a folder that exists, as /proc
 * and some network mounts do.
 */
async function makeFolders(path: string): Promise<void> {
  const missing: string[] = [];
  let existing = path;
  let found = await statIfThere(existing);
  while (!found && dirname(existing) !== existing) {
    missing.unshift(existing);
    existing = dirname(existing);
    found = await statIfThere(existing);
  }
  if (found && !found.isDirectory()) throw new Error(`${existing} is not a folder`);
  for (const folder of missing) {
    await mkdir(folder, { mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
      // Two commands started at once make it together.
      if (error.code !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error;
    });
  }
}

async function statIfThere(path: string) {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/** f_type of statfs(2), linux/magic.h: NFS, SMB, CIFS, SMB2, 9P, AFS, Ceph, Coda, NCP, FUSE (sshfs and the like). */
const networkTypes = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x5346414f, 0x6b414653, 0x00c36400, 0x73757245, 0x564c,
  0x65735546,
]); // prettier-ignore

/**
 * Whether a folder lies on a network file system (or behind FUSE, which may be one), where SQLite's WAL and locks can't be
 * trusted. Known on Linux; elsewhere always false but for a UNC path on Windows.
 */
export async function isNetworkFileSystem(path: string): Promise<boolean> {
  if (process.platform === 'win32') return /^[\\/]{2}(?![?.])/.test(path);
  if (process.platform !== 'linux') return false;
  try {
    return networkTypes.has((await statfs(path)).type >>> 0);
  } catch {
    return false;
  }
}
