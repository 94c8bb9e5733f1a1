import { z } from 'zod';
import { problemSchema } from './problem.ts';

/** How one file of a job or a pair ended in this run. */
export const outcomeSchema = z.object({
  path: z.string(),
  outcome: z.enum(['sent', 'adopted', 'unchanged', 'kept', 'failed', 'aborted', 'special']),
  sizeBytes: z.number(),
  transferId: z.int().nullable(),
  sha1: z.string().nullable(),
  fileId: z.string().nullable(),
  versionId: z.string().nullable(),
  /** Bytes that went over the wire for it in this run. */
  sentBytes: z.number(),
  /** The name on Box where it is another (keep-both). */
  boxName: z.string().nullable(),
  problem: problemSchema.nullable(),
});
export type Outcome = z.infer<typeof outcomeSchema>;
