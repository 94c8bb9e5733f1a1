/** The thread that reads and hashes: slices come in, digests go out, and the bytes stay here. */
import { createHash, type Hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { takeArchivesForFiles } from '../../platform/archives.ts';
import type { HashReply, HashRequest, HashSlice } from './protocol.ts';

takeArchivesForFiles();

/** Small enough to lie in the processor's cache for the second of two digests. */
const buffer = Buffer.allocUnsafeSlow(2 ** 18);
const streams = new Map<number, { part: Hash | null; whole: Hash | null }>();

function hashSlice({ stream, fd, offset, sizeBytes, part, whole }: HashSlice): HashReply {
  const digests = streams.get(stream) ?? { part: null, whole: null };
  streams.set(stream, digests);
  if (part !== 'none') digests.part ??= createHash('sha1');
  if (whole !== 'none') digests.whole ??= createHash('sha1');

  for (let done = 0; done < sizeBytes;) {
    const length = readSync(fd, buffer, 0, Math.min(buffer.length, sizeBytes - done), offset + done);
    if (length === 0) return { stream, failure: { code: 'short', endedAt: offset + done } };
    const bytes = buffer.subarray(0, length);
    digests.part?.update(bytes);
    digests.whole?.update(bytes);
    done += length;
  }

  const reply: HashReply = { stream };
  if (part === 'end') {
    reply.part = digests.part!.digest('hex');
    digests.part = null;
  }
  if (whole === 'end') reply.whole = digests.whole!.digest('hex');
  if (whole === 'end' || (whole === 'none' && part === 'end')) streams.delete(stream);
  return reply;
}

parentPort!.on('message', (request: HashRequest) => {
  if ('drop' in request) {
    streams.delete(request.drop);
    return;
  }
  let reply: HashReply;
  try {
    reply = hashSlice(request.slice);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    reply = { stream: request.slice.stream, failure: { code: code ?? 'unknown', message } };
  }
  if (reply.failure) streams.delete(reply.stream);
  parentPort!.postMessage(reply);
});
