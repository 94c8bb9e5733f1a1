import type { Problem } from '../../../shared/problem.ts';
import type { WaitReason } from '../../../shared/transfer-state.ts';
import type { BoxCopy } from '../ledger/files.ts';
import type { LedgerFacts } from '../ledger/facts.ts';
import type { StopReason } from '../schedule/scheduler.ts';

/** How one run of a transfer ended: a closed set, told apart in one place (settle-result.ts). */
export type RunResult =
  /** On Box with this digest. `facts` are the local facts under which the digest holds. */
  | { kind: 'done'; copy: BoxCopy; sha1: string; facts: LedgerFacts; how: 'sent' | 'adopted' }
  /** Box holds other content and is to keep it. */
  | { kind: 'kept'; problem: Problem }
  /** The plan of the transfer was changed in the ledger; run it again at once. */
  | { kind: 'again'; note: string }
  /** The file is not quiet yet. */
  | { kind: 'settling'; lookAgainMs: number; writer: boolean }
  | { kind: 'waiting'; reason: WaitReason; delayMs: number; problem: Problem }
  /** The local file is another revision than the one that was planned. */
  | { kind: 'changed'; facts: LedgerFacts }
  | { kind: 'failed'; problem: Problem }
  /** Something concerns every transfer of the account. */
  | { kind: 'blocked'; problem: Problem }
  | { kind: 'stopped'; why: StopReason };
