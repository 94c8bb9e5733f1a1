import { z } from 'zod';
import type { Contract } from './contract.ts';
import { holdReasons, settingsChangesSchema, settingsNowSchema } from './settings.ts';

const empty = z.object({});

/** What concerns all uploads together, of jobs and of pairs. */
export const settingsCommands = {
  settings: { args: empty, result: settingsNowSchema },
  /** Takes effect within a second, in running parts too. Also without the right to transfer: it is kept. */
  setSettings: { args: z.object({ changes: settingsChangesSchema }), result: settingsNowSchema },
  /** Nothing goes up until the time is over (null: until `resumeAll`), also after a restart. A later call replaces an earlier one. */
  pauseAll: {
    args: z.object({ durationMs: z.number().positive().nullable().default(null) }),
    result: empty,
  },
  /**
   * Nothing goes up for a reason of the machine; null: it has passed. Kept nowhere: whoever sees to it says it again to the next engine.
   * It can't be resumed over.
   */
  hold: { args: z.object({ reason: z.enum(holdReasons).nullable() }), result: empty },
  /** Takes `pauseAll` back. What was paused one by one stays so, and so does a pause of the schedule. */
  resumeAll: { args: empty, result: empty },
} satisfies Contract;
