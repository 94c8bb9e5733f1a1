import { link, mkdir, open, rename, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CallError } from '../../../shared/call-error.ts';

export interface ArrivingFile {
  /** Where its bytes are gathered: a place of its own, beside the tree it ends in. */
  temporary: string;
  /** Where it stands once it is whole; the folders on the way are made. */
  final: string;
  sizeBytes: number;
  /** When it was changed last, where it came from; undefined where that isn't known. */
  modifiedAtMs: number | undefined;
}

/**
 * Takes the bytes of one file. It stands under its name only when as many have come as were announced and all are on the disk;
 * whatever goes wrong, nothing of it is left.
 * @throws CallError `usage` when fewer or more came, or something else has its name; `refused` when the disk is full.
 */
export async function receiveFile(file: ArrivingFile, bytes: Readable, signal: AbortSignal): Promise<void> {
  const { temporary, final, sizeBytes, modifiedAtMs } = file;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      const got = await write(bytes, handle, sizeBytes, signal);
      if (got !== sizeBytes) {
        throw new CallError(
          'usage',
          `${got} of ${sizeBytes} bytes have come: the file changed meanwhile. Drop it again.`,
        );
      }
      if (modifiedAtMs !== undefined) await handle.utimes(modifiedAtMs / 1000, modifiedAtMs / 1000);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await mkdir(dirname(final), { recursive: true, mode: 0o700 });
    await moveNew(temporary, final);
  } catch (error) {
    await rm(temporary, { force: true });
    throw asCallError(error);
  }
}

async function write(
  bytes: Readable,
  handle: Awaited<ReturnType<typeof open>>,
  most: number,
  signal: AbortSignal,
): Promise<number> {
  let got = 0;
  await pipeline(
    bytes,
    async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        got += chunk.length;
        if (got > most) return;
        for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
      }
    },
    { signal },
  );
  return got;
}

/** Never over what stands there. Where the file system has no hard links, what stands there was looked for before. */
async function moveNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
    await unlink(from);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR' || code === 'ENOENT' || code === 'ENOSPC') throw error;
    await rename(from, to);
  }
}

function asCallError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new CallError(
        'refused',
        "The disk of Boxcar's data folder is full. Free space on it, drop less at once, or upload from the command line, which copies nothing.",
      );
    case 'EEXIST':
    case 'ENOTDIR':
      return new CallError(
        'usage',
        'Another dropped file has this name, or that of its folder. Drop them one after the other.',
      );
    case 'ENAMETOOLONG':
      return new CallError('usage', 'The path is too long for this disk. Drop the inner folder by itself.');
    default:
      return error;
  }
}
