import { z } from 'zod';
import { absent, boxNumber, boxText, listOrOne } from './scalars.ts';
import { sessionSchema } from './sessions.ts';

const conflict = z
  .object({
    type: z.string(),
    id: boxText,
    name: absent(z.string()),
    etag: absent(boxText),
    sha1: absent(z.string().toLowerCase()),
  })
  .transform(({ type, id, name, etag, sha1 }) => ({ type, id, name, etag, sha1 }));
/** What stands on Box where the request wanted to go. */
export type ConflictItem = z.infer<typeof conflict>;

/** Box's error body. Any field may be missing; a `context_info` of another shape never hides the error itself. */
export const errorBodySchema = z
  .looseObject({
    code: absent(z.string()).catch(undefined),
    message: absent(z.string()).catch(undefined),
    request_id: absent(boxText).catch(undefined),
    status: absent(boxNumber).catch(undefined),
    context_info: absent(
      z.looseObject({
        // An object for files and a list for folders: Box's staff call it a legacy bug (box's forum 2353, syndesis#5233).
        conflicts: absent(listOrOne(conflict)).catch(undefined),
        session: absent(sessionSchema).catch(undefined),
      }),
    ).catch(undefined),
    // RFC 6749, section 5.2: the token endpoint has a shape of its own.
    error: absent(z.string()).catch(undefined),
    error_description: absent(z.string()).catch(undefined),
  })
  .transform((body) => ({
    code: body.code ?? body.error,
    message: body.message ?? body.error_description,
    requestId: body.request_id,
    conflicts: body.context_info?.conflicts ?? [],
    session: body.context_info?.session,
  }));
export type ErrorBody = z.infer<typeof errorBodySchema>;
