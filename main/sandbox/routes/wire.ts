// What clients send. These schemas are the sandbox's own, written from Box's documents: sharing the client's would share its mistakes.
import { z } from 'zod';
import { badRequest } from '../http/box-error.ts';

/** Ids are strings; some clients send numbers, which Box takes too. */
const itemId = z.union([z.string(), z.number().int().nonnegative()]).transform(String);

// What isn't named is left out, which is much quicker than taking it along.
const parent = z.object({ id: itemId });

/** RFC 3339 with a zone, after 1970-01-01; kept as seconds, as Box keeps it. */
const time = z.string().transform((text, context) => {
  const isRfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)$/.test(text);
  const ms = isRfc3339 ? Date.parse(text) : NaN;
  if (ms > 0) return Math.floor(ms / 1000);
  context.addIssue({ code: 'custom', message: `'${text}' is not a date and time after 1970 in RFC 3339` });
  return z.NEVER;
});

const description = z.string().max(256).nullish();

/** `attributes` of a direct upload and of a commit. */
export const contentAttributes = z.object({
  content_created_at: time.nullish(),
  content_modified_at: time.nullish(),
  description,
});

export const newFileAttributes = contentAttributes.extend({ name: z.string(), parent });
export const newVersionAttributes = contentAttributes.extend({ name: z.string().nullish() });

export const preflight = z.looseObject({
  name: z.string().nullish(),
  parent: z.looseObject({ id: itemId.nullish() }).nullish(),
  size: z.number().int().nonnegative().nullish(),
});

export const folderCreate = z.looseObject({ name: z.string(), parent });

export const itemUpdate = z.looseObject({
  name: z.string().nullish(),
  parent: z.looseObject({ id: itemId.nullish() }).nullish(),
  description,
  content_created_at: time.nullish(),
  content_modified_at: time.nullish(),
});

export const restore = z.looseObject({
  name: z.string().nullish(),
  parent: z.looseObject({ id: itemId.nullish() }).nullish(),
});

/** A part in a commit. Old Java SDKs leave the SHA-1 out. */
const commitPart = z.looseObject({
  part_id: z.string(),
  offset: z.number().int().nonnegative(),
  size: z.number().int().nonnegative(),
  sha1: z.string().nullish(),
});

export const commit = z.looseObject({
  parts: z.array(commitPart),
  attributes: contentAttributes.nullish(),
});

export const logEvent = z.looseObject({ event_type: z.string() });

/** Checks a body. 400 bad_request naming the first member that is wrong. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw badRequest(issue?.path.join('.') || 'body', issue?.message ?? 'Invalid value');
}
