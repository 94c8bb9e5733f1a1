import { CallError } from '../../../shared/call-error.ts';
import type { IfExists } from '../../../shared/model.ts';
import type { Outcome } from '../../../shared/progress-contract.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { Clock } from '../../platform/clock.ts';
import type { JobRow } from '../ledger/jobs.ts';
import type { KeptOutcome } from '../ledger/file-row.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LiveBoard } from '../progress/live.ts';
import { prepareScanThread } from '../scan/scan-thread.ts';
import type { NetworkGate } from '../schedule/network-gate.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import type { Account } from './account.ts';
import { JobRun } from './job-run.ts';
import { refuseDataFolder } from './refuse-data-folder.ts';
import { parseTargetFolder, resolveTarget } from './resolve-target.ts';

export interface DirectorOptions {
  ledger: Ledger;
  clock: Clock;
  account: Account;
  gate: NetworkGate;
  scheduler: Scheduler;
  networkPatienceMs: number;
  /** The pause after the first failure of a folder. */
  backoffBaseMs: number;
  hostName: string;
  dataFolder: string;
  readOnly: boolean;
  board: LiveBoard;
  onOutcome: (ownerId: number, outcome: Outcome) => void;
  onChange: (ownerId: number) => void;
  /** A job is about to start: Box is reached. */
  onStarting: (ownerId: number) => void;
  /** A file that goes up in parts was found. */
  prepareHashing: () => void;
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void };
}

/** The jobs under way: starts, stops and ends them. */
export class JobDirector {
  readonly #options: DirectorOptions;
  readonly #runs = new Map<number, JobRun>();
  /** Jobs that are coming to a stop. */
  readonly #halting = new Map<number, Promise<void>>();
  /** Jobs that are done, and about to be let go: who reads so may ask for more of them before they are. */
  readonly #ending = new Map<number, Promise<void>>();

  constructor(options: DirectorOptions) {
    this.#options = options;
  }

  isRunning(jobId: number): boolean {
    return this.#runs.has(jobId) && !this.#ending.has(jobId);
  }

  /** A transfer has told what became of its file. */
  concluded(jobId: number, fileId: number, outcome: Outcome['outcome']): void {
    this.#runs.get(jobId)?.concluded(fileId, outcome);
  }

  /** Begins a job, or goes on with the one of the same paths and target. */
  async upload(
    request: { paths: string[]; target: string; ifExists: IfExists },
    signal: AbortSignal,
  ): Promise<{ jobId: number; resumed: boolean }> {
    this.#refuseReadOnly();
    parseTargetFolder(request.target);
    await refuseDataFolder(request.paths, this.#options.dataFolder);
    prepareScanThread();
    const { ledger, account, clock } = this.#options;
    const { accountId } = await account.identify(signal);
    const targetFolderId = await resolveTarget(account.patient, request.target, signal);
    const { id, known } = await ledger.write(() => {
      const opened = ledger.jobs.open({ ...request, accountId, now: clock.now() });
      ledger.jobs.setTargetFolder(opened.id, targetFolderId);
      return opened;
    });
    await this.#startAfterHalt(id, []);
    return { jobId: id, resumed: known !== null };
  }

  /**
   * Goes on with a paused, blocked, stopped or ended job. Files of it that were aborted one by one stay so; those of a job that was
   * aborted as a whole go on with it. What failed is tried again, unless only some of its files are to go on (`keepFailed`).
   */
  async resume(jobId: number, signal: AbortSignal, keepFailed = false): Promise<void> {
    this.#refuseReadOnly();
    const job = this.#job(jobId);
    await this.#ending.get(jobId);
    if (this.#runs.has(jobId)) return;
    const { account, ledger } = this.#options;
    await account.identify(signal);
    const targetFolderId = await resolveTarget(account.patient, job.target, signal);
    await ledger.write(() => ledger.jobs.setTargetFolder(jobId, targetFolderId));
    const kept: KeptOutcome[] = job.state === 'aborted' ? [] : ['aborted'];
    await this.#startAfterHalt(jobId, keepFailed ? [...kept, 'failed'] : kept);
  }

  /** Starts a job that is not running, once an earlier run of it has stopped. */
  async #startAfterHalt(jobId: number, keep: readonly KeptOutcome[]): Promise<void> {
    await this.#ending.get(jobId);
    await this.#halting.get(jobId);
    if (this.#runs.has(jobId)) return;
    const { ledger, clock } = this.#options;
    // How it ended the last time must not be taken for the end of this run.
    await ledger.write(() => ledger.jobs.setState(jobId, 'scanning', null, clock.now()));
    if (!this.#runs.has(jobId)) this.#start(ledger.jobs.get(jobId)!, keep);
  }

  /** Stops a job and keeps all that is resumable. A job that is not running only takes the state. */
  async stop(jobId: number, state: 'stopped' | 'paused' | 'aborted', problem: Problem | null = null): Promise<void> {
    await this.#ending.get(jobId);
    const job = this.#job(jobId);
    if (job.state === 'done' || job.state === 'aborted') {
      if (state === 'stopped') return;
      throw new CallError('refused', `j${jobId} has ended: it is ${job.state}.`);
    }
    await this.#halting.get(jobId);
    await this.#halt(jobId, state, problem);
  }

  /** A transfer has ended its run: the job may be done. */
  async ran(jobId: number): Promise<void> {
    const run = this.#runs.get(jobId);
    if (!run?.claimEnd()) return;
    const ending = this.#end(jobId, run).finally(() => this.#ending.delete(jobId));
    this.#ending.set(
      jobId,
      ending.catch(() => undefined),
    );
    await ending;
  }

  async #end(jobId: number, run: JobRun): Promise<void> {
    await run.finish();
    this.#runs.delete(jobId);
    await this.#options.scheduler.removeOwner(jobId, 'suspend');
    this.#options.onChange(jobId);
  }

  /** Something concerns every file: the job stops and says what. Concluded without waiting, since a run tells of it from within. */
  block(jobId: number, problem: Problem): void {
    const { log } = this.#options;
    if (!this.#runs.has(jobId)) return;
    log.warn({ job: jobId, problem }, 'job blocked');
    this.#halt(jobId, 'blocked', problem).catch((error: unknown) => {
      log.warn({ job: jobId, err: error }, 'a blocked job could not be marked as such');
      this.#options.ledger.jobs.blockUnwritten(jobId, problem);
      this.#options.onChange(jobId);
    });
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#halting.values());
    await Promise.all([...this.#runs.keys()].map((id) => this.stop(id, 'stopped')));
  }

  #start(job: JobRow, keep: readonly KeptOutcome[]): void {
    const { ledger, clock, account, board, gate, scheduler, hostName, dataFolder, log } = this.#options;
    const { networkPatienceMs, backoffBaseMs } = this.#options;
    log.info({ job: job.id, paths: job.paths.length }, 'job started');
    board.reset(job.id);
    this.#options.onStarting(job.id);
    const run = new JobRun({
      ledger,
      clock,
      connection: account.connection,
      gate,
      scheduler,
      networkPatienceMs,
      backoffBaseMs,
      hostName,
      dataFolder,
      job,
      keep,
      onOutcome: (outcome) => this.#options.onOutcome(job.id, outcome),
      onChange: () => {
        this.#options.onChange(job.id);
        void this.ran(job.id);
      },
      onBlocked: (problem) => this.block(job.id, problem),
      prepareHashing: this.#options.prepareHashing,
    });
    this.#runs.set(job.id, run);
    run.start();
  }

  #halt(jobId: number, state: 'stopped' | 'paused' | 'aborted' | 'blocked', problem: Problem | null): Promise<void> {
    const run = this.#runs.get(jobId);
    this.#runs.delete(jobId);
    const { ledger, clock, scheduler, onChange } = this.#options;
    const halt = async () => {
      await Promise.all([run?.stop(), scheduler.removeOwner(jobId, state === 'stopped' ? 'suspend' : 'block')]);
      await ledger.write(() => ledger.jobs.setState(jobId, state, problem, clock.now()));
      onChange(jobId);
    };
    const halting = halt().finally(() => this.#halting.delete(jobId));
    this.#halting.set(
      jobId,
      halting.catch(() => undefined),
    );
    return halting;
  }

  #job(jobId: number): JobRow {
    const job = this.#options.ledger.jobs.get(jobId);
    if (!job) throw new CallError('usage', `There is no job j${jobId}; "boxcar status" lists them.`);
    return job;
  }

  #refuseReadOnly(): void {
    if (this.#options.readOnly) throw new CallError('refused', 'This Boxcar was started to look only.');
  }
}
