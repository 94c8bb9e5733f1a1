import { CallError } from '../../shared/call-error.ts';
import type { Problem } from '../../shared/problem.ts';

/** What the process ends with; scripts rely on it, so the numbers never change. */
export const ExitCode = {
  ok: 0,
  /** Some files failed, or the command was not carried out. */
  failed: 1,
  /** The words of the command are off; nothing was done. */
  usage: 2,
  signIn: 3,
  /** 128 + SIGINT, whichever signal it was: the same command goes on. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** An error that a command ends with; the message is all that a person is told. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  readonly problem: Problem | undefined;

  constructor(exitCode: ExitCode, message: string, problem?: Problem) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
    this.problem = problem;
  }
}

/** The exit code of a refused command. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  if (!(error instanceof CallError)) return ExitCode.failed;
  if (error.code === 'usage') return ExitCode.usage;
  return error.problem?.code === 'account.sign-in' ? ExitCode.signIn : ExitCode.failed;
}
