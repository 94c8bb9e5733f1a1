// The thread that looks at small files and reads them: everything that is asked of one file in one go, with sync calls.
// A hop between threads costs more than reading 20 kB.
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { takeArchivesForFiles } from '../../platform/archives.ts';
import { factsOf, kindOf } from '../scan/facts.ts';
import type { LocalFacts } from '../scan/model.ts';
import type { ReadReply, ReadRequest } from './protocol.ts';

takeArchivesForFiles();

// A FIFO must not block the thread that opens it (Windows has neither the flag nor the trouble).
const readingFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

class Refused extends Error {
  readonly code: string;
  readonly kind: string | undefined;

  constructor(code: string, message: string, kind?: string) {
    super(message);
    this.code = code;
    this.kind = kind;
  }
}

function look({ path, followLink }: ReadRequest): LocalFacts {
  const stats = (followLink ? statSync : lstatSync)(path, { bigint: true });
  const kind = kindOf(stats);
  if (kind !== 'file') throw new Refused('not-regular', `a ${kind} stands where the file was`, kind);
  return factsOf(stats);
}

function read(request: ReadRequest, seen: LocalFacts): { facts: LocalFacts; sha1: string; bytes: Uint8Array } {
  const fd = openSync(request.path, readingFlags | (request.followLink ? 0 : (constants.O_NOFOLLOW ?? 0)));
  try {
    const bytes = Buffer.allocUnsafeSlow(seen.sizeBytes);
    let done = 0;
    while (done < bytes.length) {
      const length = readSync(fd, bytes, done, bytes.length - done, done);
      if (length === 0) break;
      done += length;
    }
    const facts = factsOf(fstatSync(fd, { bigint: true }));
    const changed = facts.sizeBytes !== seen.sizeBytes || facts.mtimeNs !== seen.mtimeNs || facts.inode !== seen.inode;
    if (changed || done < bytes.length) throw new Refused('changed', 'it was written to while it was read');
    return { facts, sha1: createHash('sha1').update(bytes).digest('hex'), bytes };
  } finally {
    closeSync(fd);
  }
}

function answer(request: ReadRequest): ReadReply {
  try {
    const seen = look(request);
    if (request.readUpToBytes === 0 || seen.sizeBytes > request.readUpToBytes) {
      return { id: request.id, facts: seen, content: null };
    }
    const { facts, sha1, bytes } = read(request, seen);
    return { id: request.id, facts, content: { sha1, bytes } };
  } catch (error) {
    const { code = 'unknown', message, kind } = error as NodeJS.ErrnoException & { kind?: string };
    return { id: request.id, failure: kind === undefined ? { code, message } : { code, message, kind } };
  }
}

parentPort!.on('message', (requests: readonly ReadRequest[]) => {
  const replies = requests.map(answer);
  const buffers = replies.flatMap((reply) => ('content' in reply && reply.content ? [reply.content.bytes.buffer] : []));
  parentPort!.postMessage(replies, buffers as ArrayBuffer[]);
});
