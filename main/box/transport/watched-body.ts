import { ProblemError } from '../../../shared/problem-error.ts';
import type { StreamedBody } from '../call.ts';
import type { BodyPace } from './body-pace.ts';

/** The code of the error that ends a call whose body nobody takes any more; `system-codes.ts` knows it. */
export class StalledError extends Error {
  readonly code = 'BOXCAR_STALLED';

  constructor(stallMs: number) {
    super(`no byte of the body was taken for ${Math.round(stallMs / 1000)} s`);
    this.name = 'StalledError';
  }
}

/**
 * A socket takes less than this at once and asks for more while it keeps a reference to it (its highWaterMark), and a source
 * may reuse its slices by then.
 */
export const keptBySocketBytes = 65_536;

/**
 * The body of one try: counts what the connection took, ends the call through `onStall` when it takes nothing for
 * `stallMs` (time in which the source reads or the pace holds bytes back doesn't count), and refuses a source that has
 * other bytes than announced.
 */
export async function* watchedBody(
  body: Pick<StreamedBody, 'sizeBytes' | 'onProgress'> & {
    open: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  },
  stallMs: number,
  onStall: (error: StalledError) => void,
  pace?: { pace: BodyPace; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  let sentBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const slice of body.open()) {
      if (slice.byteLength === 0) continue;
      if (sentBytes + slice.byteLength > body.sizeBytes) throw wrongLength(body.sizeBytes, 'more');
      for (let at = 0; at < slice.byteLength;) {
        const left = slice.byteLength - at;
        const size = pace?.pace.isLimited ? await pace.pace.take(left, pace.signal) : left;
        const piece = size === slice.byteLength ? slice : slice.subarray(at, at + size);
        timer = setTimeout(() => onStall(new StalledError(stallMs)), stallMs);
        yield size < keptBySocketBytes ? Buffer.from(piece) : piece;
        clearTimeout(timer);
        at += size;
        sentBytes += size;
        body.onProgress?.(sentBytes);
      }
    }
    if (sentBytes !== body.sizeBytes) throw wrongLength(body.sizeBytes, `${sentBytes}`);
  } finally {
    clearTimeout(timer);
  }
}

/** The source has other bytes than it announced. */
export function wrongLength(sizeBytes: number, got: string): ProblemError {
  const detail = `the content has ${got} instead of ${sizeBytes} bytes`;
  return new ProblemError({ code: 'local.changed', operation: 'send', detail, at: Date.now() });
}
