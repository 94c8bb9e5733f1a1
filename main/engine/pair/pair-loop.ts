import type { Problem } from '../../../shared/problem.ts';
import type { ProblemCode } from '../../../shared/problem-table.ts';
import { sleep } from '../../platform/wait.ts';
import { unexpectedProblem } from '../ledger/unexpected-problem.ts';
import type { NetworkGate } from '../schedule/network-gate.ts';
import type { PairRun } from './pair-run.ts';
import type { RemoteChanges } from './remote-changes.ts';
import type { RemoteFollowers } from './remote-followers.ts';
import { hourlyShare, scrubSome } from './scrub.ts';
import type { PairServices } from './services.ts';
import { FolderStands } from './stand-folder.ts';
import { syncRound } from './sync-round.ts';

/** What stopped everything is tried again after so long, unless Box says when. */
const againMs = 60_000;
/** Timers count 24 days at most. */
const longestSleepMs = 3_600_000;
/** The way to Box may be open again at any moment. */
const passing: ReadonlySet<ProblemCode> = new Set(['network.unreachable', 'network.interrupted', 'network.stalled']);
/** Finished transfers of one moment are one look at whether all is done. */
const restMs = 20;

export interface PairLoopOptions {
  services: PairServices;
  gate: NetworkGate;
  remote: RemoteChanges;
  followers: RemoteFollowers;
  /** The pairs that are kept up to date at the moment. */
  runs: ReadonlyMap<number, PairRun>;
}

/** One loop over all pairs that walks, decides and rests. */
export class PairLoop {
  readonly #options: PairLoopOptions;
  readonly #stands: FolderStands;
  readonly #controller = new AbortController();
  #wake = Promise.withResolvers<void>();
  #loop: Promise<void> | null = null;
  /** Work was done since the last time that nothing was left. */
  #worked = false;
  /** Quiet files are read again in the background, one pair at a time. */
  #scrubbing: Promise<void> = Promise.resolve();
  /** One thing at a time is done to the rows of a pair: a turn of the loop, an answer, a removal. */
  #busy: Promise<unknown> = Promise.resolve();

  constructor(options: PairLoopOptions) {
    this.#options = options;
    this.#stands = new FolderStands(options.services);
  }

  get isStarted(): boolean {
    return this.#loop !== null;
  }

  start(): void {
    const { signal } = this.#controller;
    this.#worked = true;
    this.#loop ??= this.#turns(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#options.services.log.warn({ err: error }, 'keeping pairs up to date has ended');
    });
  }

  /** Runs something that no turn of the loop may come between. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#busy.then(work);
    this.#busy = result.catch(() => undefined);
    return result;
  }

  /** Something is to be done, or may be. */
  wake(): void {
    this.#wake.resolve();
  }

  /** Something was done, or is to be done: that nothing is left is told anew. */
  worked(): void {
    this.#worked = true;
    this.wake();
  }

  /** Starts no further turn. */
  stop(): void {
    this.#controller.abort(new Error('the engine ends'));
  }

  /** Resolves when nothing of it runs any more, once it was stopped. */
  async ended(): Promise<void> {
    await Promise.all([this.#loop, this.#scrubbing]);
    await this.#busy;
  }

  async #turns(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers<void>();
      await this.exclusive(() => this.#turn(signal));
      signal.throwIfAborted();
      this.#tellSynced();
      await this.#rest(signal);
    }
  }

  async #rest(signal: AbortSignal): Promise<void> {
    const now = this.#options.services.clock.monotonic();
    const nextMs = Math.min(...[...this.#options.runs.values()].map(({ nextMs: next }) => next));
    const waitMs = Math.min(longestSleepMs, Math.max(0, nextMs - now));
    if (waitMs > 0) {
      const timer = new AbortController();
      const timed = sleep(waitMs, AbortSignal.any([signal, timer.signal])).catch(() => undefined);
      await Promise.race([this.#wake.promise, timed]);
      timer.abort();
    }
    await sleep(restMs, signal);
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options.services;
    const isBlocked = (run: PairRun) => run.blocked !== null && run.blocked.untilMs > clock.monotonic();
    const runs = () => [...this.#options.runs.values()].filter((run) => !isBlocked(run));
    for (const run of runs()) {
      if (run.blocked?.problem.code === 'pair.target-gone') await this.#lookAtTarget(run, signal);
    }
    for (const run of runs()) {
      if (!run.wantsWalk(clock.monotonic())) continue;
      const isHourly = run.isKnown && !run.hasRequests;
      await this.#walk(run, signal);
      if (isHourly) this.#scrub(run, signal);
      this.#options.followers.compareDue();
    }
    // What moved to another pair is only known once that one was walked.
    if (runs().some((run) => run.wantsWalk(clock.monotonic()))) return this.wake();
    const ready = runs().filter((run) => run.isKnown);
    if (!ready.some((run) => run.nextMs <= clock.monotonic())) return;
    await this.#decide(ready, signal);
  }

  async #lookAtTarget(run: PairRun, signal: AbortSignal): Promise<void> {
    this.#worked = true;
    try {
      await this.#options.remote.lookAtTarget(run, signal);
    } catch {
      signal.throwIfAborted();
      // Not knowing is no reason to go on, nor another one to stop.
      run.block(run.blocked!.problem, this.#options.services.clock.monotonic() + againMs);
    }
  }

  async #walk(run: PairRun, signal: AbortSignal): Promise<void> {
    this.#worked = true;
    try {
      await run.walk(signal);
    } catch (error) {
      signal.throwIfAborted();
      run.block(this.#problemOf(error), this.#options.services.clock.monotonic() + againMs);
    }
  }

  /** After each hourly walk a share of the quiet files. */
  #scrub(run: PairRun, signal: AbortSignal): void {
    const { services } = this.#options;
    this.#scrubbing = this.#scrubbing
      .then(async () => {
        const { counts } = services.ledger.pairs.counts(run.id);
        const share = hourlyShare(counts.synced, run.row.options.scrubDays);
        if (share === 0 || this.#options.runs.get(run.id) !== run) return;
        for (const id of await scrubSome(services, run.id, share, signal)) run.dirty.set(id, 0);
        this.wake();
      })
      .catch((error: unknown) => {
        if (!signal.aborted)
          this.#options.services.log.warn({ err: error, pair: run.id }, 'quiet files could not be read again');
      });
  }

  async #decide(ready: readonly PairRun[], signal: AbortSignal): Promise<void> {
    const { services, gate } = this.#options;
    const { clock, scheduler } = services;
    this.#worked = true;
    const closedMs = gate.closedForMs();
    if (closedMs > 0) {
      const untilMs = clock.monotonic() + closedMs;
      for (const run of ready)
        for (const id of run.dirty.keys()) run.dirty.set(id, Math.max(run.dirty.get(id)!, untilMs));
      for (const run of ready) run.lostDueMs = Math.max(run.lostDueMs, untilMs);
      return;
    }
    try {
      await syncRound({
        services,
        stands: this.#stands,
        runs: ready,
        onFolderGone: (run, folderId) => this.#options.remote.folderGone(run, folderId),
        signal,
      });
      gate.open();
      for (const run of ready) if (run.blocked) run.unblock();
      scheduler.kick();
    } catch (error) {
      signal.throwIfAborted();
      const problem = this.#problemOf(error);
      // A line that breaks again and again is as good as none.
      const waitMs = passing.has(problem.code) ? gate.close() : (problem.retryAfterMs ?? againMs);
      for (const run of ready) run.block(problem, clock.monotonic() + waitMs);
    }
  }

  /** Nothing is left to do, in no pair. Told once after work. */
  #tellSynced(): void {
    if (!this.#worked) return;
    const runs = [...this.#options.runs.values()];
    if (runs.length === 0 || runs.some((run) => run.blocked === null && !run.isIdle)) return;
    if (runs.every((run) => run.blocked !== null)) return;
    this.#worked = false;
    const { ledger, onEvent } = this.#options.services;
    void ledger.synced().then(() => {
      if (this.#controller.signal.aborted) return;
      const totals = runs.map((run) => ledger.pairs.counts(run.id).counts);
      onEvent({
        type: 'synced',
        pairs: runs.length,
        files: totals.reduce((sum, { synced }) => sum + synced, 0),
        questions: runs.reduce((sum, { id }) => sum + ledger.questions.count(id), 0),
        failed: totals.reduce((sum, { failed }) => sum + failed, 0),
      });
    });
  }

  #problemOf(error: unknown): Problem {
    const { clock, log } = this.#options.services;
    const problem = unexpectedProblem(error, { operation: 'keep pairs', at: clock.now() });
    if (problem.code === 'local.internal') log.warn({ err: error }, 'a turn of the pairs failed by a defect');
    return problem;
  }
}
