import { ProblemError } from '../../../shared/problem-error.ts';
import type { PairSummary, PairsProgress, PairWatchReport } from '../../../shared/pair-model.ts';
import type { Problem, ProblemCode } from '../../../shared/problem.ts';
import { sleep } from '../../platform/wait.ts';
import type { PairRow } from '../ledger/pairs.ts';
import type { TransferRowData } from '../ledger/transfers.ts';
import type { LiveBoard } from '../progress/live.ts';
import type { RowMaker } from '../progress/rows.ts';
import type { NetworkGate } from '../schedule/network-gate.ts';
import { PairRun, type WatchLink } from './pair-run.ts';
import { RemoteChanges } from './remote-changes.ts';
import { RemoteFollowers } from './remote-followers.ts';
import { hourlyShare, scrubSome } from './scrub.ts';
import type { PairServices } from './services.ts';
import { askConflict } from './settle-folder.ts';
import { FolderStands } from './stand-folder.ts';
import { syncRound } from './sync-round.ts';

/** What stopped everything is tried again after so long, unless Box says when. */
const againMs = 60_000;
/** … and ever later, where it is the same each time: a full storage, say. */
const longestAgainMs = 30 * 60_000;
/** A pause with an end that lies further away is looked at again then: timers count 24 days at most. */
const longestSleepMs = 3_600_000;
/** The way to Box may be open again at any moment. */
const passing: ReadonlySet<ProblemCode> = new Set(['network.unreachable', 'network.interrupted', 'network.stalled']);
/** Finished transfers of one moment are one look at whether all is done. */
const restMs = 20;

export interface PairDirectorOptions {
  services: PairServices;
  gate: NetworkGate;
  board: LiveBoard;
  rows: RowMaker;
  dataFolder: string;
  link: WatchLink;
  log: PairServices['log'];
}

/** Keeps pairs up to date: one loop over all of them that walks, decides and rests. */
export class PairDirector {
  readonly remote: RemoteChanges;
  readonly #options: PairDirectorOptions;
  readonly #stands: FolderStands;
  readonly #followers: RemoteFollowers;
  readonly #runs = new Map<number, PairRun>();
  readonly #reports = new Map<number, PairWatchReport>();
  readonly #controller = new AbortController();
  #wake = Promise.withResolvers<void>();
  #loop: Promise<void> | null = null;
  /** Work was done since the last time that nothing was left. */
  #worked = false;
  /** Quiet files are read again in the background, one pair at a time. */
  #scrubbing: Promise<void> = Promise.resolve();
  /** One thing at a time is done to the rows of a pair: a turn of the loop, an answer, a removal. */
  #busy: Promise<unknown> = Promise.resolve();

  constructor(options: PairDirectorOptions) {
    this.#options = options;
    this.#stands = new FolderStands(options.services);
    this.remote = new RemoteChanges(options.services, (id) => this.#runs.get(id));
    this.#followers = new RemoteFollowers({
      services: options.services,
      changes: this.remote,
      gate: options.gate,
      runs: () => [...this.#runs.values()],
      onChange: () => this.wake(),
    });
  }

  get isStarted(): boolean {
    return this.#loop !== null;
  }

  run(pairId: number): PairRun | undefined {
    return this.#runs.get(pairId);
  }

  /** Keeps all pairs up to date from now on. */
  start(): void {
    if (this.#loop) return this.wake();
    const { signal } = this.#controller;
    this.#loop = this.#turns(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#options.log.warn({ err: error }, 'keeping pairs up to date has ended');
    });
    for (const pair of this.#options.services.ledger.pairs.list()) this.begin(pair);
    this.#worked = true;
    this.#followers.start();
  }

  /** Begins with a pair, where pairs are kept and it is neither paused nor being removed. */
  begin(pair: PairRow): void {
    if (!this.isStarted || this.#runs.has(pair.id) || pair.removedAt !== null) return;
    if (pair.paused) return this.#resumeLater(pair);
    const { services, dataFolder, link } = this.#options;
    const run = new PairRun({ id: pair.id, services, dataFolder, link });
    run.watch = this.#reports.get(pair.id) ?? null;
    this.#runs.set(pair.id, run);
    this.#askForOutcomes(pair.id);
    if (!run.blocked) services.scheduler.addOwner(pair.id);
    this.#followers.added(run);
    this.wake();
  }

  /** What was committing when the engine died comes first: its files are not planned before its outcome is known. */
  #askForOutcomes(pairId: number): void {
    const { ledger, clock, scheduler } = this.#options.services;
    const committing = ledger.transfers.list({ ownerId: pairId, states: ['committing'], after: 0, limit: -1 });
    if (committing.length === 0) return;
    void ledger
      .write(() => {
        for (const { id } of committing) {
          ledger.transfers.setPriority(id, 1);
          ledger.transfers.move(id, 'queued', { note: 'asks for the outcome' }, clock.now());
        }
      })
      .then(
        () => scheduler.kick(),
        // The ledger is being closed: the next start asks.
        () => undefined,
      );
  }

  /** Ends with a pair; resolves when nothing of it runs. */
  async end(pairId: number, keep: (transferId: number) => boolean = () => false): Promise<void> {
    const run = this.#runs.get(pairId);
    this.#runs.delete(pairId);
    if (run) {
      run.ended = true;
      this.#options.link.unwatch(run.row, null);
    }
    await this.#options.services.scheduler.removeOwner(pairId, 'suspend', keep);
    this.#worked = true;
    this.wake();
  }

  /** Runs something that no turn of the loop may come between. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#busy.then(work);
    this.#busy = result.catch(() => undefined);
    return result;
  }

  report(pairId: number, report: PairWatchReport): void {
    this.#reports.set(pairId, report);
    const run = this.#runs.get(pairId);
    if (!run) return;
    run.watch = report;
    this.#options.services.onEvent({ type: 'watching', pairId, path: run.row.path, report });
  }

  hint(pairId: number, folders: readonly string[], overflow: boolean): void {
    const run = this.#runs.get(pairId);
    if (!run) return;
    this.#worked = true;
    run.hint(folders, overflow);
    this.wake();
  }

  /** Something is to be done, or may be. */
  wake(): void {
    this.#wake.resolve();
  }

  /** A transfer has told what became of its file. Within the transaction that says so. */
  concluded(pairId: number, fileId: number, wasGone: boolean): void {
    const run = this.#runs.get(pairId);
    const { ledger, clock } = this.#options.services;
    const file = ledger.pairFiles.file(fileId);
    if (!file) return;
    if (run && file.outcome !== 'failed') run.blocks = 0;
    if (wasGone) {
      ledger.pairFiles.setGone(fileId, clock.now());
      if (run) {
        run.lost = true;
        run.lostDueMs = clock.monotonic() + run.row.options.settleMs;
      }
    }
    const row = ledger.files.get(fileId)!;
    const problem = row.problem?.code;
    // A new version found no file to go to.
    if (row.outcome === 'kept' && problem === 'pair.removed-on-box') this.remote.fileGone(row, null);
    if (run && (problem === 'target.not-found' || problem === 'target.trashed')) this.#lookAtFolder(run, file.folderId);
    // One that moved while it went up follows now.
    if (run && !run.dirty.has(file.folderId)) {
      if (ledger.pairFiles.toRelocate(file.folderId).length > 0) run.dirty.set(file.folderId, 0);
    }
  }

  /** Box had no folder for a file: whether it, or one that it lies in, was removed there. */
  #lookAtFolder(run: PairRun, folderId: number): void {
    const looked = this.exclusive(() => this.remote.folderGone(run, folderId));
    looked.then(
      () => this.wake(),
      (error: unknown) => this.#options.log.info({ err: error, folderId }, 'a folder on Box could not be looked at'),
    );
  }

  /** A transfer of a pair has ended its run. */
  ran(): void {
    this.#worked = true;
    this.wake();
  }

  settleMs(pairId: number): number {
    return this.#options.services.ledger.pairs.get(pairId)?.options.settleMs ?? 0;
  }

  /** Something concerns every file: no transfer starts until it has passed. */
  block(pairId: number, problem: Problem): void {
    const run = this.#runs.get(pairId);
    if (!run) return;
    const waitMs = problem.retryAfterMs ?? Math.min(againMs * 2 ** run.blocks, longestAgainMs);
    run.blocks += 1;
    run.block(problem, this.#options.services.clock.monotonic() + waitMs);
    void this.#options.services.scheduler.removeOwner(pairId, 'block');
    this.wake();
  }

  /** A transfer goes up beside other content from now on. */
  copied(
    transfer: TransferRowData,
    copy: { originalId: string; standingName: string; copyName: string },
  ): Promise<void> {
    const { services } = this.#options;
    const { ledger } = services;
    if (ledger.owners.kind(transfer.ownerId) === 'job') return Promise.resolve();
    const file = ledger.files.get(transfer.fileId)!;
    const path = `${ledger.folders.path(file.folderId).display}/${file.name}`;
    return ledger.write(() => askConflict(services, { ...copy, pairId: transfer.ownerId, fileId: file.id, path }));
  }

  summary(pair: PairRow): PairSummary {
    const { ledger } = this.#options.services;
    const run = this.#runs.get(pair.id);
    const problem = run?.blocked?.problem ?? pair.problem;
    return {
      id: pair.id,
      path: pair.path,
      target: pair.target,
      targetFolderId: pair.targetFolderId,
      state: pair.paused ? 'paused' : (run?.state ?? (problem && this.isStarted ? 'blocked' : 'stopped')),
      problem,
      pausedUntil: pair.pausedUntil,
      options: pair.options,
      ...ledger.pairs.counts(pair.id),
      scan: run?.scan ?? null,
      scannedAt: pair.scannedAt,
      watch: run?.watch ?? null,
      questions: ledger.questions.count(pair.id),
      createdAt: pair.createdAt,
    };
  }

  progress(): PairsProgress {
    const { services, rows } = this.#options;
    const pairs = services.ledger.pairs.list().filter(({ removedAt }) => removedAt === null);
    const ids = new Set(pairs.map(({ id }) => id));
    return { pairs: pairs.map((pair) => this.summary(pair)), ...rows.pairTraffic(ids) };
  }

  async close(): Promise<void> {
    this.#controller.abort(new Error('the engine ends'));
    await this.#followers.close();
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
    const nextMs = Math.min(...[...this.#runs.values()].map(({ nextMs: next }) => next));
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
    const runs = () => [...this.#runs.values()].filter((run) => !isBlocked(run));
    for (const run of runs()) {
      if (run.blocked?.problem.code === 'pair.target-gone') await this.#lookAtTarget(run, signal);
    }
    for (const run of runs()) {
      if (!run.wantsWalk(clock.monotonic())) continue;
      const isHourly = run.isKnown && !run.hasRequests;
      await this.#walk(run, signal);
      if (isHourly) this.#scrub(run, signal);
      this.#followers.compareDue();
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
      await this.remote.lookAtTarget(run, signal);
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
        if (share === 0 || this.#runs.get(run.id) !== run) return;
        for (const id of await scrubSome(services, run.id, share, signal)) run.dirty.set(id, 0);
        this.wake();
      })
      .catch((error: unknown) => {
        if (!signal.aborted)
          this.#options.log.warn({ err: error, pair: run.id }, 'quiet files could not be read again');
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
        onFolderGone: (run, folderId) => this.remote.folderGone(run, folderId),
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
    const runs = [...this.#runs.values()];
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

  #resumeLater(pair: PairRow): void {
    if (pair.pausedUntil === null) return;
    const { clock, ledger } = this.#options.services;
    const waitMs = Math.min(longestSleepMs, Math.max(0, pair.pausedUntil - clock.now()));
    const { signal } = this.#controller;
    void sleep(waitMs, signal).then(
      async () => {
        const now = ledger.pairs.get(pair.id);
        if (!now?.paused || now.pausedUntil === null) return;
        if (now.pausedUntil > clock.now()) return this.#resumeLater(now);
        await ledger.write(() => ledger.pairs.setPaused(pair.id, false, null));
        this.begin(ledger.pairs.get(pair.id)!);
      },
      () => undefined,
    );
  }

  #problemOf(error: unknown): Problem {
    if (error instanceof ProblemError) return error.problem;
    this.#options.log.warn({ err: error }, 'a turn of the pairs failed by a defect');
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { code: 'local.internal', operation: 'keep pairs', detail, at: this.#options.services.clock.now() };
  }
}
