import { z } from 'zod';

/** What ignore rules leave out of a folder, as far as it was read in the time that a preview has. */
export const rulesPreviewSchema = z.object({
  /** Lines that mean nothing, by their number from 1. */
  mistakes: z.array(z.object({ line: z.int(), message: z.string() })),
  kept: z.object({ files: z.int(), bytes: z.number() }),
  /** A folder that is left out counts once; what is in it is not read. */
  excluded: z.object({ entries: z.int() }),
  /** At most 100; paths are relative to the folder. */
  examples: z.array(z.object({ path: z.string(), rule: z.string() })),
  /** False where the tree was too large to be read to its end. */
  complete: z.boolean(),
});
export type RulesPreview = z.infer<typeof rulesPreviewSchema>;
