import { z } from 'zod';
import { problemSchema, type Problem } from './problem.ts';

/** Why a command was not carried out; what a command line turns into an exit code. */
export const callErrorCodes = [
  'usage', // the words of the command are off: an unknown id, a path that doesn't exist
  'refused', // understood, but not now or not this: the message says why
  'problem', // Box or the machine refused; `problem` has the facts
  'link-lost', // the other process is gone; the outcome is unknown
  'timeout', // no answer in time
  'internal', // a defect of ours
] as const;
export type CallErrorCode = (typeof callErrorCodes)[number];

/** How an error crosses a process boundary: Electron and JSON carry no more than this of an Error. */
export const callErrorSchema = z.object({
  code: z.enum(callErrorCodes),
  message: z.string(),
  problem: problemSchema.optional(),
});

/** A command that failed, on either side of a boundary. */
export class CallError extends Error {
  readonly code: CallErrorCode;
  readonly problem: Problem | undefined;

  constructor(code: CallErrorCode, message: string, problem?: Problem) {
    super(message);
    this.name = 'CallError';
    this.code = code;
    this.problem = problem;
  }
}
