import type { PairEvent } from '../../../shared/pair-model.ts';
import type { BoxConnection } from '../../box/connection.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { HashPool } from '../hash/hash-pool.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { shownQuestion, type NewQuestion } from '../ledger/questions.ts';
import type { Scheduler } from '../schedule/scheduler.ts';

/** What keeping pairs up to date needs of the rest of the engine. */
export interface PairServices {
  ledger: Ledger;
  clock: Clock;
  connection: BoxConnection;
  hashPool: HashPool;
  scheduler: Scheduler;
  /** Aborts sessions on Box that nobody wants any more; never rejects. */
  sweepSessions: () => Promise<void>;
  /** For the names of copies. */
  hostName: string;
  onEvent: (event: PairEvent) => void;
  log: Logger;
}

/** Asks, within a transaction, and tells so where it is new. */
export function ask({ ledger, clock, onEvent }: PairServices, question: NewQuestion): void {
  const asked = ledger.questions.ask(question, clock.now());
  if (asked.isNew) onEvent({ type: 'question', question: shownQuestion(asked.question) });
}
