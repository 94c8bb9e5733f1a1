import { createHash } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallError } from '../../shared/call-error.ts';

/** sun_path of unix(7) with its closing zero byte: 108 bytes on Linux, 104 on macOS and the BSDs. */
const longestPathBytes = process.platform === 'linux' ? 107 : 103;

export interface ControlPath {
  path: string;
  /** A folder that must be ours alone before the socket in it is used; undefined inside the data folder. */
  privateFolder: string | undefined;
}

/**
 * Where the app of a data folder listens: `control.sock` in it, or where that is too long for a socket, a file named by the hash of
 * the folder's real path in XDG_RUNTIME_DIR or the temporary folder. On Windows a named pipe.
 */
export function controlPath(home: string, env: NodeJS.ProcessEnv): ControlPath {
  const hash = createHash('sha256').update(home).digest('hex').slice(0, 20);
  if (process.platform === 'win32') return { path: `\\\\.\\pipe\\boxcar-${hash}`, privateFolder: undefined };
  const inside = join(home, 'control.sock');
  if (Buffer.byteLength(inside) <= longestPathBytes) return { path: inside, privateFolder: undefined };
  const folders = [env['XDG_RUNTIME_DIR'] && join(env['XDG_RUNTIME_DIR'], 'boxcar'), join(tmpdir(), userFolderName())];
  for (const privateFolder of [...folders, join('/tmp', userFolderName())]) {
    if (!privateFolder) continue;
    const path = join(privateFolder, `${hash}.sock`);
    if (Buffer.byteLength(path) <= longestPathBytes) return { path, privateFolder };
  }
  throw new CallError('usage', `The path of the data folder is too long for its control socket: ${home}`);
}

function userFolderName(): string {
  return `boxcar-${process.getuid?.() ?? 'user'}`;
}

/**
 * Makes the folder of a moved socket, or checks that the one that stands there is ours alone: in a shared temporary folder somebody
 * else could have put a socket of theirs under our name.
 * @throws CallError `refused`
 */
export async function ensurePrivate({ privateFolder }: ControlPath): Promise<void> {
  if (privateFolder === undefined) return;
  await mkdir(privateFolder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const found = await lstat(privateFolder);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0) return;
  throw new CallError('refused', `${privateFolder} is not a private folder of this user: remove it and try again.`);
}
