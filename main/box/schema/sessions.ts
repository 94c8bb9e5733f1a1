import { z } from 'zod';
import { absent, boxNumber, boxText } from './scalars.ts';

// One that is empty or no text is as good as left out: a session must not be lost, and opened again, for an address.
const url = absent(z.string().min(1)).catch(undefined);

/** An upload session as Box tells it. Endpoints may be missing in part: `session-record.ts` derives those from the id. */
export const sessionSchema = z
  .object({
    id: boxText,
    session_expires_at: absent(z.string()),
    // A session without a usable part size must be readable all the same, so that it can be aborted; layGrid refuses it.
    part_size: boxNumber.catch(Number.NaN),
    total_parts: absent(boxNumber),
    num_parts_processed: absent(boxNumber),
    session_endpoints: absent(
      z.object({ upload_part: url, commit: url, abort: url, list_parts: url, status: url, log_event: url }),
    ),
  })
  .transform((session) => ({
    id: session.id,
    expiresAt: session.session_expires_at,
    partSizeBytes: session.part_size,
    totalParts: session.total_parts,
    processedParts: session.num_parts_processed ?? 0,
    endpoints: {
      uploadPart: session.session_endpoints?.upload_part,
      commit: session.session_endpoints?.commit,
      abort: session.session_endpoints?.abort,
      listParts: session.session_endpoints?.list_parts,
      status: session.session_endpoints?.status,
      logEvent: session.session_endpoints?.log_event,
    },
  }));
export type UploadSession = z.infer<typeof sessionSchema>;

const part = z
  .object({
    part_id: boxText,
    offset: boxNumber,
    size: boxNumber,
    // Some answers of the beta had no digest; a part without one is never trusted, see settle.ts.
    sha1: absent(z.string().toLowerCase()),
  })
  .transform((value) => ({ partId: value.part_id, offset: value.offset, sizeBytes: value.size, sha1: value.sha1 }));
export type BoxPart = z.infer<typeof part>;

/** The answer to a part: wrapped in `part` (the reference and every client), or bare (the guide's sample). */
export const uploadedPartSchema = z.union([z.object({ part }).transform((wrapped) => wrapped.part), part]);

/** A page of the parts that Box holds. `total_count` may exceed the number of entries, and `order` is not read (rclone#8776). */
export const partPageSchema = z
  .object({ entries: z.array(part), total_count: absent(boxNumber), limit: absent(boxNumber).catch(undefined) })
  .transform((page) => ({ parts: page.entries, totalCount: page.total_count, limit: page.limit }));
