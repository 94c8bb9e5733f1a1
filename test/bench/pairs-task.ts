// What the client of folder pairs is told, and what it answers.
import { z } from 'zod';
import { delaySchema, taskSchema } from './client-task.ts';

export const pairsTaskSchema = taskSchema.extend({
  /** `first`: the pair is added, and all of it goes up. `again`: the same data folder later, with nothing changed. */
  phase: z.enum(['first', 'again']),
  idleMs: z.number(),
  /** Files of the tree, each of which is written anew and waited for. */
  changes: z.array(z.string()),
});
export type PairsTask = z.infer<typeof pairsTaskSchema>;

const walkSchema = z.object({ files: z.int(), folders: z.int(), durationMs: z.number(), cpuMs: z.number() });

const delaysSchema = z.object({ app: delaySchema, engine: delaySchema });

export const pairsAnswerSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('started'), pids: z.array(z.int()) }),
  z.object({
    event: z.literal('first'),
    walk: walkSchema,
    /** From the end of the walk until all folders are watched. */
    watchingMs: z.number(),
    /** Until everything was on Box. */
    syncedMs: z.number(),
    cpuMs: z.number(),
    /** Until all folders were watched, and from then until everything was on Box. */
    delays: z.object({ walk: delaysSchema, upload: delaysSchema }),
  }),
  /** The answer to a restart: nothing more is done before the benchmark says so. */
  z.object({ event: z.literal('restarted'), walk: walkSchema, readyMs: z.number() }),
  z.object({
    event: z.literal('again'),
    idleCpuMs: z.number(),
    idlePssBytes: z.number(),
    rescan: walkSchema,
    /** When each change had been written: ms since 1970. */
    writtenAtMs: z.array(z.number()),
    settleMs: z.number(),
    delays: delaysSchema,
  }),
]);
export type PairsAnswer = z.infer<typeof pairsAnswerSchema>;
export type First = Extract<PairsAnswer, { event: 'first' }>;
export type Restarted = Extract<PairsAnswer, { event: 'restarted' }>;
export type Again = Extract<PairsAnswer, { event: 'again' }>;
