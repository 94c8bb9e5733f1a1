import { BoxError } from '../../box/box-error.ts';
import { uploadNewFile, uploadNewVersion } from '../../box/direct-upload.ts';
import type { TransferRowData } from '../ledger/transfers.ts';
import type { LiveTransfer } from '../progress/live.ts';
import type { SmallFile } from '../read/file-reader.ts';
import type { FileSource } from '../source/file-source.ts';
import { attributesOf } from './attributes.ts';
import { copyFields, verifiedCopy } from './box-copy.ts';
import type { RunResult } from './result.ts';
import type { TransferServices } from './services.ts';

/** What is sent in one request. */
export type DirectSource = Pick<FileSource, 'sizeBytes' | 'facts' | 'wholeDigest' | 'assertUnchanged'> & {
  readAll: (signal: AbortSignal) => AsyncIterable<Uint8Array> | Uint8Array;
};

/**
 * A small file that was read already: what is sent is what was digested, a copy of it within a form. `release` gives the memory back
 * once nothing is sent any more: left to V8, that of files which were long under way piles up until it looks through the whole heap.
 */
export function smallSource({ facts, sha1, bytes }: SmallFile): DirectSource & { release(): void } {
  return {
    sizeBytes: bytes.length,
    facts,
    wholeDigest: () => Promise.resolve(sha1),
    assertUnchanged: () => Promise.resolve(),
    readAll: () => bytes,
    release: () => {
      const { buffer } = bytes;
      if (buffer instanceof ArrayBuffer && bytes.length > 0 && buffer.byteLength === bytes.length) buffer.transfer(0);
    },
  };
}

/**
 * Sends a file below the session minimum in one request. Rejects with BoxError or ProblemError.
 * @param fileName its name here
 */
export async function sendDirect(
  services: TransferServices,
  transfer: TransferRowData,
  fileName: string,
  source: DirectSource,
  live: LiveTransfer,
  signal: AbortSignal,
): Promise<RunResult> {
  const { ledger, connection, clock, board } = services;
  const sha1 = await source.wholeDigest(signal);
  // Written before the request: after a crash it tells whether the file on Box is ours. After a power cut the digests do, but for
  // a copy: that one is found by its name alone, which must be on the disk too.
  const isCopy = transfer.base === null && fileName !== transfer.name;
  await ledger[isCopy ? 'write' : 'note'](() => {
    const moved = ledger.transfers.move(transfer.id, 'sending', { intendedSha1: sha1 }, clock.now());
    if (!moved) ledger.transfers.setIntended(transfer.id, sha1);
  });
  const again = transfer.attempts > 0 || transfer.intendedSha1 !== null || transfer.sentBytes > 0;
  const content = {
    sizeBytes: source.sizeBytes,
    sha1,
    open: () => {
      live.directBytes = 0;
      return source.readAll(signal);
    },
    onProgress: (sentBytes: number) => {
      board.sent(live, sentBytes - live.directBytes, again);
      live.directBytes = sentBytes;
    },
  };
  const attributes = attributesOf(transfer.facts);
  const { base } = transfer;
  const free = await itsTurn(services, transfer, signal);
  const file = await (
    base
      ? uploadNewVersion(
          connection,
          { fileId: base.fileId, ifMatch: base.etag ?? undefined, content, attributes },
          { signal, fields: copyFields },
        )
      : uploadNewFile(
          connection,
          { parentId: transfer.parentBoxId, name: transfer.name, content, attributes },
          { signal, fields: copyFields },
        )
  )
    .catch(async (error: unknown) => {
      // Nothing was stored, so that who is asked to slow down need not ask once more what became of it.
      if (isRefusedForRate(error)) await ledger.note(() => ledger.transfers.setIntended(transfer.id, null));
      throw error;
    })
    .finally(free);
  const copy = await verifiedCopy(connection, file, sha1, signal);
  return { kind: 'done', copy, sha1, facts: source.facts, how: 'sent' };
}

function isRefusedForRate(error: unknown): boolean {
  return error instanceof BoxError && error.problem.code === 'box.rate-limit' && !error.ambiguous;
}

/** Waits for a slot. Stopped before it has one, nothing of the file has left, and what is intended is as it was. */
async function itsTurn(
  { ledger, directSlots }: TransferServices,
  { id, sizeBytes, intendedSha1 }: TransferRowData,
  signal: AbortSignal,
): Promise<() => void> {
  try {
    return await directSlots.acquire(sizeBytes, signal);
  } catch (error) {
    await ledger.note(() => ledger.transfers.setIntended(id, intendedSha1));
    throw error;
  }
}
