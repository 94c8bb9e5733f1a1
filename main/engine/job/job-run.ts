import type { Outcome } from '../../../shared/progress-contract.ts';
import type { Problem } from '../../../shared/problem.ts';
import type { BoxConnection } from '../../box/connection.ts';
import type { Clock } from '../../platform/clock.ts';
import type { KeptOutcome } from '../ledger/file-row.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { JobRow } from '../ledger/jobs.ts';
import { unexpectedProblem } from '../ledger/unexpected-problem.ts';
import type { ScannedEntry } from '../scan/model.ts';
import { scanTrees } from '../scan/scan-trees.ts';
import type { NetworkGate } from '../schedule/network-gate.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import { routeFor } from '../transfer/route.ts';
import { endTransfersOfGone } from './gone.ts';
import { Placer } from './placer.ts';
import { ScanRecorder } from './record-scan.ts';

export interface JobRunOptions {
  ledger: Ledger;
  clock: Clock;
  connection: BoxConnection;
  gate: NetworkGate;
  scheduler: Scheduler;
  networkPatienceMs: number;
  backoffBaseMs: number;
  hostName: string;
  /** Left out of what is uploaded. */
  dataFolder: string;
  job: JobRow;
  /** Files of these outcomes stay as they are as long as they don't change. */
  keep: readonly KeptOutcome[];
  onOutcome: (outcome: Outcome) => void;
  /** The state of the job changed, or the walk has found more. */
  onChange: () => void;
  onBlocked: (problem: Problem) => void;
  /** A file that goes up in parts was found. */
  prepareHashing: () => void;
}

/** One job under way: walks its trees, gives folders their place and files their plan; the scheduler does the rest. */
export class JobRun {
  readonly #options: JobRunOptions;
  readonly #controller = new AbortController();
  /** What became of files in this run before they were planned: transfers of an earlier run go on at once. */
  readonly #concluded = new Map<number, Outcome['outcome']>();
  #planned = false;
  #stopped = false;
  #done: Promise<void> = Promise.resolve();

  constructor(options: JobRunOptions) {
    this.#options = options;
  }

  /** Starts; what happens is told through the callbacks. */
  start(): void {
    this.#done = this.#run().catch((error: unknown) => this.#failed(error));
  }

  concluded(fileId: number, outcome: Outcome['outcome']): void {
    if (!this.#planned) this.#concluded.set(fileId, outcome);
  }

  /** Stops walking and planning; resolves when it has stopped. Running transfers are the scheduler's. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#controller.abort(new Error('the job was stopped'));
    await this.#done;
  }

  /** Whether every file has its plan and no transfer is left that could go on by itself. True is told once: `finish` follows. */
  claimEnd(): boolean {
    const { ledger, job, scheduler } = this.#options;
    if (!this.#planned || this.#controller.signal.aborted || scheduler.runningOf(job.id) > 0) return false;
    const live = ledger.transfers.countLive(job.id);
    live.delete('needs-you');
    if ([...live.values()].some((count) => count > 0)) return false;
    this.#planned = false;
    return true;
  }

  /** Marks the job as done. */
  async finish(): Promise<void> {
    const { ledger, clock, job } = this.#options;
    // Outcomes are told once they are on the disk, and before the end of their job.
    await ledger.synced();
    await ledger.write(() => ledger.jobs.setState(job.id, 'done', null, clock.now()));
  }

  async #run(): Promise<void> {
    const { ledger, clock, job, scheduler } = this.#options;
    const { signal } = this.#controller;
    const scan = await ledger.step(() => {
      ledger.jobs.setState(job.id, 'scanning', null, clock.now());
      requeueCommits(ledger, job.id, clock.now());
      return ledger.jobs.beginScan(job.id);
    });
    this.#options.onChange();
    const placer = this.#placer(scan);
    const placing = placer.run(signal);
    placing.catch(() => this.#controller.abort(new Error('placing failed')));
    scheduler.addOwner(job.id);
    try {
      await this.#scan(scan, placer, signal);
    } catch (error) {
      // When placing has failed, that is why the walk was stopped; else placing would wait for more for ever.
      if (signal.aborted) await placing;
      this.#controller.abort(error);
      await placing.catch(() => undefined);
      throw error;
    }
    placer.scanned();
    // Folders may be waiting.
    await ledger.write(() => {
      ledger.jobs.setState(job.id, 'active', ledger.jobs.get(job.id)!.problem, clock.now());
    });
    this.#options.onChange();
    await placing;
    await ledger.write(() => {
      for (const folder of ledger.folders.unseen(job.id, scan)) {
        endTransfersOfGone(ledger, ledger.files.markGone(folder.id, scan), clock.now());
      }
    });
    this.#planned = true;
    this.#concluded.clear();
    scheduler.kick();
    this.#options.onChange();
  }

  async #scan(scan: number, placer: Placer, signal: AbortSignal): Promise<void> {
    const { ledger, clock, job, keep, onOutcome, dataFolder, prepareHashing } = this.#options;
    const recorder = new ScanRecorder({ ledger, job, scan, keep, onOutcome });
    const roots = job.paths.map((path) => ({ path }));
    for await (const batch of scanTrees({ roots, leaveOut: dataFolder, signal })) {
      if (batch.folders.some(({ entries }) => entries.some(goesInParts))) prepareHashing();
      await recorder.record(batch, clock.now());
      placer.found();
    }
  }

  #placer(scan: number): Placer {
    const { ledger, clock, connection, hostName, job, onOutcome, scheduler } = this.#options;
    const { gate, networkPatienceMs, backoffBaseMs } = this.#options;
    return new Placer({
      services: {
        ledger,
        clock,
        connection,
        hostName,
        onOutcome,
        isRunning: (id) => scheduler.isRunning(id),
        concluded: this.#concluded,
      },
      gate,
      networkPatienceMs,
      backoffBaseMs,
      job,
      scan,
      onPlaced: () => scheduler.kick(),
      onWaiting: (problem) => this.#note(problem),
    });
  }

  /** What it waits for, so that it is seen. Nothing waits for that to be written down. */
  #note(problem: Problem | null): void {
    if (this.#controller.signal.aborted) return;
    const { ledger, job, onChange } = this.#options;
    ledger.write(() => ledger.jobs.setProblem(job.id, problem)).then(onChange, (error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    if (this.#stopped) return;
    this.#options.onBlocked(unexpectedProblem(error, { operation: 'plan job', at: this.#options.clock.now() }));
  }
}

function goesInParts({ facts }: ScannedEntry): boolean {
  return facts !== null && routeFor(facts.sizeBytes).kind === 'session';
}

/** A commit that an earlier run left without an outcome gets it, whatever this run finds of the file. */
function requeueCommits(ledger: Ledger, jobId: number, now: number): void {
  const committing = { ownerId: jobId, states: ['committing'], after: 0, limit: -1 } as const;
  for (const { id } of ledger.transfers.list(committing)) {
    ledger.transfers.move(id, 'queued', { note: 'asks for the outcome' }, now);
  }
}
