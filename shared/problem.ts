import { z } from 'zod';
import { problems, type ProblemCode } from './problem-table.ts';

const codes = Object.keys(problems) as [ProblemCode, ...ProblemCode[]];
export const problemCodeSchema = z.enum(codes);

/** What exactly happened: stored with the transfer, shown under "Details", never holds a token. */
export const problemSchema = z.object({
  code: problemCodeSchema,
  /** The operation that failed: `PUT part 7`, `stat`, `create folder`. */
  operation: z.string(),
  /** What the system or Box said, redacted. */
  detail: z.string(),
  /** The local path or the Box item it is about. */
  item: z.string().optional(),
  status: z.int().optional(),
  /** Box's own error code: `item_name_in_use`. */
  boxCode: z.string().optional(),
  requestId: z.string().optional(),
  /** For retry-after: how long the server asked to wait. */
  retryAfterMs: z.number().nonnegative().optional(),
  at: z.number(),
});
export type Problem = z.infer<typeof problemSchema>;
