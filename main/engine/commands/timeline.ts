import type { Problem } from '../../../shared/problem.ts';
import type { TransferState } from '../../../shared/transfer-state.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TransferRowData } from '../ledger/transfers.ts';

const mostRequests = 50;

/** A request to Box as its support can find it again. */
export interface NamedRequest {
  at: number;
  operation: string;
  requestId: string;
}

export interface ShownTimeline {
  states: { at: number; state: TransferState; note: string | null }[];
  requests: NamedRequest[];
}

/** How a transfer came to its state, and what Box called the requests for it: those of this run, and those that problems name. */
export function timelineOf(
  ledger: Ledger,
  transfer: TransferRowData,
  ofThisRun: readonly NamedRequest[],
  partProblems: readonly (Problem | null)[],
): ShownTimeline {
  const problems = [transfer.problem, ledger.files.get(transfer.fileId)?.problem, ...partProblems];
  const requests = new Map(ofThisRun.map((request) => [request.requestId, request]));
  for (const problem of problems) {
    if (!problem?.requestId || requests.has(problem.requestId)) continue;
    const { at, operation, requestId } = problem;
    requests.set(requestId, { at, operation, requestId });
  }
  const latest = [...requests.values()].sort((a, b) => a.at - b.at).slice(-mostRequests);
  return { states: ledger.timeline.list(transfer.id), requests: latest };
}
