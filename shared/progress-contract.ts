import { z } from 'zod';
import type { Contract } from './contract.ts';
import { listBatchSchema, listFilterSchema, maxWindowRows, overviewSchema, transferBatchSchema } from './list-model.ts';
import { jobSummarySchema, partRowSchema, transferRowSchema } from './model.ts';
import { outcomeSchema } from './outcome.ts';
import { pairEventSchema, pairsProgressSchema } from './pair-model.ts';
import { trafficRuleSchema } from './settings.ts';

/**
 * Progress is subscribed. A view is sent at most ten times a second, and only after the last batch was answered:
 * newer state replaces older. `outcomes` and `pair-events` are the exceptions, feeds that skip nothing.
 */
export const viewSchema = z.discriminatedUnion('kind', [
  /** One job: totals and the transfers under way. */
  z.object({ kind: z.literal('job'), jobId: z.int() }),
  /** The parts of one transfer. */
  z.object({ kind: z.literal('parts'), transferId: z.int() }),
  /** What became of each file of a job, from now on, in order. */
  z.object({ kind: z.literal('outcomes'), jobId: z.int() }),
  /** All folder pairs: totals and the transfers under way. */
  z.object({ kind: z.literal('pairs') }),
  /** What happens in folder pairs from now on, in order. */
  z.object({ kind: z.literal('pair-events') }),
  /** Totals of everything. `hidden`: nobody looks, once a second is enough. */
  z.object({ kind: z.literal('overview'), hidden: z.boolean().default(false) }),
  /** A window of the sorted list of all transfers. */
  z.object({
    kind: z.literal('list'),
    filter: listFilterSchema,
    from: z.int().nonnegative(),
    count: z.int().min(1).max(maxWindowRows),
  }),
  /** One transfer with the map of its parts. */
  z.object({ kind: z.literal('transfer'), transferId: z.int() }),
]);
export type View = z.infer<typeof viewSchema>;

export const jobProgressSchema = z.object({
  job: jobSummarySchema,
  /** Null until it can be trusted. */
  bytesPerSecond: z.number().nullable(),
  /** Null until it can be trusted; counts Box's pace for the number of files left. */
  etaMs: z.number().nullable(),
  /** Bytes that went over the wire in this run. */
  sentBytes: z.number(),
  /** Of these, bytes of parts and files that were sent before and had to be sent again. */
  resentBytes: z.number(),
  /** At most 12, the largest first. */
  active: z.array(transferRowSchema),
});
export type JobProgress = z.infer<typeof jobProgressSchema>;

export type { Outcome } from './outcome.ts';

export const batchSchema = z.discriminatedUnion('kind', [
  /** `rule`: whether everything is paused, and until when; a job or a pair does not say so itself. */
  z.object({ kind: z.literal('job'), progress: jobProgressSchema, rule: trafficRuleSchema }),
  z.object({ kind: z.literal('parts'), transfer: transferRowSchema, parts: z.array(partRowSchema) }),
  /** `lost` counts outcomes dropped because nobody read the feed; the receipts have them. */
  z.object({ kind: z.literal('outcomes'), outcomes: z.array(outcomeSchema), lost: z.int() }),
  z.object({ kind: z.literal('pairs'), progress: pairsProgressSchema, rule: trafficRuleSchema }),
  z.object({ kind: z.literal('pair-events'), events: z.array(pairEventSchema), lost: z.int() }),
  z.object({ kind: z.literal('overview'), overview: overviewSchema }),
  z.object({ kind: z.literal('list'), ...listBatchSchema.shape }),
  z.object({ kind: z.literal('transfer'), ...transferBatchSchema.shape }),
]);
export type Batch = z.infer<typeof batchSchema>;

/** Engine -> screens. The answer is the acknowledgement: the next batch of the view leaves only after it. */
export const progressContract = {
  batch: { args: z.object({ subscription: z.int(), batch: batchSchema }), result: z.object({}) },
} satisfies Contract;
