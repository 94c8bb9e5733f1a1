import { z } from 'zod';
import { transferRowSchema } from './model.ts';
import { problemCodeSchema, problemSchema } from './problem.ts';
import { trafficRuleSchema } from './settings.ts';
import type { TransferState } from './transfer-state.ts';

/** The groups of the transfer list, in the order in which they stand. */
export const transferGroups = ['needs-you', 'under-way', 'waiting', 'done'] as const;
export const transferGroupSchema = z.enum(transferGroups);
export type TransferGroup = (typeof transferGroups)[number];

/** Which group a state stands in. `superseded` is in none: a newer revision of the file has its own row. */
export const groupOf: Record<TransferState, TransferGroup | null> = {
  'needs-you': 'needs-you',
  checking: 'under-way',
  opening: 'under-way',
  sending: 'under-way',
  committing: 'under-way',
  settling: 'waiting',
  queued: 'waiting',
  waiting: 'waiting',
  paused: 'waiting',
  aborting: 'under-way',
  aborted: 'done',
  done: 'done',
  superseded: null,
};

/** Which transfers a list shows. */
export const listFilterSchema = z.object({
  /** null: all groups, one after the other. */
  group: transferGroupSchema.nullable().default(null),
  /** Where all groups are shown: those of which only the count is. */
  folded: z.array(transferGroupSchema).max(transferGroups.length).optional(),
  /** Part of the name of the file, in any case. */
  text: z.string().max(200).default(''),
  /** One job or pair alone. */
  ownerId: z.int().positive().nullable().default(null),
});
export type ListFilter = z.infer<typeof listFilterSchema>;

/** At most so many rows are seen at a time. */
export const maxWindowRows = 200;

export const groupCountsSchema = z.object({
  'needs-you': z.int(),
  'under-way': z.int(),
  waiting: z.int(),
  done: z.int(),
});
export type GroupCounts = z.infer<typeof groupCountsSchema>;

/** A window of the sorted list. A row is sent again only when it changed; `ids` has the order. */
export const listBatchSchema = z.object({
  /** True when it holds every row of the window: what was known before is to be forgotten. */
  whole: z.boolean(),
  /** Rows that the filter lets through, in each group. */
  counts: groupCountsSchema,
  /** The place of the first id in the list. */
  from: z.int(),
  ids: z.array(z.int()),
  rows: z.array(transferRowSchema),
});
export type ListBatch = z.infer<typeof listBatchSchema>;

/** What all of Boxcar is doing, for the frame around every screen. */
export const overviewSchema = z.object({
  counts: groupCountsSchema,
  /** Files and bytes that are still to go up, in jobs that are going on and in pairs. */
  left: z.object({ files: z.int(), bytes: z.number() }),
  bytesPerSecond: z.number().nullable(),
  /** Null until it can be trusted; counts Box's pace. */
  etaMs: z.number().nullable(),
  /** What stops everything: no network, no sign-in, a full Box. */
  problem: problemSchema.nullable(),
  pairs: z.int(),
  questions: z.int(),
  /** Files and folders with a problem that somebody has to settle. */
  problems: z.int(),
  /** Uploads that were under way when Boxcar last ended, and go on or could go on now. */
  continued: z.int(),
  /** Of limit, schedule and pause together. */
  rule: trafficRuleSchema,
});
export type Overview = z.infer<typeof overviewSchema>;

/** One character a part, in their order: see {@link partCodes}. */
export const partCodes = {
  pending: 'p',
  hashing: 'h',
  sending: 's',
  unsure: 'u',
  /** Tried, refused, and waiting to be tried again. */
  waiting: 'w',
  /** On Box: sent in this session by this run, found there by a resume, there already before. */
  'done-sent': 'd',
  'done-resumed': 'r',
  'done-on-box': 'b',
} as const;
export type PartCode = (typeof partCodes)[keyof typeof partCodes];

export const partMapSchema = z.union([
  /** All of them. */
  z.object({ codes: z.string() }),
  /** What changed since the last batch: runs of new codes. */
  z.object({ changes: z.array(z.object({ from: z.int(), codes: z.string() })) }),
]);
export type PartMap = z.infer<typeof partMapSchema>;

/** Where the bytes of a file come from; they add up to its size with what is still pending. */
export const originsSchema = z.object({
  onBoxBytes: z.number(),
  resumedBytes: z.number(),
  sentBytes: z.number(),
  inFlightBytes: z.number(),
});

/** One transfer with everything that its screen shows. */
export const transferBatchSchema = z.object({
  transfer: transferRowSchema,
  /** Absent where nothing changed; `codes` is empty while there is no session. */
  map: partMapSchema.optional(),
  origins: originsSchema,
  session: z
    .object({ id: z.string(), expiresAt: z.string(), partSizeBytes: z.number(), totalParts: z.int() })
    .nullable(),
  /** Parts on the wire now. */
  moving: z.array(z.object({ index: z.int(), sentBytes: z.number(), bytesPerSecond: z.number().nullable() })),
  /** Bytes over the wire in each span of the recent past, oldest first; the last one is not over yet. */
  throughput: z.object({ spanMs: z.number(), bytes: z.array(z.number()) }),
});
export type TransferBatch = z.infer<typeof transferBatchSchema>;

/** Problems of files, folders and transfers that have one cause. */
export const problemGroupSchema = z.object({
  code: problemCodeSchema,
  count: z.int(),
  /** Whether a retry of all of them makes sense: none is only waiting for an answer to a question. */
  retryable: z.boolean(),
  /** The latest of them. */
  example: z.object({ path: z.string(), problem: problemSchema }),
});
export type ProblemGroup = z.infer<typeof problemGroupSchema>;

export const problemItemSchema = z.object({
  /** For paging: grows. */
  id: z.int(),
  path: z.string(),
  kind: z.enum(['file', 'folder', 'special']),
  jobId: z.int().nullable(),
  pairId: z.int().nullable(),
  transferId: z.int().nullable(),
  problem: problemSchema,
});
export type ProblemItem = z.infer<typeof problemItemSchema>;
