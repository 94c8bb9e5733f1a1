import { z } from 'zod';
import { problemSchema } from './problem.ts';
import { heldReasons, partOrigins, partStates, transferStateSchema, waitReasons } from './transfer-state.ts';

/** What happens to a file that stands on Box under the same name with other content. */
export const ifExistsSchema = z.enum(['version', 'keep-both', 'skip']);
export type IfExists = z.infer<typeof ifExistsSchema>;

/**
 * scanning: the local tree is being read; active: files go up; paused: by the user; blocked: something concerns every
 * file (`problem` says what); stopped: unfinished and not started in this process; done: every file has its outcome.
 */
export const jobStateSchema = z.enum(['scanning', 'active', 'paused', 'blocked', 'stopped', 'done', 'aborted']);
export type JobState = z.infer<typeof jobStateSchema>;

/** How many files of a job have which outcome, and their bytes. A file is in exactly one of the counts but `files`. */
export const jobCountsSchema = z.object({
  /** Regular files found. */
  files: z.int(),
  folders: z.int(),
  sent: z.int(),
  /** On Box with the same SHA-1 already: no byte was sent. */
  adopted: z.int(),
  /** Finished by an earlier run, and still there. */
  unchanged: z.int(),
  /** Left alone because of `--if-exists skip`. */
  kept: z.int(),
  failed: z.int(),
  aborted: z.int(),
  pending: z.int(),
  /** Links, sockets, FIFOs and devices. */
  special: z.int(),
  /** Folders that could not be read or made. */
  failedFolders: z.int(),
});
export type JobCounts = z.infer<typeof jobCountsSchema>;

export const jobSummarySchema = z.object({
  id: z.int(),
  state: jobStateSchema,
  paths: z.array(z.string()),
  target: z.string(),
  targetFolderId: z.string().nullable(),
  ifExists: ifExistsSchema,
  createdAt: z.number(),
  finishedAt: z.number().nullable(),
  problem: problemSchema.nullable(),
  counts: jobCountsSchema,
  totalBytes: z.number(),
  /** Bytes of finished files plus bytes of finished parts. */
  doneBytes: z.number(),
});
export type JobSummary = z.infer<typeof jobSummarySchema>;

export const transferKindSchema = z.enum(['check', 'direct', 'session']);
export type TransferKind = z.infer<typeof transferKindSchema>;

/** One file on its way, as a list shows it. */
export const transferRowSchema = z.object({
  id: z.int(),
  /** The job or the pair that it belongs to: one of the two. */
  jobId: z.int().nullable(),
  pairId: z.int().nullable(),
  path: z.string(),
  kind: transferKindSchema,
  state: transferStateSchema,
  /** Of one that waits; also of one that is queued while everything is paused. `lengthMs` 0: no end is known. */
  wait: z
    .object({ reason: z.enum([...waitReasons, ...heldReasons]), startedAt: z.number(), lengthMs: z.number() })
    .nullable(),
  sizeBytes: z.number(),
  /** Bytes that Box has acknowledged, plus those handed to the connection. */
  doneBytes: z.number(),
  bytesPerSecond: z.number().nullable(),
  parts: z.object({ total: z.int(), done: z.int(), inFlight: z.int() }).nullable(),
  /** While Box puts the parts together: how many it has processed. */
  commit: z.object({ processed: z.int(), total: z.int() }).nullable(),
  attempts: z.int(),
  problem: problemSchema.nullable(),
  updatedAt: z.number(),
});
export type TransferRow = z.infer<typeof transferRowSchema>;

export const partRowSchema = z.object({
  index: z.int(),
  offset: z.number(),
  sizeBytes: z.number(),
  state: z.enum(partStates),
  origin: z.enum(partOrigins).nullable(),
  attempts: z.int(),
  sha1: z.string().nullable(),
  partId: z.string().nullable(),
  sentBytes: z.number(),
  problem: problemSchema.nullable(),
});
export type PartRow = z.infer<typeof partRowSchema>;

/** Proof of one upload: what stands on Box is what was read here. */
export const receiptSchema = z.object({
  id: z.int(),
  /** The job or the pair that it came by: one of the two. */
  jobId: z.int().nullable(),
  pairId: z.int().nullable(),
  path: z.string(),
  sizeBytes: z.number(),
  sha1: z.string(),
  boxSha1: z.string(),
  fileId: z.string(),
  versionId: z.string().nullable(),
  etag: z.string().nullable(),
  /** sent: its bytes went up; adopted: Box had the same content. */
  how: z.enum(['sent', 'adopted']),
  /** Bytes that went over the wire for it, re-sent parts included. */
  sentBytes: z.number(),
  at: z.number(),
});
export type Receipt = z.infer<typeof receiptSchema>;

export const checkSchema = z.object({
  name: z.string(),
  result: z.enum(['ok', 'warning', 'failure']),
  message: z.string(),
  remedy: z.string().optional(),
});
export type Check = z.infer<typeof checkSchema>;
