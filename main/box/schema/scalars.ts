import { z } from 'zod';

/** Ids, etags and stream positions are strings in practice, but guide samples and some answers print them bare. */
export const boxText = z.union([z.string(), z.union([z.number(), z.bigint()]).transform(String)]);

/**
 * Sizes and counts. Very large ones come as floats or in exponent notation (`1.0e+18`, seen by rclone for quotas), and
 * some answers quote them: all are read as a double.
 */
export const boxNumber = z
  .union([z.number(), z.string().regex(/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i)])
  .transform(Number)
  .refine(Number.isFinite);

/** Optional fields: Box leaves them out, or sends null, depending on `fields` and on the item. */
export function absent<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** A list that some answers give as a bare object when it has one entry (ruby-box#93; box's forum 2353). */
export function listOrOne<T extends z.ZodType>(schema: T) {
  return z.union([z.array(schema), schema.transform((one) => [one])]);
}
