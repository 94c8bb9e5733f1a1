import { CallError } from '../../../shared/call-error.ts';
import type { Outcome } from '../../../shared/progress-contract.ts';
import type { Clock } from '../../platform/clock.ts';
import type { JobDirector } from '../job/director.ts';
import type { SessionJanitor } from '../job/janitor.ts';
import { endStates, transferStates } from '../../../shared/transfer-state.ts';
import { joinPath } from '../ledger/folders.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TransferRowData } from '../ledger/transfers.ts';
import { outcomeUnknown } from '../plan/plan-file.ts';
import { failureOf } from '../progress/failure-of.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import type { TransferRunner } from '../transfer/runner.ts';

/** An abort can be taken back so long; Box's DELETE leaves only then. */
export const abortUndoMs = 5000;

const liveStates = transferStates.filter((state) => !endStates.includes(state));

export interface TransferCommandOptions {
  ledger: Ledger;
  clock: Clock;
  scheduler: Scheduler;
  runner: TransferRunner;
  director: JobDirector;
  janitor: SessionJanitor;
  onOutcome: (ownerId: number, outcome: Outcome) => void;
}

/** What people do to one transfer: pause, resume, abort, retry. */
export class TransferCommands {
  readonly #options: TransferCommandOptions;

  constructor(options: TransferCommandOptions) {
    this.#options = options;
  }

  async pause(transferId: number): Promise<void> {
    const { ledger, clock, scheduler } = this.#options;
    const transfer = this.live(transferId);
    scheduler.cancelLater(transferId);
    await scheduler.stop(transferId, 'pause');
    await ledger.write(() => ledger.transfers.move(transferId, 'paused', { note: 'by you' }, clock.now()));
    void this.#options.director.ran(transfer.ownerId);
  }

  /** Queues a paused transfer, or one whose abort is taken back. */
  async resume(transferId: number, signal: AbortSignal): Promise<void> {
    const { ledger, clock, scheduler } = this.#options;
    const { state, ownerId } = this.live(transferId);
    this.#refuseWhilePaused(ownerId);
    if (state !== 'paused' && state !== 'aborting') {
      throw new CallError('refused', `t${transferId} is neither paused nor being aborted: it is ${state}.`);
    }
    scheduler.cancelLater(transferId);
    await ledger.write(() => ledger.transfers.move(transferId, 'queued', { note: 'by you' }, clock.now()));
    await this.#goOn(ownerId, signal);
  }

  async abort(transferId: number): Promise<number> {
    const { ledger, clock, scheduler } = this.#options;
    refuseWhileCommitting(this.live(transferId));
    await scheduler.stop(transferId, 'abort');
    try {
      // Its commit may have left meanwhile, or it has ended.
      refuseWhileCommitting(this.live(transferId));
    } catch (error) {
      scheduler.kick();
      throw error;
    }
    const undoUntil = clock.now() + abortUndoMs;
    await ledger.write(() => ledger.transfers.move(transferId, 'aborting', { note: 'by you' }, clock.now()));
    scheduler.later(transferId, abortUndoMs, () => void this.finishAbort(transferId));
    return undoUntil;
  }

  /** The time to take it back is over. */
  async finishAbort(transferId: number): Promise<void> {
    const { ledger, clock, director, janitor, onOutcome } = this.#options;
    const transfer = ledger.transfers.get(transferId);
    if (transfer?.state !== 'aborting') return;
    await ledger.write(() => {
      ledger.transfers.move(transferId, 'aborted', {}, clock.now());
      ledger.files.setOutcome(transfer.fileId, 'aborted', null);
    });
    janitor.sweep();
    onOutcome(transfer.ownerId, this.#abortedOutcome(transfer));
    void director.ran(transfer.ownerId);
  }

  async retry(transferId: number, signal: AbortSignal): Promise<void> {
    const { ledger, clock, scheduler } = this.#options;
    const transfer = ledger.transfers.get(transferId);
    if (!transfer) throw unknown(transferId);
    if (!['needs-you', 'waiting', 'paused', 'aborting'].includes(transfer.state)) {
      throw new CallError('refused', `t${transferId} needs no retry: it is ${transfer.state}.`);
    }
    this.#refuseWhilePaused(transfer.ownerId);
    scheduler.cancelLater(transferId);
    await ledger.write(() => {
      ledger.transfers.move(transferId, 'queued', { note: 'retry by you' }, clock.now());
      ledger.files.setOutcome(transfer.fileId, 'pending', null);
    });
    await this.#goOn(transfer.ownerId, signal);
  }

  /** A queued transfer of a job that has ended, or that an earlier run of Boxcar left, would never start. */
  async #goOn(jobId: number, signal: AbortSignal): Promise<void> {
    const { director, scheduler } = this.#options;
    if (!director.isRunning(jobId)) await director.resume(jobId, signal);
    scheduler.kick();
  }

  #refuseWhilePaused(jobId: number): void {
    const { ledger, director } = this.#options;
    if (director.isRunning(jobId) || ledger.jobs.get(jobId)?.state !== 'paused') return;
    throw new CallError('refused', `It belongs to j${jobId}, which is paused: resume j${jobId}.`);
  }

  /** Aborts what a job has not finished; the transfers whose commit has no outcome yet are left to get one. */
  async abortJob(jobId: number): Promise<number> {
    const { ledger, clock, director, scheduler } = this.#options;
    await director.stop(jobId, 'aborted');
    await this.#eachLive(jobId, async (transfer) => {
      if (outcomeUnknown(transfer)) return;
      await ledger.write(() => ledger.transfers.move(transfer.id, 'aborting', { note: 'with its job' }, clock.now()));
      scheduler.later(transfer.id, abortUndoMs, () => void this.finishAbort(transfer.id));
    });
    return clock.now() + abortUndoMs;
  }

  /** Queues everything of a job that needs the user, and goes on with the job when it had ended or was stopped. */
  async retryJob(jobId: number, signal: AbortSignal): Promise<void> {
    const { director } = this.#options;
    if (!director.isRunning(jobId)) return director.resume(jobId, signal);
    await this.#eachLive(jobId, async ({ id, state }) => {
      if (state === 'needs-you' || state === 'waiting') await this.retry(id, signal);
    });
  }

  async #eachLive(jobId: number, act: (transfer: TransferRowData) => Promise<void>): Promise<void> {
    const { transfers } = this.#options.ledger;
    for (let after = 0; ;) {
      const page = transfers.list({ ownerId: jobId, states: liveStates, after, limit: 500 });
      if (page.length === 0) return;
      after = page.at(-1)!.id;
      await Promise.all(page.map(act));
    }
  }

  /** Sends a waiting part at once. */
  retryPart(transferId: number, part: number): void {
    this.live(transferId);
    if (this.#options.runner.control(transferId)?.retryPart(part)) return;
    throw new CallError('refused', `Part ${part} of t${transferId} is not waiting to be sent again.`);
  }

  /** A transfer that has not ended, or the reason why there is none. */
  live(transferId: number): TransferRowData {
    const transfer = this.#options.ledger.transfers.get(transferId);
    if (!transfer) throw unknown(transferId);
    if (['done', 'aborted', 'superseded'].includes(transfer.state)) {
      throw new CallError('refused', `t${transferId} has ended: it is ${transfer.state}.`);
    }
    return transfer;
  }

  #abortedOutcome(transfer: TransferRowData): Outcome {
    const { ledger } = this.#options;
    const file = ledger.files.get(transfer.fileId)!;
    const { display } = joinPath(ledger.folders.path(file.folderId), file.name, file.nameRaw);
    return failureOf(display, 'aborted', transfer.sizeBytes, null, transfer.id);
  }
}

/** [Note: committing] Box may have the file already. */
function refuseWhileCommitting(transfer: TransferRowData): void {
  if (!outcomeUnknown(transfer)) return;
  throw new CallError(
    'refused',
    `t${transfer.id} is being finished on Box and can't be aborted: all its bytes are there. Delete the file on Box instead.`,
  );
}

function unknown(transferId: number): CallError {
  return new CallError('usage', `There is no transfer t${transferId}; "boxcar status" lists them.`);
}
