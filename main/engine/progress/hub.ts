import { assertNever } from '../../../shared/assert-never.ts';
import { CallError } from '../../../shared/call-error.ts';
import type { PairEvent, PairsProgress } from '../../../shared/pair-model.ts';
import type { Batch, Outcome, View } from '../../../shared/progress-contract.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { Feed } from './feed.ts';
import { ListView } from './list-view.ts';
import type { LiveBoard } from './live.ts';
import type { OverviewMaker } from './overview-maker.ts';
import { OverviewView } from './overview-view.ts';
import type { RowMaker } from './rows.ts';
import { SpeedMeter } from './speed.ts';
import { WholeView, type StateView } from './state-view.ts';
import { TransferView } from './transfer-view.ts';

const tickMs = 100;
/** Between two slices of what takes long, so that other work comes between. */
const workPauseMs = 5;
/** Between a job's start and its first follower. */
const maxEarlyOutcomes = 20_000;
/** Who starts a job follows it at once. A page never does: its jobs' outcomes must not pile up. */
const earlyMs = 60_000;

type Source = { feed: Feed<Outcome> | Feed<PairEvent> } | { state: StateView };

interface Subscription {
  view: View;
  source: Source;
  /** A batch is on its way and not acknowledged. */
  inFlight: boolean;
  /** When the last one left, monotonic. */
  sentMs: number;
  /** When its work is to go on, monotonic. */
  workMs: number;
  /** There may be something that it was too early for. */
  isDue: boolean;
  /** Batches that did not arrive, one after the other. */
  lost: number;
}

export interface ProgressHubOptions {
  ledger: Ledger;
  board: LiveBoard;
  rows: RowMaker;
  overview: OverviewMaker;
  clock: Clock;
  pairs: () => PairsProgress;
  send: (subscription: number, batch: Batch) => Promise<unknown>;
}

/**
 * Sends progress to who has subscribed: at most ten batches a second and view, the next only after the last was
 * acknowledged, newer state replacing older. It looks while something moves and after something was written, and sleeps else.
 */
export class ProgressHub {
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #options: ProgressHubOptions;
  /** Outcomes of jobs that nobody follows yet: who starts a job knows its number only after it has begun. */
  readonly #early = new Map<number, { sinceMs: number; outcomes: Outcome[] }>();
  #timer: { handle: NodeJS.Timeout; dueMs: number } | undefined;
  #lookedMs = -Infinity;
  /** Until then rates go down to nothing, though no byte flows. */
  #movingUntilMs = -Infinity;
  #nextId = 1;

  constructor(options: ProgressHubOptions) {
    this.#options = options;
    options.ledger.onChange(() => {
      if (this.#subscriptions.size > 0) this.#lookAfterPause();
    });
  }

  /** The first batch leaves at once, after the number is known. */
  subscribe(view: View): number {
    const { ledger } = this.#options;
    if ('jobId' in view && !ledger.jobs.get(view.jobId)) {
      throw new CallError('usage', `There is no job j${view.jobId}.`);
    }
    if (view.kind === 'transfer' && !ledger.transfers.get(view.transferId)) {
      throw new CallError('usage', `There is no transfer t${view.transferId}; "boxcar status" lists them.`);
    }
    const id = this.#nextId;
    this.#nextId += 1;
    const source = this.#source(view);
    const subscription = { view, source, inFlight: false, sentMs: -Infinity, workMs: 0, isDue: false, lost: 0 };
    this.#subscriptions.set(id, subscription);
    setImmediate(() => {
      if (!this.#subscriptions.has(id)) return;
      this.#turn(id, subscription);
      this.#lookAfterPause();
    });
    return id;
  }

  unsubscribe(id: number): void {
    this.#subscriptions.delete(id);
    if (this.#subscriptions.size === 0) this.#sleep();
  }

  /** A job begins: its outcomes are kept for the first who follows it. */
  expect(jobId: number): void {
    this.#forgetEarly();
    this.#early.set(jobId, { sinceMs: this.#options.clock.monotonic(), outcomes: [] });
  }

  outcome(jobId: number, outcome: Outcome): void {
    this.#forgetEarly();
    const early = this.#early.get(jobId)?.outcomes;
    if (early && early.length < maxEarlyOutcomes) early.push(outcome);
    for (const { view, source } of this.#subscriptions.values()) {
      if (view.kind !== 'outcomes' || view.jobId !== jobId || !('feed' in source)) continue;
      (source.feed as Feed<Outcome>).add(outcome);
      this.#look(tickMs);
    }
  }

  pairEvent(event: PairEvent): void {
    for (const { view, source } of this.#subscriptions.values()) {
      if (view.kind !== 'pair-events' || !('feed' in source)) continue;
      (source.feed as Feed<PairEvent>).add(event);
      this.#look(tickMs);
    }
  }

  /** Sends what is waiting now: a job has ended, and who follows it need not wait for the tick. */
  flush(): void {
    this.#tick();
  }

  close(): void {
    this.#options.ledger.onChange(undefined);
    this.#sleep();
    this.#subscriptions.clear();
  }

  #source(view: View): Source {
    const { ledger, board, rows, clock, overview, pairs } = this.#options;
    switch (view.kind) {
      case 'outcomes': {
        const early = this.#early.get(view.jobId)?.outcomes ?? [];
        this.#early.delete(view.jobId);
        return { feed: new Feed<Outcome>((outcomes, lost) => ({ kind: 'outcomes', outcomes, lost }), early) };
      }
      case 'pair-events':
        return { feed: new Feed<PairEvent>((events, lost) => ({ kind: 'pair-events', events, lost })) };
      case 'pairs':
        return polled(() => ({ kind: 'pairs', progress: pairs(), rule: overview.rule }));
      case 'job':
        return polled(() => {
          const progress = rows.job(view.jobId);
          return progress && { kind: 'job', progress, rule: overview.rule };
        });
      case 'parts':
        return polled(() => {
          const transfer = ledger.transfers.get(view.transferId);
          return transfer && { kind: 'parts', transfer: rows.transfer(transfer), parts: rows.parts(transfer) };
        });
      case 'overview':
        return {
          state: new OverviewView(
            () => overview.make(),
            () => clock.monotonic(),
            view.hidden,
          ),
        };
      case 'list':
        return {
          state: new ListView({ ledger, board, rows, clock, ...view }),
        };
      case 'transfer':
        return { state: new TransferView({ ledger, board, rows, clock, transferId: view.transferId }) };
      default:
        return assertNever(view);
    }
  }

  #forgetEarly(): void {
    const oldestMs = this.#options.clock.monotonic() - earlyMs;
    for (const [jobId, { sinceMs }] of this.#early) if (sinceMs < oldestMs) this.#early.delete(jobId);
  }

  #look(delayMs: number): void {
    const dueMs = this.#options.clock.monotonic() + delayMs;
    if (this.#timer && this.#timer.dueMs <= dueMs) return;
    clearTimeout(this.#timer?.handle);
    const handle = setTimeout(() => {
      this.#timer = undefined;
      this.#tick();
    }, delayMs);
    this.#timer = { handle, dueMs };
  }

  #lookAfterPause(): void {
    this.#look(Math.max(0, this.#lookedMs + tickMs - this.#options.clock.monotonic()));
  }

  #sleep(): void {
    clearTimeout(this.#timer?.handle);
    this.#timer = undefined;
  }

  #tick(): void {
    const now = this.#options.clock.monotonic();
    this.#lookedMs = now;
    for (const [id, subscription] of this.#subscriptions) this.#turn(id, subscription);
    this.#lookAgain(now);
  }

  #turn(id: number, subscription: Subscription): void {
    const { source, inFlight } = subscription;
    if ('state' in source && source.state.work) {
      subscription.workMs = this.#options.clock.monotonic() + Math.max(workPauseMs, source.state.work());
    }
    if (!inFlight) this.#push(id, subscription);
  }

  #lookAgain(now: number): void {
    if (this.#options.board.running().size > 0) this.#movingUntilMs = now + SpeedMeter.windowMs + tickMs;
    let delayMs = Infinity;
    for (const { source, inFlight, sentMs, isDue, workMs } of this.#subscriptions.values()) {
      if ('state' in source && source.state.work) delayMs = Math.min(delayMs, Math.max(0, workMs - now));
      // Its acknowledgement leads to the next look.
      if (inFlight) continue;
      if ('feed' in source) delayMs = Math.min(delayMs, source.feed.isEmpty ? Infinity : tickMs);
      else if (now < this.#movingUntilMs) delayMs = Math.min(delayMs, tickMs);
      else delayMs = Math.min(delayMs, Math.max(isDue ? 0 : source.state.againMs, sentMs + tickMs - now));
    }
    if (delayMs < Infinity) this.#look(delayMs);
  }

  #push(id: number, subscription: Subscription): void {
    const { source } = subscription;
    const batch = 'feed' in source ? source.feed.next() : this.#stateOf(subscription, source.state);
    if (!batch) return;
    subscription.inFlight = true;
    subscription.sentMs = this.#options.clock.monotonic();
    this.#options.send(id, batch).then(
      () => this.#arrived(id, subscription),
      () => this.#failed(id, subscription),
    );
  }

  #stateOf(subscription: Subscription, state: StateView): Batch | undefined {
    const { view, sentMs } = subscription;
    // The command line is told of a job's end at once.
    const mayHurry = view.kind === 'job' || view.kind === 'pairs' || view.kind === 'parts';
    subscription.isDue = !mayHurry && this.#options.clock.monotonic() - sentMs < tickMs;
    return subscription.isDue ? undefined : state.next();
  }

  #arrived(id: number, subscription: Subscription): void {
    subscription.inFlight = false;
    subscription.lost = 0;
    if (!this.#subscriptions.has(id)) return;
    const { source } = subscription;
    // A feed that is behind goes on at once.
    if ('feed' in source && !source.feed.isEmpty) this.#push(id, subscription);
    else this.#lookAfterPause();
  }

  /** A feed can't be told again, so that it ends; a state can, once. Twice in a row: who asked is gone. */
  #failed(id: number, subscription: Subscription): void {
    subscription.inFlight = false;
    subscription.lost += 1;
    if ('feed' in subscription.source || subscription.lost > 1) return this.unsubscribe(id);
    subscription.source.state.lost();
    if (this.#subscriptions.has(id)) this.#look(tickMs);
  }
}

/** Looked at in each tick: it also shows what is not in the ledger. */
function polled(make: () => Batch | undefined): Source {
  return { state: new WholeView(make, tickMs) };
}
