import { systemClock, type Clock } from '../../platform/clock.ts';
import type { BoxConnection } from '../connection.ts';
import type { FileAttributes } from '../file-attributes.ts';
import { noJournal, type SessionRecord, type UploadJournal } from './journal.ts';
import type { SessionUploadResult, UploadLimits, UploadTarget } from './options.ts';
import { uploadThroughSession } from './run.ts';
import { abortSession } from './session-calls.ts';
import { StreamSource } from './stream-source.ts';

export interface BigFileUpload {
  target: UploadTarget;
  /** Exactly so many bytes; Box takes sessions from 20,971,520 on (`content.too-small-for-session`). */
  sizeBytes: number;
  stream: AsyncIterable<Uint8Array>;
  attributes?: FileAttributes | undefined;
  parallelParts?: number | undefined;
  onProgress?: ((sentBytes: number, totalBytes: number) => void) | undefined;
  clock?: Clock | undefined;
  limits?: Partial<Omit<UploadLimits, 'sessions'>> | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  signal: AbortSignal;
}

// Two parts are kept beyond those in flight, so at 8 MiB this is four at once; one part is always kept, however large.
const maxHeldBytes = 64 * 1024 * 1024;

/**
 * Uploads a stream in parts, by the same pipeline as everything else. A stream can't be read twice, so nothing is resumed:
 * on any failure the session is aborted and the failure thrown (`content.length` when the stream has not the size
 * that was announced). The stream is told when nobody reads on.
 */
export async function uploadBigFile(connection: BoxConnection, upload: BigFileUpload): Promise<SessionUploadResult> {
  const source = new StreamSource(upload.stream, upload.sizeBytes);
  let session: SessionRecord | undefined;
  const journal: UploadJournal = {
    ...noJournal,
    ...progressOf(upload),
    sessionOpened: (opened) => {
      session = opened;
      return Promise.resolve();
    },
  };
  try {
    return await uploadThroughSession({
      connection,
      target: upload.target,
      source,
      journal,
      attributes: upload.attributes,
      parallelParts: upload.parallelParts,
      maxHeldBytes,
      clock: upload.clock ?? systemClock,
      limits: { ...upload.limits, sessions: 1 },
      headers: upload.headers,
      signal: upload.signal,
    });
  } catch (error) {
    // Not with the caller's signal, which may be what ended it.
    const signal = AbortSignal.timeout(30_000);
    if (session?.ours) {
      await abortSession(connection, { url: session.endpoints.abort }, { signal, headers: upload.headers }).catch(
        () => undefined,
      );
    }
    throw error;
  } finally {
    await source.close().catch(() => undefined);
  }
}

/** Adds up what the parts report. */
function progressOf(upload: BigFileUpload): Pick<UploadJournal, 'partProgress' | 'partDone'> {
  const sent = new Map<number, number>();
  let total = 0;
  const note = (index: number, bytes: number) => {
    total += bytes - (sent.get(index) ?? 0);
    sent.set(index, bytes);
    upload.onProgress?.(total, upload.sizeBytes);
  };
  return {
    partProgress: (range, bytes) => note(range.index, bytes),
    partDone: (part) => {
      note(part.index, part.sizeBytes);
      return Promise.resolve();
    },
  };
}
