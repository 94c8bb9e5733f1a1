import { CallError } from '../../../shared/call-error.ts';
import type { PairEvent, PairsProgress } from '../../../shared/pair-model.ts';
import type { Batch, Outcome, View } from '../../../shared/progress-contract.ts';
import { assertNever } from '../../../shared/assert-never.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { RowMaker } from './rows.ts';

const tickMs = 100;
/** A feed that nobody reads is cut here; the receipts have what was dropped. */
const maxQueued = 200_000;
const perBatch = 500;
/** Between a job's start and its first follower. */
const maxEarlyOutcomes = 20_000;

interface Subscription {
  view: View;
  /** A batch is on its way and not acknowledged. */
  inFlight: boolean;
  /** What was sent last, so that nothing is sent twice. */
  last: string;
  outcomes: Outcome[];
  pairEvents: PairEvent[];
  lost: number;
}

/**
 * Sends progress to who has subscribed: at most ten batches a second and view, the next only after the last was
 * acknowledged, newer state replacing older. Without subscriptions it does nothing at all.
 */
export class ProgressHub {
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #ledger: Ledger;
  readonly #rows: RowMaker;
  readonly #send: (subscription: number, batch: Batch) => Promise<unknown>;
  /** Outcomes of jobs that nobody follows yet: who starts a job knows its number only after it has begun. */
  readonly #early = new Map<number, Outcome[]>();
  readonly #pairs: () => PairsProgress;
  #timer: NodeJS.Timeout | undefined;
  #nextId = 1;

  constructor(options: {
    ledger: Ledger;
    rows: RowMaker;
    pairs: () => PairsProgress;
    send: (subscription: number, batch: Batch) => Promise<unknown>;
  }) {
    this.#ledger = options.ledger;
    this.#rows = options.rows;
    this.#pairs = options.pairs;
    this.#send = options.send;
  }

  subscribe(view: View): number {
    if ('jobId' in view && !this.#ledger.jobs.get(view.jobId)) {
      throw new CallError('usage', `There is no job j${view.jobId}.`);
    }
    const id = this.#nextId;
    this.#nextId += 1;
    const outcomes = view.kind === 'outcomes' ? (this.#early.get(view.jobId) ?? []) : [];
    if (view.kind === 'outcomes') this.#early.delete(view.jobId);
    this.#subscriptions.set(id, { view, inFlight: false, last: '', outcomes, pairEvents: [], lost: 0 });
    this.#arm();
    return id;
  }

  unsubscribe(id: number): void {
    this.#subscriptions.delete(id);
    if (this.#subscriptions.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A job begins: its outcomes are kept for the first who follows it. */
  expect(jobId: number): void {
    this.#early.set(jobId, []);
  }

  outcome(jobId: number, outcome: Outcome): void {
    const early = this.#early.get(jobId);
    if (early && early.length < maxEarlyOutcomes) early.push(outcome);
    for (const subscription of this.#subscriptions.values()) {
      const { view, outcomes } = subscription;
      if (view.kind !== 'outcomes' || view.jobId !== jobId) continue;
      if (outcomes.length < maxQueued) outcomes.push(outcome);
      else subscription.lost += 1;
      this.#arm();
    }
  }

  pairEvent(event: PairEvent): void {
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.view.kind !== 'pair-events') continue;
      if (subscription.pairEvents.length < maxQueued) subscription.pairEvents.push(event);
      else subscription.lost += 1;
      this.#arm();
    }
  }

  /** Sends what is waiting now: a job has ended, and who follows it need not wait for the tick. */
  flush(): void {
    this.#tick();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#subscriptions.clear();
  }

  /** A view of a state is looked at in each tick; a feed needs one only when there is something in it, so that an idle engine sleeps. */
  #arm(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tick();
      if (this.#subscriptions.values().some(needsTick)) this.#arm();
    }, tickMs);
  }

  #tick(): void {
    for (const [id, subscription] of this.#subscriptions) {
      if (!subscription.inFlight) this.#push(id, subscription);
    }
  }

  #push(id: number, subscription: Subscription): void {
    const batch = this.#batch(subscription);
    if (!batch) return;
    subscription.inFlight = true;
    this.#send(id, batch).then(
      () => {
        subscription.inFlight = false;
        // A feed that is behind goes on at once.
        const isBehind = subscription.outcomes.length > 0 || subscription.pairEvents.length > 0;
        if (isBehind && this.#subscriptions.has(id)) this.#push(id, subscription);
      },
      // Who asked is gone.
      () => this.unsubscribe(id),
    );
  }

  #batch(subscription: Subscription): Batch | undefined {
    const { view } = subscription;
    switch (view.kind) {
      case 'outcomes': {
        if (subscription.outcomes.length === 0) return undefined;
        const outcomes = subscription.outcomes.splice(0, perBatch);
        return { kind: 'outcomes', outcomes, lost: subscription.lost };
      }
      case 'pair-events': {
        if (subscription.pairEvents.length === 0) return undefined;
        const events = subscription.pairEvents.splice(0, perBatch);
        return { kind: 'pair-events', events, lost: subscription.lost };
      }
      case 'pairs':
        return this.#unlessSame(subscription, { kind: 'pairs', progress: this.#pairs() });
      case 'job': {
        const progress = this.#rows.job(view.jobId);
        return progress && this.#unlessSame(subscription, { kind: 'job', progress });
      }
      case 'parts': {
        const transfer = this.#ledger.transfers.get(view.transferId);
        if (!transfer) return undefined;
        const parts = this.#rows.parts(transfer);
        return this.#unlessSame(subscription, { kind: 'parts', transfer: this.#rows.transfer(transfer), parts });
      }
      case 'overview':
      case 'list':
      case 'transfer':
        return undefined;
      default:
        return assertNever(view);
    }
  }

  #unlessSame(subscription: Subscription, batch: Batch): Batch | undefined {
    const text = JSON.stringify(batch);
    if (text === subscription.last) return undefined;
    subscription.last = text;
    return batch;
  }
}

function needsTick({ view, outcomes, pairEvents }: Subscription): boolean {
  const isFeed = view.kind === 'outcomes' || view.kind === 'pair-events';
  return !isFeed || outcomes.length > 0 || pairEvents.length > 0;
}
