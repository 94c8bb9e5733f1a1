import { z } from 'zod';
import type { Contract } from '../../shared/contract.ts';
import { progressContract } from '../../shared/progress-contract.ts';

/** The progress contract as the app relays it: batches stay unopened, the screen that asked for them parses them. */
export const relayContract = {
  batch: {
    args: progressContract.batch.args.extend({ batch: z.unknown() }),
    result: progressContract.batch.result,
  },
} satisfies Contract;
