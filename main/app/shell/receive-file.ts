import { link, mkdir, open, rename, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { CallError } from '../../../shared/call-error.ts';
import { orAborted } from '../../platform/wait.ts';

/** A page that sends nothing for so long has gone. */
const stalledMs = 60_000;

export interface ArrivingFile {
  /** Where its bytes are gathered: a place of its own, beside the tree it ends in. */
  temporary: string;
  /** Where it stands once it is whole; the folders on the way are made. */
  final: string;
  sizeBytes: number;
  /** When it was changed last, where it came from; undefined where that isn't known. */
  modifiedAtMs: number | undefined;
  /** Given up when nothing comes for so long: 60 s. */
  stalledMs?: number;
}

/**
 * Takes the bytes of one file. It stands under its name only when as many have come as were announced and all are on the disk;
 * whatever goes wrong, nothing of it is left, and the stream is as far as it was read.
 * @throws CallError `usage` when fewer or more came, or something else has its name; `refused` when the disk is full.
 */
export async function receiveFile(file: ArrivingFile, bytes: Readable, signal: AbortSignal): Promise<void> {
  const { temporary, final, sizeBytes, modifiedAtMs } = file;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      const got = await write(bytes, handle, file, signal);
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
  { sizeBytes, stalledMs: waitMs = stalledMs }: ArrivingFile,
  signal: AbortSignal,
): Promise<number> {
  const stalled = new AbortController();
  const giveUp = () => stalled.abort(new CallError('refused', 'Nothing has come for a while. Drop the file again.'));
  const timer = setTimeout(giveUp, waitMs);
  const either = AbortSignal.any([signal, stalled.signal]);
  // The stream is not destroyed: who sends is to be told over the same connection what went wrong.
  const chunks = bytes.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  try {
    for (let got = 0; ;) {
      const next = await orAborted(chunks.next(), either);
      if (next.done === true) return got;
      const chunk = next.value;
      timer.refresh();
      got += chunk.length;
      if (got > sizeBytes) return got;
      for (let at = 0; at < chunk.length;) at += (await handle.write(chunk, at)).bytesWritten;
    }
  } finally {
    clearTimeout(timer);
    // What hangs in it must not be waited for.
    chunks.return?.().catch(() => undefined);
  }
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
