import { z } from 'zod';
import type { Contract } from './contract.ts';
import { engineCommands, engineOptionsSchema } from './engine-contract.ts';

/** The version of what is spoken on the control socket; a client of another version says so and stops. */
export const appProtocol = 1;

/** Screens and commands -> app. */
export const appContract = {
  ...engineCommands,
  hello: {
    args: z.object({ protocol: z.int() }),
    result: z.object({
      protocol: z.int(),
      version: z.string(),
      pid: z.int(),
      startedAt: z.number(),
      /** Which Box it talks to: a command that means another one must not attach. */
      endpoints: engineOptionsSchema.shape.endpoints,
    }),
  },
} satisfies Contract;
