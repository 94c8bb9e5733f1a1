// Worker thread: the SHA-1 of whole files, advanced over what has arrived so far, so that a commit needn't read the file again.
import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

// Electron would take a file called *.asar for a folder; Node knows nothing of it.
Object.assign(process, { noAsar: true });

/** `file` is an absolute path; bytes up to `toBytes` are final. */
export type HashRequest =
  | { kind: 'advance'; file: string; toBytes: number }
  | { kind: 'digest'; file: string; toBytes: number; ticket: number }
  | { kind: 'forget'; file: string };

export type HashAnswer = { ticket: number; digest: string } | { ticket: number; error: string };

interface Progress {
  hash: Hash;
  doneBytes: number;
}

const files = new Map<string, Progress>();
const buffer = Buffer.allocUnsafeSlow(2 ** 18);

function advance(file: string, toBytes: number): Hash {
  let progress = files.get(file);
  if (!progress) files.set(file, (progress = { hash: createHash('sha1'), doneBytes: 0 }));
  if (progress.doneBytes >= toBytes) return progress.hash;
  const descriptor = openSync(file, 'r');
  try {
    while (progress.doneBytes < toBytes) {
      const want = Math.min(buffer.length, toBytes - progress.doneBytes);
      const got = readSync(descriptor, buffer, 0, want, progress.doneBytes);
      if (got === 0) throw new Error(`${file} ends at ${progress.doneBytes} of ${toBytes} bytes`);
      progress.hash.update(got === buffer.length ? buffer : buffer.subarray(0, got));
      progress.doneBytes += got;
    }
  } finally {
    closeSync(descriptor);
  }
  return progress.hash;
}

parentPort?.on('message', (request: HashRequest) => {
  if (request.kind === 'forget') {
    files.delete(request.file);
    return;
  }
  try {
    const hash = advance(request.file, request.toBytes);
    if (request.kind === 'digest') {
      const digest = hash.copy().digest('hex');
      parentPort?.postMessage({ ticket: request.ticket, digest } satisfies HashAnswer);
    }
  } catch (error) {
    // A session that was aborted meanwhile has no file any more: only a digest has somebody waiting.
    files.delete(request.file);
    if (request.kind !== 'digest') return;
    const text = error instanceof Error ? error.message : String(error);
    parentPort?.postMessage({ ticket: request.ticket, error: text } satisfies HashAnswer);
  }
});
