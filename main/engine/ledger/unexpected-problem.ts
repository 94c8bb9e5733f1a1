import { ProblemError } from '../../../shared/problem-error.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { ProblemCode } from '../../../shared/problem-table.ts';

// Primary result codes, https://www.sqlite.org/rescode.html; errcode carries the extended ones, whose low byte these are.
const ledgerCodes: Readonly<Record<number, ProblemCode>> = {
  8: 'local.data-folder',
  10: 'local.data-folder',
  13: 'local.data-folder-full',
  14: 'local.data-folder',
};
/** What waiting for the disk fails with (see Durability). */
const diskCodes: Readonly<Record<string, ProblemCode>> = {
  ENOSPC: 'local.data-folder-full',
  EDQUOT: 'local.data-folder-full',
  EIO: 'local.data-folder',
  EROFS: 'local.data-folder',
};

/** The problem that an error of the ledger stands for, where its disk is the cause; undefined for any other error. */
export function ledgerProblem(error: unknown, at: number): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode, syscall } = error as { code?: string; errcode?: number; syscall?: string };
  const found =
    errcode !== undefined ? ledgerCodes[errcode & 0xff] : syscall === 'fdatasync' ? diskCodes[code ?? ''] : undefined;
  return found && { code: found, operation: 'write the ledger', detail: error.message, at };
}

/** An error of the ledger as what is thrown across layers; any other one as it is. */
export function asLedgerProblem(error: unknown): unknown {
  const problem = ledgerProblem(error, Date.now());
  return problem ? new ProblemError(problem, { cause: error }) : error;
}

/** The problem of anything that was thrown: what is neither classified nor the ledger's disk is a defect of ours. */
export function unexpectedProblem(
  error: unknown,
  about: { operation: string; item?: string | undefined; at: number },
): Problem {
  if (error instanceof ProblemError) return error.problem;
  // That of one file is a line in a list.
  const trace = error instanceof Error && about.item === undefined ? error.stack : undefined;
  const detail = trace ?? (error instanceof Error ? error.message : String(error));
  return ledgerProblem(error, about.at) ?? { code: 'local.internal', detail, ...about };
}
