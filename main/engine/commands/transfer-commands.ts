import { setImmediate as turn } from 'node:timers/promises';
import { CallError } from '../../../shared/call-error.ts';
import { formatTarget } from '../../../shared/ids.ts';
import type { Outcome } from '../../../shared/progress-contract.ts';
import type { Clock } from '../../platform/clock.ts';
import type { JobDirector } from '../job/director.ts';
import { endAborted } from '../job/end-aborted.ts';
import type { SessionJanitor } from '../job/janitor.ts';
import { endStates, transferStates, type TransferState } from '../../../shared/transfer-state.ts';
import { joinPath } from '../ledger/folders.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TransferRowData } from '../ledger/transfers.ts';
import type { PairDirector } from '../pair/pair-director.ts';
import { outcomeUnknown } from '../plan/plan-file.ts';
import { failureOf } from '../progress/failure-of.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import type { TransferRunner } from '../transfer/runner.ts';

/** An abort can be taken back so long; Box's DELETE leaves only then. */
export const abortUndoMs = 5000;

/** Each end is some writes and is told. */
const endsAtOnce = 20;
const endsApartMs = 10;

const liveStates = transferStates.filter((state) => !endStates.includes(state));

export interface TransferCommandOptions {
  ledger: Ledger;
  clock: Clock;
  scheduler: Scheduler;
  runner: TransferRunner;
  director: JobDirector;
  pairs: PairDirector;
  janitor: SessionJanitor;
  onOutcome: (ownerId: number, outcome: Outcome) => void;
}

/** Whether something goes on because it was paused, because its abort is taken back, or because it is to be tried again. */
export type GoingOn = 'resume' | 'undo' | 'retry';

/** From which states it goes on. */
const startsOf: Record<GoingOn, readonly TransferState[]> = {
  resume: ['paused', 'aborting'],
  undo: ['aborting'],
  retry: ['needs-you', 'waiting', 'paused', 'aborting', 'aborted'],
};

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
    const ownerId = await this.queue(transferId, 'resume');
    if (ownerId !== null) await this.goOn(ownerId, signal);
  }

  /** Queues a transfer that failed, waits or was aborted. */
  async retry(transferId: number, signal: AbortSignal): Promise<void> {
    const ownerId = await this.queue(transferId, 'retry');
    if (ownerId !== null) await this.goOn(ownerId, signal);
  }

  /**
   * Queues a transfer, and leaves it to `goOn` to start what it belongs to; resolves with that. `undo` puts one that was paused or
   * needed somebody back there instead: null, nothing is to be started.
   */
  async queue(transferId: number, why: GoingOn): Promise<number | null> {
    const { ledger, clock, scheduler } = this.#options;
    const transfer = this.#existing(transferId);
    const { state, ownerId, fileId } = transfer;
    if (why !== 'undo') this.#refuseWhilePaused(ownerId);
    if (!startsOf[why].includes(state)) throw new CallError('refused', cannot(transfer, why));
    if (state === 'aborted' && ledger.jobs.get(ownerId)?.state === 'aborted') {
      const job = formatTarget({ kind: 'job', id: ownerId });
      throw new CallError('refused', `It belongs to ${job}, which was aborted as a whole: retry ${job}.`);
    }
    const moved = await ledger.write(() => {
      const file = ledger.files.get(fileId)!;
      // A newer revision of it has come instead, or it is no longer here.
      if (state === 'aborted' && file.outcome !== 'aborted') return null;
      const now = clock.now();
      const before = why === 'undo' ? this.#beforeAbort(transferId) : 'queued';
      const note = why === 'retry' ? 'retry by you' : why === 'undo' ? 'abort taken back' : 'by you';
      const problem = before === 'needs-you' ? file.problem : null;
      // It may have ended since it was asked for.
      if (!ledger.transfers.move(transferId, before, { note, problem }, now)) return null;
      if (why === 'retry') ledger.files.setOutcome(fileId, 'pending', null);
      return before;
    });
    if (moved === null) throw new CallError('refused', cannot(this.#existing(transferId), why));
    scheduler.cancelLater(transferId);
    return moved === 'queued' ? ownerId : null;
  }

  /**
   * Starts what has queued transfers: a job that has ended, or that an earlier run of Boxcar left, would never do so by itself. What
   * else of it failed waits for a person of its own.
   */
  async goOn(ownerId: number, signal: AbortSignal): Promise<void> {
    const { ledger, director, pairs, scheduler } = this.#options;
    if (ledger.owners.kind(ownerId) === 'pair') pairs.ran();
    else if (!director.isRunning(ownerId) && ledger.jobs.get(ownerId)?.state !== 'paused') {
      await director.resume(ownerId, signal, true);
    }
    scheduler.kick();
  }

  /** Where it stood before it was aborted; what was under way is queued. */
  #beforeAbort(transferId: number): TransferState {
    const states = this.#options.ledger.timeline.list(transferId).map(({ state }) => state);
    const before = states.findLast((state) => state !== 'aborting');
    return before === 'paused' || before === 'needs-you' ? before : 'queued';
  }

  /** Returns until when it can be taken back. */
  async abort(transferId: number): Promise<number> {
    await this.beginAbort(transferId);
    return this.endAborts([transferId]);
  }

  /** Stops a transfer that is to be aborted; `endAborts` follows. */
  async beginAbort(transferId: number): Promise<void> {
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
    const isMoved = await ledger.write(() =>
      ledger.transfers.move(transferId, 'aborting', { note: 'by you' }, clock.now()),
    );
    if (!isMoved) throw new CallError('refused', `t${transferId} has ended meanwhile.`);
    // One that waited would begin again.
    scheduler.cancelLater(transferId);
  }

  /** Ends aborts that have begun once the time to take them back is over; returns when that is. Many end one after the other. */
  async endAborts(transferIds: readonly number[]): Promise<number> {
    const undoUntil = this.#options.clock.now() + abortUndoMs;
    for (let from = 0; from < transferIds.length; from += endsAtOnce) {
      const delayMs = abortUndoMs + (from / endsAtOnce) * endsApartMs;
      for (const id of transferIds.slice(from, from + endsAtOnce)) {
        this.#options.scheduler.later(id, delayMs, () => void this.finishAbort(id));
      }
      if (from % 1000 === 0) await turn();
    }
    return undoUntil;
  }

  /** The time to take it back is over. */
  async finishAbort(transferId: number): Promise<void> {
    const { ledger, clock, director, pairs, janitor, onOutcome } = this.#options;
    const transfer = ledger.transfers.get(transferId);
    if (transfer?.state !== 'aborting') return;
    const ended = await ledger.write(() => endAborted(ledger, transfer, null, clock.now()));
    if (ended === 'refused') return;
    janitor.sweep();
    onOutcome(transfer.ownerId, this.#abortedOutcome(transfer));
    if (ledger.owners.kind(transfer.ownerId) === 'job') return void director.ran(transfer.ownerId);
    if (ended === 'waits') pairs.run(transfer.ownerId)?.dirty.set(ledger.files.get(transfer.fileId)!.folderId, 0);
    pairs.ran();
  }

  #refuseWhilePaused(ownerId: number): void {
    const { ledger, director } = this.#options;
    const isPair = ledger.owners.kind(ownerId) === 'pair';
    const isPaused = isPair
      ? ledger.pairs.get(ownerId)?.paused
      : !director.isRunning(ownerId) && ledger.jobs.get(ownerId)?.state === 'paused';
    if (!isPaused) return;
    const owner = formatTarget({ kind: isPair ? 'pair' : 'job', id: ownerId });
    throw new CallError('refused', `It belongs to ${owner}, which is paused: resume ${owner}.`);
  }

  /** Aborts what a job has not finished; the transfers whose commit has no outcome yet are left to get one. */
  async abortJob(jobId: number): Promise<number> {
    const { ledger, clock, director } = this.#options;
    await director.stop(jobId, 'aborted');
    const aborting: number[] = [];
    await this.#eachLive(jobId, async (transfer) => {
      if (outcomeUnknown(transfer)) return;
      await ledger.write(() => ledger.transfers.move(transfer.id, 'aborting', { note: 'with its job' }, clock.now()));
      aborting.push(transfer.id);
    });
    return this.endAborts(aborting);
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
    const transfer = this.#existing(transferId);
    if (['done', 'aborted', 'superseded'].includes(transfer.state)) {
      throw new CallError('refused', `t${transferId} has ended: it is ${transfer.state}.`);
    }
    return transfer;
  }

  #existing(transferId: number): TransferRowData {
    const transfer = this.#options.ledger.transfers.get(transferId);
    if (transfer) return transfer;
    throw new CallError('usage', `There is no transfer t${transferId}; "boxcar status" lists them.`);
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

function cannot({ id, state }: TransferRowData, why: GoingOn): string {
  switch (why) {
    case 'resume':
      return `t${id} is neither paused nor being aborted: it is ${state}.`;
    case 'undo':
      return `t${id} is not being aborted: it is ${state}.`;
    case 'retry':
      return `t${id} needs no retry: it is ${state}.`;
  }
}
