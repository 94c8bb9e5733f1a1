import type { PairSummary, PairsProgress, PairWatchReport } from '../../../shared/pair-model.ts';
import type { Problem } from '../../../shared/problem.ts';
import { sleep } from '../../platform/wait.ts';
import type { PairFile } from '../ledger/pair-files.ts';
import type { PairRow } from '../ledger/pairs.ts';
import type { TransferRowData } from '../ledger/transfers.ts';
import type { LiveBoard } from '../progress/live.ts';
import type { RowMaker } from '../progress/rows.ts';
import type { NetworkGate } from '../schedule/network-gate.ts';
import { disownOthers } from './one-owner.ts';
import { PairLoop } from './pair-loop.ts';
import { PairRun, type WatchLink } from './pair-run.ts';
import { RemoteChanges } from './remote-changes.ts';
import { RemoteFollowers } from './remote-followers.ts';
import type { PairServices } from './services.ts';
import { askConflict } from './settle-folder.ts';
import { entryPath } from '../scan/raw-path.ts';

/** What stopped everything is tried again after so long, unless Box says when. */
const againMs = 60_000;
/** … and ever later, where it is the same each time: a full storage, say. */
const longestAgainMs = 30 * 60_000;
/** A pause with an end that lies further away is looked at again then: timers count 24 days at most. */
const longestSleepMs = 3_600_000;

export interface PairDirectorOptions {
  services: PairServices;
  gate: NetworkGate;
  board: LiveBoard;
  rows: RowMaker;
  dataFolder: string;
  link: WatchLink;
  log: PairServices['log'];
}

/** Keeps pairs up to date: begins and ends with them, and takes what others tell of them to the loop that does the work. */
export class PairDirector {
  readonly remote: RemoteChanges;
  readonly #options: PairDirectorOptions;
  readonly #followers: RemoteFollowers;
  readonly #loop: PairLoop;
  readonly #runs = new Map<number, PairRun>();
  readonly #reports = new Map<number, PairWatchReport>();
  readonly #controller = new AbortController();

  constructor(options: PairDirectorOptions) {
    this.#options = options;
    this.remote = new RemoteChanges(options.services, (id) => this.#runs.get(id));
    this.#followers = new RemoteFollowers({
      services: options.services,
      changes: this.remote,
      gate: options.gate,
      runs: () => [...this.#runs.values()],
      onChange: () => this.wake(),
    });
    const { services, gate } = options;
    this.#loop = new PairLoop({ services, gate, remote: this.remote, followers: this.#followers, runs: this.#runs });
  }

  get isStarted(): boolean {
    return this.#loop.isStarted;
  }

  run(pairId: number): PairRun | undefined {
    return this.#runs.get(pairId);
  }

  /** Keeps all pairs up to date from now on. */
  start(): void {
    if (this.isStarted) return this.wake();
    this.#loop.start();
    for (const pair of this.#options.services.ledger.pairs.list()) this.begin(pair);
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
    this.#loop.worked();
  }

  /** Runs something that no turn of the loop may come between. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#loop.exclusive(work);
  }

  /** Something is to be done, or may be. */
  wake(): void {
    this.#loop.wake();
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
    run.hint(folders, overflow);
    this.#loop.worked();
  }

  /** A transfer has told what became of its file. Within the transaction that says so. */
  concluded(pairId: number, fileId: number, wasGone: boolean): void {
    const run = this.#runs.get(pairId);
    const { ledger, clock } = this.#options.services;
    const file = ledger.pairFiles.file(fileId);
    if (!file) return;
    if (run && file.outcome !== 'failed') run.blocks = 0;
    if (file.outcome === 'sent' || file.outcome === 'adopted') this.#disownOthers(file);
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

  /** Within a transaction. */
  #disownOthers(file: PairFile): void {
    const waiting = disownOthers(this.#options.services, file);
    for (const { pairId, folderId } of waiting) this.#runs.get(pairId)?.dirty.set(folderId, 0);
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
    this.#loop.worked();
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
    const path = entryPath(ledger.folders.path(file.folderId).display, file.name);
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
    this.#loop.stop();
    await this.#followers.close();
    await this.#loop.ended();
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
}
