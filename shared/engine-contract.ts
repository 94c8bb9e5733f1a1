import { z } from 'zod';
import type { Contract } from './contract.ts';
import { targetSchema } from './ids.ts';
import {
  checkSchema,
  ifExistsSchema,
  jobSummarySchema,
  partRowSchema,
  receiptSchema,
  transferRowSchema,
} from './model.ts';
import { pairCommands, watchCommands, watchHostCommands } from './pair-commands.ts';
import { viewSchema } from './progress-contract.ts';
import { problemSchema } from './problem.ts';
import { screenCommands } from './screen-commands.ts';
import { settingsCommands } from './settings-commands.ts';
import { transferStateSchema } from './transfer-state.ts';

/** How the engine is started: the one argument of its process, as JSON. Secrets never stand in it. */
export const engineOptionsSchema = z.object({
  home: z.string(),
  endpoints: z.object({ api: z.url(), upload: z.url(), auth: z.url(), authorize: z.url() }),
  /** Reads the ledger and transfers nothing. */
  readOnly: z.boolean(),
  /** 0 or absent: Box's own pace on box.com hosts, none elsewhere. */
  uploadsPerMinute: z.number().nonnegative().optional(),
  callsPerMinute: z.number().nonnegative().optional(),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});
export type EngineOptions = z.infer<typeof engineOptionsSchema>;

const empty = z.object({});

/** Commands of people, the same from a command line, a screen or another process: the app hands them on. */
export const engineCommands = {
  upload: {
    args: z.object({
      /** Absolute. */
      paths: z.array(z.string().min(1)).min(1),
      /** A folder id, or a /path on Box that is made when missing. */
      target: z.string().min(1),
      ifExists: ifExistsSchema,
      partsInParallel: z.int().min(1).max(5).optional(),
    }),
    result: z.object({
      jobId: z.int(),
      /** True when an earlier job of the same paths and target goes on. */
      resumed: z.boolean(),
      /** Unfinished jobs that were not started. */
      unfinished: z.array(jobSummarySchema),
    }),
  },
  /** Stops a job without pausing it: all is kept, and the next `upload` of the same goes on. */
  suspend: { args: z.object({ jobId: z.int() }), result: empty },
  jobs: { args: z.object({ unfinishedOnly: z.boolean().default(false) }), result: z.array(jobSummarySchema) },
  job: { args: z.object({ jobId: z.int() }), result: jobSummarySchema },
  transfers: {
    args: z.object({
      jobId: z.int().optional(),
      pairId: z.int().optional(),
      states: z.array(transferStateSchema).optional(),
      /** Rows with a larger id than this. */
      after: z.int().default(0),
      limit: z.int().min(1).max(1000).default(200),
    }),
    result: z.array(transferRowSchema),
  },
  transfer: { args: z.object({ transferId: z.int() }), result: transferRowSchema },
  parts: {
    args: z.object({ transferId: z.int() }),
    result: z.object({
      transfer: transferRowSchema,
      session: z.object({ id: z.string(), expiresAt: z.string(), partSizeBytes: z.number() }).nullable(),
      parts: z.array(partRowSchema),
      timeline: z.array(z.object({ at: z.number(), state: transferStateSchema, note: z.string().nullable() })),
    }),
  },
  /** Files of a job or a pair that did not make it, special files included. */
  failures: {
    args: z.object({ ownerId: z.int(), after: z.int().default(0), limit: z.int().min(1).max(1000).default(500) }),
    result: z.array(
      z.object({ id: z.int(), path: z.string(), kind: z.enum(['file', 'folder', 'special']), problem: problemSchema }),
    ),
  },
  pause: {
    args: z.object({ target: targetSchema, durationMs: z.number().positive().nullable().default(null) }),
    result: empty,
  },
  resume: { args: z.object({ target: targetSchema }), result: empty },
  /** Box's DELETE leaves after five seconds; `resume` within them takes it back. */
  abort: { args: z.object({ target: targetSchema }), result: z.object({ undoUntil: z.number() }) },
  retry: { args: z.object({ target: targetSchema }), result: empty },
  why: {
    args: z.object({ path: z.string().min(1) }),
    result: z.array(
      z.object({
        path: z.string(),
        /** The job or the pair that knows it: one of the two. */
        jobId: z.int().nullable(),
        pairId: z.int().nullable(),
        transferId: z.int().nullable(),
        /** What holds it, in a sentence. */
        reason: z.string(),
        problem: problemSchema.nullable(),
        /** When the local file was last looked at. */
        checkedAt: z.number().nullable(),
      }),
    ),
  },
  receipts: {
    args: z.object({
      jobId: z.int().optional(),
      pairId: z.int().optional(),
      after: z.int().default(0),
      limit: z.int().min(1).max(5000).default(1000),
    }),
    result: z.array(receiptSchema),
  },
  doctor: { args: empty, result: z.array(checkSchema) },
  subscribe: { args: z.object({ view: viewSchema }), result: z.object({ subscription: z.int() }) },
  unsubscribe: { args: z.object({ subscription: z.int() }), result: empty },
  ...pairCommands,
  ...settingsCommands,
  ...screenCommands,
} satisfies Contract;

/** App -> engine. */
export const engineContract = {
  ...engineCommands,
  ...watchCommands,
  /** Stops all transfers, keeps what is resumable, closes the ledger; the process ends after the answer. */
  shutDown: { args: empty, result: empty },
  /** What the engine's process costs; delays are from the last `reset` on, and sampled from the first call on. */
  metrics: {
    args: z.object({ reset: z.boolean() }),
    result: z.object({
      eventLoopDelayMs: z.object({ p50: z.number(), p99: z.number(), p999: z.number(), max: z.number() }),
      rssBytes: z.number(),
      peakRssBytes: z.number(),
    }),
  },
} satisfies Contract;

/** Engine -> app, beside the progress contract. */
export const engineHostContract = {
  ...watchHostCommands,
  /** An access token; `refused` is the one that Box did not take, so that another is fetched; `twice`: and not the next time either. */
  accessToken: {
    args: z.object({ refused: z.string().optional(), twice: z.boolean().optional() }),
    result: z.object({ token: z.string() }),
  },
  /** The proxy on the way to a URL, as a URL of its own; null: none. */
  proxyFor: { args: z.object({ url: z.url() }), result: z.object({ proxy: z.url().nullable() }) },
  /** Once, when the ledger is open and commands are taken; or why not, before the process ends. */
  ready: {
    args: z.union([
      z.object({ ok: z.literal(true) }),
      z.object({
        ok: z.literal(false),
        code: z.enum(['locked', 'newer-ledger', 'home', 'internal']),
        message: z.string(),
      }),
    ]),
    result: empty,
  },
} satisfies Contract;
