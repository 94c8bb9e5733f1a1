import { z } from 'zod';
import type { Contract } from './contract.ts';
import {
  answerSchema,
  pairChangesSchema,
  pairSummarySchema,
  previewSchema,
  questionSchema,
  verifyResultSchema,
  watchReportSchema,
} from './pair-model.ts';

const empty = z.object({});
const pairId = z.int().positive();

/** What people ask of folder pairs. */
export const pairCommands = {
  /** Refused with a reason where it can't be kept: see `checkPair` in the engine. The engine keeps it up to date if it keeps pairs. */
  addPair: {
    args: z.object({
      /** Absolute. */
      path: z.string().min(1),
      /** A folder id, or a /path on Box that is made when missing. */
      target: z.string().min(1),
      options: pairChangesSchema.default({}),
    }),
    result: z.object({ pairId }),
  },
  /** Changes what was chosen; changed rules take effect at once, and nothing on Box is removed by it. */
  setPair: { args: z.object({ pairId, options: pairChangesSchema }), result: empty },
  /** Waits for what is committing, aborts its other sessions, forgets it. Box and the receipts stay as they are. */
  removePair: { args: z.object({ pairId }), result: empty },
  pairs: { args: empty, result: z.array(pairSummarySchema) },
  pair: { args: z.object({ pairId }), result: pairSummarySchema },
  /** Keeps all pairs up to date from now on, until the engine ends. */
  startPairs: { args: empty, result: empty },
  /** Walks a pair, or all of them, now. Answers when it has begun. */
  rescan: { args: z.object({ pairId: pairId.nullable() }), result: empty },
  preview: {
    args: z.object({ path: z.string().min(1), target: z.string().min(1), options: pairChangesSchema.default({}) }),
    result: previewSchema,
  },
  verify: { args: z.object({ pairId, full: z.boolean().default(false) }), result: verifyResultSchema },
  questions: {
    args: z.object({
      pairId: pairId.optional(),
      after: z.int().default(0),
      limit: z.int().min(1).max(1000).default(500),
    }),
    result: z.array(questionSchema),
  },
  /** `all`: every open question of the same pair and kind takes the same answer. */
  answer: {
    args: z.object({ questionId: z.int().positive(), answer: answerSchema, all: z.boolean().default(false) }),
    result: z.object({ answered: z.int() }),
  },
} satisfies Contract;

/** App -> engine: what the watcher noticed. */
export const watchCommands = {
  /** Folders (absolute) whose entries changed; with `overflow` all of the pair is to be read again. */
  hints: {
    args: z.object({ pairId, folders: z.array(z.string()), overflow: z.boolean() }),
    result: empty,
  },
  watchReport: { args: z.object({ pairId, report: watchReportSchema }), result: empty },
  /** The machine was asleep: connections are stale, and anything may have changed. */
  wokeUp: { args: empty, result: empty },
} satisfies Contract;

/** Engine -> app: what to watch. */
export const watchHostCommands = {
  /**
   * Directories of a pair (absolute, the root included, parents first), as a walk found them. `more`: the rest of one
   * walk follows. Answered when they were taken, not when they are watched: the report tells that.
   */
  watch: {
    args: z.object({ pairId, root: z.string(), folders: z.array(z.string()), more: z.boolean() }),
    result: empty,
  },
  /** null: all of the pair. */
  unwatch: { args: z.object({ pairId, root: z.string(), folders: z.array(z.string()).nullable() }), result: empty },
} satisfies Contract;
