import { z } from 'zod';
import type { Contract } from './contract.ts';
import { targetSchema } from './ids.ts';
import { listFilterSchema, problemGroupSchema, problemItemSchema } from './list-model.ts';
import { partRowSchema, receiptSchema } from './model.ts';
import { problemCodeSchema } from './problem.ts';
import { rulesPreviewSchema } from './rules-preview.ts';
import { transferStateSchema } from './transfer-state.ts';

/** Longer than any path that is not made to be long. */
export const maxSearchedPath = 5000;

const boxFolderSchema = z.object({ id: z.string(), name: z.string() });

/** What screens ask of the engine beyond what the command line does. */
export const screenCommands = {
  /**
   * One action on many: on the named ones, or on every transfer that a filter lets through. What can't be done to one of them
   * doesn't stop the others. `next` puts transfers before all that wait, in the order in which they stand. `undo` takes aborts
   * back that are not over, and nothing else: what was paused is paused again (`resume` takes them back too, and lets them go on).
   * A filter names those to which the action can be done: `retry` is for what needs somebody, and for what was aborted only in
   * the group `done`; `undo` and `resume` take aborts back in any group. Transfers in `except` are left as they are.
   */
  act: {
    args: z.object({
      action: z.enum(['pause', 'resume', 'abort', 'undo', 'retry', 'next']),
      on: z.union([
        z.object({ targets: z.array(targetSchema).min(1).max(10_000) }),
        z.object({ filter: listFilterSchema, except: z.array(z.int().positive()).max(10_000).optional() }),
      ]),
    }),
    result: z.object({
      done: z.int(),
      /** For `abort`: until when it can be taken back. */
      undoUntil: z.number().nullable(),
      /** At most 100 of `refusedCount`, with the reason. */
      refused: z.array(z.object({ target: targetSchema, message: z.string() })),
      refusedCount: z.int(),
    }),
  },
  /** Rows of parts, for the table beside the map. */
  partRows: {
    args: z.object({ transferId: z.int(), from: z.int().nonnegative(), count: z.int().min(1).max(500) }),
    result: z.object({ total: z.int(), parts: z.array(partRowSchema) }),
  },
  /** How a transfer came to its state, and what Box called its requests. */
  timeline: {
    args: z.object({ transferId: z.int() }),
    result: z.object({
      states: z.array(z.object({ at: z.number(), state: transferStateSchema, note: z.string().nullable() })),
      /** The latest, at most 50. */
      requests: z.array(z.object({ at: z.number(), operation: z.string(), requestId: z.string() })),
    }),
  },
  problemGroups: { args: z.object({}), result: z.array(problemGroupSchema) },
  problemItems: {
    args: z.object({
      code: problemCodeSchema,
      after: z.int().default(0),
      limit: z.int().min(1).max(500).default(200),
    }),
    result: z.array(problemItemSchema),
  },
  /** Tries everything again that failed for one cause; without a code, for any. */
  retryProblems: { args: z.object({ code: problemCodeSchema.nullable() }), result: z.object({ done: z.int() }) },
  /** Receipts, the newest first, whose path holds a text in any case. */
  history: {
    args: z.object({
      text: z.string().max(maxSearchedPath).default(''),
      /** Receipts with a smaller id than this. */
      before: z.int().nullable().default(null),
      limit: z.int().min(1).max(1000).default(200),
    }),
    result: z.object({
      receipts: z.array(receiptSchema),
      /** Of all receipts; null with a text. */
      total: z.int().nullable(),
      /** The `before` of what follows; null at the end. A page may hold fewer than the limit: a call looks at so many only. */
      next: z.int().nullable(),
    }),
  },
  /** Folders on Box in one folder; '0' is the top. */
  boxFolders: {
    args: z.object({ folderId: z.string().regex(/^\d{1,20}$/) }),
    result: z.object({
      folder: boxFolderSchema,
      /** From the top down, without the folder itself. */
      path: z.array(boxFolderSchema),
      /** At most 1,000, by name. */
      folders: z.array(boxFolderSchema),
      more: z.boolean(),
    }),
  },
  createBoxFolder: {
    args: z.object({ parentId: z.string().regex(/^\d{1,20}$/), name: z.string().min(1).max(255) }),
    result: boxFolderSchema,
  },
  /**
   * What rules would leave out of a local folder, as far as it can be read in two seconds. A later call for the same folder ends
   * an earlier one, which is then refused.
   */
  previewRules: {
    args: z.object({
      /** Absolute. */
      path: z.string().min(1),
      rules: z.string().max(100_000),
      useBuiltInRules: z.boolean(),
    }),
    result: rulesPreviewSchema,
  },
} satisfies Contract;
