import { z } from 'zod';
import type { Contract } from '../../shared/contract.ts';

/** Calls that echo, fail in each way, hang, and answer nonsense. */
export const echoContract = {
  echo: { args: z.object({ text: z.string(), times: z.int().optional() }), result: z.object({ text: z.string() }) },
  fail: { args: z.object({ how: z.enum(['call-error', 'problem', 'defect']) }), result: z.object({}) },
  hang: { args: z.object({}), result: z.object({}) },
  nonsense: { args: z.object({}), result: z.object({ count: z.number() }) },
} satisfies Contract;
